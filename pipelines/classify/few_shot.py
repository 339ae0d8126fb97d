"""Whether a classifier is trained as one on few rows: by contrast and a fitted head."""

import dataclasses
from typing import Any

import numpy as np

from bert_keras import checkpoints
from bert_keras.data import Encoded
from bert_keras.errors import DataError, InputError

from .config import ClassifyConfig, given_of_fine_tuning

MOST_ROWS_A_LABEL = 32
"""The mean number of rows a label up to which few_shot auto chooses it; see docs/few_examples.md."""
_SENSIBLE_ROWS_A_LABEL = 512  # beyond which pairs teach nothing that the labels do not teach faster


@dataclasses.dataclass(frozen=True)
class FewShotChoice:
    """Whether few rows are trained on by contrast, and why.

    Attributes:
        chosen: Whether they are.
        why: The reason, for people; empty if nobody has to know.
        rows_a_label: The mean number of rows a label.
        alone: The number of labels with a single row, which the contrast cannot bring together with another.
    """

    chosen: bool
    why: str
    rows_a_label: float = 0.0
    alone: int = 0

    def report(self) -> dict[str, Any]:
        """Returns the choice as JSON values."""
        return dataclasses.asdict(self)


def choose_few_shot(config: ClassifyConfig, train: Encoded, pairs: bool) -> FewShotChoice:
    """Chooses how a classifier is trained.

    Args:
        config: The options.
        train: The rows, with their labels.
        pairs: Whether they are pairs of texts.

    Returns:
        The choice.

    Raises:
        InputError: `few_shot` is "always", and the task or an option forbids it; or rows without labels are given,
            which neither it nor a teacher labels.
        DataError: It is "always", and there are too many rows, or no label with two.
    """
    choice = _choice(config, train, pairs)
    if config.unlabelled is not None and config.teacher is None and not choice.chosen:
        raise InputError(
            "--unlabelled is for a teacher or for few rows, and these are fine-tuned plainly; add --teacher MODEL or "
            f"--few_shot always, or leave it out. Received: {train.name} with {_rows(choice.rows_a_label)}"
        )
    return choice


def _choice(config: ClassifyConfig, train: Encoded, pairs: bool) -> FewShotChoice:
    if config.task == "regression" or config.few_shot == "never":
        return FewShotChoice(False, "")
    counts = train.label_counts()
    counts = counts[counts > 0]
    mean, alone = float(np.mean(counts)), int(np.sum(counts == 1))
    if config.few_shot == "always":
        _check_sensible(train, counts)
        return FewShotChoice(True, f"{_rows(mean)}; as --few_shot always says", mean, alone)
    if mean > MOST_ROWS_A_LABEL or pairs or not checkpoints.is_mean_pooled(checkpoints.locate(config.model)):
        return FewShotChoice(False, "", mean, alone)
    given = given_of_fine_tuning(config)
    if given or int(counts.max()) < 2:
        hindrance = f"--{given[0]} is of plain fine-tuning" if given else "no label has two rows"
        return FewShotChoice(False, f"{_rows(mean)}, yet plain fine-tuning, as {hindrance}", mean, alone)
    why = f"{_rows(mean)}, which is few: by contrast and a fitted head; --few_shot never for plain fine-tuning"
    return FewShotChoice(True, why, mean, alone)


def _check_sensible(train: Encoded, counts: np.ndarray) -> None:
    if int(counts.max()) < 2:
        raise DataError(
            f"{train.name}: no label has two rows, so that there is no pair of one label to learn from. Received: "
            f"{len(train)} rows of {len(counts)} labels; add a row a label at least"
        )
    if np.mean(counts) > _SENSIBLE_ROWS_A_LABEL:
        raise InputError(
            f"--few_shot always is for few rows, up to {_SENSIBLE_ROWS_A_LABEL} a label. Received: {train.name} with "
            f"{_rows(float(np.mean(counts)))}; leave it out"
        )


def _rows(mean: float) -> str:
    number = f"{mean:.0f}" if mean == round(mean) else f"{mean:.1f}"
    return f"{number} row{'' if mean == 1 else 's'} a label"
