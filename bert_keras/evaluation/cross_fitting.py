"""Calibration fitted on development rows, and measured on rows that it was not fitted on."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bert_keras.classification.answers import chosen_of, outputs_of
from bert_keras.classification.calibration import Calibration
from bert_keras.errors import InputError
from bert_keras.evaluation.abstaining import Abstaining, abstaining, confidence_threshold
from bert_keras.evaluation.calibration import reliability
from bert_keras.evaluation.row_losses import row_losses
from bert_keras.evaluation.scores import f1_scores
from bert_keras.evaluation.temperature import fit_temperature, with_temperature
from bert_keras.evaluation.thresholds import fit_thresholds

FEWEST_TO_FIT = 100
"""The number of rows from which a calibration is fitted."""


@dataclass(frozen=True)
class CrossFitted:
    """A calibration, and what it does on rows that it was not fitted on: each half by what was fitted on the other.

    Attributes:
        calibration: The calibration fitted on all rows; `None` if there is none.
        outputs: The probabilities of each row, `[rows, labels]`, by what was fitted on the other half; uncalibrated
            where nothing was kept.
        chosen: The labels predicted of each row, `[rows, labels]` bool, likewise; `None` unless multi-label.
        before: The figures without calibration: `loss` and `ece`, or `micro_f1` and `macro_f1`.
        after: The same figures with what was fitted on the other half; empty if it was left out.
        abstaining: What the threshold of confidence does; `None` if there is none.
        why_not: A sentence that says why something was left out; empty if all was kept.
        of_train: Whether it was fitted on held-out training rows, so that the outputs of all rows are by it.
    """

    calibration: Calibration | None
    outputs: np.ndarray
    chosen: np.ndarray | None = None
    before: dict[str, float] = field(default_factory=dict)
    after: dict[str, float] = field(default_factory=dict)
    abstaining: Abstaining | None = None
    why_not: str = ""
    of_train: bool = False

    def report(self) -> dict[str, Any]:
        """Returns what was fitted and measured as JSON values, for a report."""
        return {
            "kept": None if self.calibration is None else self.calibration.to_json(),
            "before": self.before,
            "after": self.after,
            "abstaining": None if self.abstaining is None else dataclasses.asdict(self.abstaining),
            "why_not": self.why_not,
            "of_train": self.of_train,
        }


def cross_fit(
    task: str, targets: np.ndarray, logits: np.ndarray, wanted_precision: float = 0.99, seed: int = 0
) -> CrossFitted:
    """Fits a calibration on all rows, and measures it by cross-fitting on two random halves.

    A temperature is kept if it lowers the cross-fitted log loss, and answers are wrong in both halves; thresholds if
    they raise the cross-fitted micro F1.

    Args:
        task: The task: `single_label` or `multi_label`.
        targets: The targets of the development rows; see `evaluation.scores`.
        logits: The logits of the rows, `[rows, labels]`.
        wanted_precision: The share of right answers for which the threshold of confidence is chosen, for
            `single_label`.
        seed: The seed of the halves.

    Returns:
        The calibration, and the figures without and with it.

    Raises:
        InputError: A regression has no probabilities to calibrate, or the precision is not above 0 and up to 1.
    """
    if task == "regression":
        raise InputError("a regression has no probabilities to calibrate")
    if not 0 < wanted_precision <= 1:
        raise InputError(f"the wanted precision is above 0 and up to 1. Received: {wanted_precision}")
    targets, rows = np.asarray(targets), len(targets)
    single = task == "single_label"
    plain = with_temperature(logits, 1.0) if single else outputs_of(logits, "multi_label")
    if rows < FEWEST_TO_FIT:
        chosen = None if single else chosen_of(plain)
        return CrossFitted(
            None, plain, chosen, why_not=f"there are {rows:,} rows to fit on, and at least {FEWEST_TO_FIT} are needed"
        )
    order = np.random.default_rng(seed).permutation(rows)
    halves = np.sort(order[: rows // 2]), np.sort(order[rows // 2 :])
    if single:
        return _with_temperature(targets, logits, plain, halves, wanted_precision)
    return _with_thresholds(targets, plain, halves)


def calibrated_before(targets: np.ndarray, logits: np.ndarray, calibration: Calibration) -> CrossFitted:
    """Measures a temperature that was fitted on training rows, which the training held out.

    Args:
        targets: The index of the true label of each development row, `[rows]`.
        logits: The logits of the rows, `[rows, labels]`.
        calibration: The calibration.

    Returns:
        The calibration, and the figures of the rows without and with it.
    """
    plain, outputs = (with_temperature(logits, temperature) for temperature in (1.0, calibration.temperature))
    before, after = _sureness(targets, plain), _sureness(targets, outputs)
    return CrossFitted(calibration, outputs, None, before, after, of_train=True)


def _with_temperature(
    targets: np.ndarray, logits: np.ndarray, plain: np.ndarray, halves: Sequence[np.ndarray], wanted: float
) -> CrossFitted:
    before, why_not = _sureness(targets, plain), ""
    temperatures = [fit_temperature(targets[other], logits[other]) for other in halves[::-1]]
    temperature = fit_temperature(targets, logits)
    outputs = np.empty_like(plain)
    for here, fitted in zip(halves, temperatures, strict=True):
        outputs[here] = with_temperature(logits[here], fitted)
    after, right = _sureness(targets, outputs), plain.argmax(axis=1) == targets
    # Where all answers are right the loss falls for ever with the temperature, which says nothing about other rows.
    if any(right[half].all() for half in halves):
        why_not = "too few answers are wrong to tell how sure they may be"
    elif not after["loss"] < before["loss"]:
        why_not = "no temperature lowers the loss on rows that it was not fitted on"
    if why_not:
        temperature, temperatures, outputs, after = 1.0, [1.0, 1.0], plain, {}
    below = confidence_threshold(right, with_temperature(logits, temperature).max(axis=1), wanted)
    measured = None
    if below is not None:
        answered = _answered(right, logits, halves, temperatures, wanted)
        measured = None if answered is None else abstaining(right, answered, wanted)
    if measured is None:
        below = None
        reason = f"no probability is found above which {wanted:.4g} of the answers are right"
        why_not = f"{why_not}; {reason}" if why_not else reason
    kept_at_all = temperature != 1 or below is not None
    calibration = Calibration(
        len(targets), temperature, abstain_below=below, wanted_precision=None if below is None else wanted
    )
    return CrossFitted(calibration if kept_at_all else None, outputs, None, before, after, measured, why_not)


def _answered(
    right: np.ndarray, logits: np.ndarray, halves: Sequence[np.ndarray], temperatures: Sequence[float], wanted: float
) -> np.ndarray | None:
    """Returns which rows are answered by what was fitted on the other half; `None` if nothing fits one of them."""
    answered = np.zeros(len(right), bool)
    for here, other, temperature in zip(halves, halves[::-1], temperatures, strict=True):
        below = confidence_threshold(right[other], with_temperature(logits[other], temperature).max(axis=1), wanted)
        if below is None:
            return None
        answered[here] = with_temperature(logits[here], temperature).max(axis=1) >= below
    return answered


def _with_thresholds(targets: np.ndarray, plain: np.ndarray, halves: Sequence[np.ndarray]) -> CrossFitted:
    chosen = np.empty(plain.shape, bool)
    for here, other in (halves, halves[::-1]):
        chosen[here] = chosen_of(plain[here], fit_thresholds(targets[other], plain[other]).tolist())
    usual = chosen_of(plain)
    before, after = f1_scores(targets, usual), f1_scores(targets, chosen)
    if not after["micro_f1"] > before["micro_f1"]:
        why_not = "no thresholds raise micro F1 on rows that they were not fitted on"
        return CrossFitted(None, plain, usual, before, why_not=why_not)
    thresholds = tuple(fit_thresholds(targets, plain).tolist())
    return CrossFitted(Calibration(len(targets), thresholds=thresholds), plain, chosen, before, after)


def _sureness(targets: np.ndarray, probabilities: np.ndarray) -> dict[str, Any]:
    loss = float(row_losses("single_label", targets, probabilities).mean())
    return {"loss": loss, "ece": reliability(targets, probabilities).error}
