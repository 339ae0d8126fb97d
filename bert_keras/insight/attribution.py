"""Attribution: how much each token matters to a prediction, by methods that need not agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from bert_keras.errors import InputError
from bert_keras.insight.gradient_attention import relevance, row_gradients
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.integrated_gradients import IntegratedGradients, integrated_gradients
from bert_keras.insight.norm_attention import norm_attention_of_rows
from bert_keras.insight.rollout import rollout
from bert_keras.insight.shapley import shapley_values
from bert_keras.insight.target import Target

METHODS = ("raw", "rollout", "gradient", "norm", "integrated_gradients")
"""The names of the attribution methods that are computed by default."""
ALL_METHODS = (*METHODS, "shapley")
"""The names of all attribution methods; those that are not in `METHODS` take hundreds of predictions."""
_BEST_FIRST = ("integrated_gradients", "shapley", "gradient", "norm", "raw", "rollout")


@dataclass(frozen=True, slots=True)
class Attribution:
    """The relevance of each token to a target, by one method.

    Attributes:
        method: The name of the method, one of `ALL_METHODS`.
        title: The name of the method as displayed.
        paper: The source of the method.
        values: The relevance of each token, with one row per layer or one for the whole model, `[layers or 1, tokens]`
            float32. Values of signed methods may be negative, all others are 0 or above.
        note: A description of the values.
        rank_correlation: Spearman's rank correlation between the magnitudes of the values and raw attention, without
            special tokens, `[layers or 1]`; one row for the whole model is compared with the mean over layers. 0 where
            there are fewer than two tokens or all values are equal.
        signed: Whether values may be negative, for words that speak against the target.
        knows_target: Whether the values are those of the target; if not, they are the same for every label.
        errors: The standard error of each value, `[tokens]` float32, if they were sampled; `None` otherwise.
    """

    method: str
    title: str
    paper: str
    values: np.ndarray
    note: str
    rank_correlation: np.ndarray
    signed: bool = False
    knows_target: bool = False
    errors: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    values: np.ndarray
    note: str
    errors: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class _Given:
    """What the methods share: the row, the target, and what was computed of it before."""

    inspection: Inspection
    target: Target
    gradients: np.ndarray | None
    integrated: IntegratedGradients | None


@dataclass(frozen=True, slots=True)
class _Method:
    title: str
    paper: str
    compute: Callable[[_Given], _Made]
    signed: bool = False
    knows_target: bool = False


def best_method(names: Sequence[str]) -> str | None:
    """Returns the method to show first: of those computed, the one that follows the effect of masking words best.

    The order is that of `benchmarks/attribution_faithfulness.py`.
    """
    return next((name for name in _BEST_FIRST if name in names), None)


def attributions(
    inspection: Inspection,
    target: Target,
    methods: Sequence[str] = METHODS,
    gradients: np.ndarray | None = None,
    integrated: IntegratedGradients | None = None,
) -> dict[str, Attribution]:
    """Computes the relevance of each token to a target by several methods.

    Args:
        inspection: The inspection of the row.
        target: What to explain; see `target_of`. If it has several rows, their mean is taken.
        methods: The names of the methods.
        gradients: The result of `row_gradients`; `None` means that it is computed if a method needs it.
        integrated: The result of `integrated_gradients`, likewise.

    Returns:
        The attributions by method name, in the given order.

    Raises:
        InputError: A method is unknown.
    """
    unknown = [name for name in methods if name not in _METHODS]
    if unknown:
        raise InputError(f"methods are {', '.join(ALL_METHODS)}. Received: {', '.join(map(str, unknown))}")
    given = _Given(inspection, target, gradients, integrated)
    raw = _raw(given).values
    found = {}
    for name in methods:
        method = _METHODS[name]
        made = method.compute(given)
        like = raw if len(made.values) == len(raw) else raw.mean(axis=0, keepdims=True)
        pairs = zip(made.values, like, strict=True)
        found[name] = Attribution(
            name,
            method.title,
            method.paper,
            made.values.astype(np.float32),
            made.note,
            np.array([_rank_correlation(*rows, inspection.tokens.special) for rows in pairs], np.float32),
            method.signed,
            method.knows_target,
            made.errors,
        )
    return found


def _raw(given: _Given) -> _Made:
    values = given.inspection.weights.mean(axis=1)[:, list(given.target.rows)].mean(axis=1)
    return _Made(values, f"Attention {_from(given)} in each layer, mean of its heads; sums to 1.")


def _rollout(given: _Given) -> _Made:
    values = rollout(given.inspection.weights)[:, list(given.target.rows)].mean(axis=1)
    return _Made(values, f"Attention {_from(given)} followed down through all layers up to each; sums to 1.")


def _gradient(given: _Given) -> _Made:
    target, gradients = given.target, given.gradients
    gradients = row_gradients(given.inspection, target) if gradients is None else gradients
    relevant = relevance(given.inspection.weights, gradients)
    # The identity would put 1 on the row's own token, beside which nothing else is visible.
    values = (relevant - np.eye(relevant.shape[-1], dtype=np.float32))[:, list(target.rows)].mean(axis=1)
    note = f"Attention that raises {target.title}, {_from(given)}, followed down through all layers up to each."
    return _Made(values, note)


def _norm(given: _Given) -> _Made:
    seen, target = given.inspection, given.target
    values = norm_attention_of_rows(seen.model, seen.weights, seen.hidden_states, target.rows).mean(axis=1)
    return _Made(values, f"Length of the vectors that attention {_from(given)} brings in each layer, all heads added.")


def _integrated_gradients(given: _Given) -> _Made:
    seen, target = given.inspection, given.target
    found = given.integrated or integrated_gradients(seen.model, seen.tokens, target)
    note = (
        f"What each token adds to {target.title}: from {found.baseline_score:.3f} with [MASK] for every word to "
        f"{found.score:.3f}; {found.steps} steps, off by {found.gap:+.3f}. Special tokens are in both, and have 0."
    )
    return _Made(found.values[np.newaxis], note)


def _shapley(given: _Given) -> _Made:
    target = given.target
    found = shapley_values(given.inspection, target)
    values, errors = found.of_tokens(given.inspection.tokens.words)
    how = "all subsets" if found.exact else "sampled orders"
    largest = "" if found.exact else f", standard error up to {found.errors.max(initial=0):.3f}"
    note = (
        f"What each {'sentence' if found.sentences else 'word'} adds to {target.title} on average, from "
        f"{found.baseline_score:.3f} with [MASK] for every word to {found.score:.3f}; {found.predictions} predictions, "
        f"{how}{largest}. Spread evenly over its tokens."
    )
    return _Made(values[np.newaxis], note, errors)


def _from(given: _Given) -> str:
    target, tokens = given.target, given.inspection.tokens
    if target.rows == (0,):
        return "from [CLS]"
    if target.decision is not None:
        return f"from {' and '.join(tokens.pieces[row] for row in target.rows)}"
    return "from the answer's first and last token" if target.label is None else "from all tokens on average"


def _rank_correlation(values: np.ndarray, raw: np.ndarray, special: np.ndarray) -> float:
    ours, theirs = np.abs(values[~special]), raw[~special]
    if len(ours) < 2 or np.ptp(ours) == 0 or np.ptp(theirs) == 0:
        return 0.0
    return float(stats.spearmanr(ours, theirs).statistic)


_METHODS: dict[str, _Method] = {
    "raw": _Method("Raw attention", "", _raw),
    "rollout": _Method("Attention rollout", "Abnar and Zuidema 2020, arXiv:2005.00928", _rollout),
    "gradient": _Method(
        "Gradient x attention", "Chefer, Gur and Wolf 2021, arXiv:2103.15679", _gradient, knows_target=True
    ),
    "norm": _Method("Norm-based attention", "Kobayashi et al. 2020, arXiv:2004.10102", _norm),
    "integrated_gradients": _Method(
        "Integrated gradients",
        "Sundararajan, Taly and Yan 2017, arXiv:1703.01365",
        _integrated_gradients,
        signed=True,
        knows_target=True,
    ),
    "shapley": _Method(
        "Shapley values",
        "Castro, Gómez and Tejada 2009, Polynomial calculation of the Shapley value based on sampling",
        _shapley,
        signed=True,
        knows_target=True,
    ),
}
