"""Attribution: how much each token matters to a prediction, by five methods that need not agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bert_keras.errors import InputError
from bert_keras.insight.gradient_attention import relevance, row_gradients
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.integrated_gradients import STEPS, integrated_gradients
from bert_keras.insight.norm_attention import norm_attention_of_layers
from bert_keras.insight.rollout import rollout
from bert_keras.insight.target import Target

METHODS = ("raw", "rollout", "gradient", "norm", "integrated_gradients")
"""The names of the attribution methods."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """The relevance of each token to a target, by one method.

    Attributes:
        method: The name of the method, one of `METHODS`.
        title: The name of the method as displayed.
        paper: The source of the method.
        values: The relevance of each token, with one row per layer or one for the whole model, `[layers or 1, tokens]`
            float32. Values of integrated gradients are signed, all others are 0 or above.
        note: A description of the values.
        rank_correlation: Spearman's rank correlation between the magnitudes of the values and raw attention, without
            special tokens, `[layers or 1]`; one row for the whole model is compared with the mean over layers. 0 where
            there are fewer than two tokens or all values are equal.
    """

    method: str
    title: str
    paper: str
    values: np.ndarray
    note: str
    rank_correlation: np.ndarray


_Method = Callable[[Inspection, Target], tuple[np.ndarray, str]]


def attributions(
    inspection: Inspection, target: Target, methods: Sequence[str] = METHODS, gradients: np.ndarray | None = None
) -> dict[str, Attribution]:
    """Computes the relevance of each token to a target by several methods.

    Args:
        inspection: The inspection of the row.
        target: What to explain; see `target_of`. If it has two rows, as a span has, their mean is taken.
        methods: The names of the methods.
        gradients: The result of `row_gradients`; `None` means that it is computed if a method needs it.

    Returns:
        The attributions by method name, in the given order.

    Raises:
        InputError: A method is unknown.
    """
    unknown = [name for name in methods if name not in _METHODS]
    if unknown:
        raise InputError(f"methods are {', '.join(METHODS)}. Received: {', '.join(map(str, unknown))}")
    raw = _raw(inspection, target)[0]
    found = {}
    for name in methods:
        title, paper, method = _METHODS[name]
        values, note = method(inspection, target) if name != "gradient" else _gradient(inspection, target, gradients)
        like = raw if len(values) == len(raw) else raw.mean(axis=0, keepdims=True)
        correlations = [_rank_correlation(*rows, inspection.tokens.special) for rows in zip(values, like, strict=True)]
        found[name] = Attribution(
            name, title, paper, values.astype(np.float32), note, np.array(correlations, np.float32)
        )
    return found


def _raw(inspection: Inspection, target: Target) -> tuple[np.ndarray, str]:
    values = inspection.weights.mean(axis=1)[:, list(target.rows)].mean(axis=1)
    return values, f"Attention {_from(target)} in each layer, mean of its heads; sums to 1."


def _rollout(inspection: Inspection, target: Target) -> tuple[np.ndarray, str]:
    values = rollout(inspection.weights)[:, list(target.rows)].mean(axis=1)
    return values, f"Attention {_from(target)} followed down through all layers up to each; sums to 1."


def _gradient(inspection: Inspection, target: Target, gradients: np.ndarray | None = None) -> tuple[np.ndarray, str]:
    relevant = relevance(inspection.weights, row_gradients(inspection, target) if gradients is None else gradients)
    # The identity would put 1 on the row's own token, beside which nothing else is visible.
    values = (relevant - np.eye(relevant.shape[-1], dtype=np.float32))[:, list(target.rows)].mean(axis=1)
    return (
        values,
        f"Attention that raises {target.title}, {_from(target)}, followed down through all layers up to each.",
    )


def _norm(inspection: Inspection, target: Target) -> tuple[np.ndarray, str]:
    values = norm_attention_of_layers(inspection.model, inspection.tokens)[:, list(target.rows)].mean(axis=1)
    return values, f"Length of the vectors that attention {_from(target)} brings in each layer, all heads added."


def _integrated_gradients(inspection: Inspection, target: Target) -> tuple[np.ndarray, str]:
    found = integrated_gradients(inspection.model, inspection.tokens, target)
    note = (
        f"What each token adds to {target.title}: from {found.baseline_score:.3f} with [MASK] for every word to "
        f"{found.score:.3f}; {STEPS} steps, off by {found.gap:+.3f}. Special tokens are in both, and have 0."
    )
    return found.values[np.newaxis], note


def _from(target: Target) -> str:
    return "from [CLS]" if target.rows == (0,) else "from the answer's first and last token"


def _rank_correlation(values: np.ndarray, raw: np.ndarray, special: np.ndarray) -> float:
    ours, theirs = np.abs(values[~special]), raw[~special]
    if len(ours) < 2 or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return 0.0
    return float(stats.spearmanr(ours, theirs).statistic)


_METHODS: dict[str, tuple[str, str, _Method]] = {
    "raw": ("Raw attention", "", _raw),
    "rollout": ("Attention rollout", "Abnar and Zuidema 2020, arXiv:2005.00928", _rollout),
    "gradient": ("Gradient x attention", "Chefer, Gur and Wolf 2021, arXiv:2103.15679", _gradient),
    "norm": ("Norm-based attention", "Kobayashi et al. 2020, arXiv:2004.10102", _norm),
    "integrated_gradients": (
        "Integrated gradients",
        "Sundararajan, Taly and Yan 2017, arXiv:1703.01365",
        _integrated_gradients,
    ),
}
