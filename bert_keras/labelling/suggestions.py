"""Rows whose label would teach most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.nearest import unit_vectors
from bert_keras.labelling.choosing import spread_rows, uncertain_rows
from bert_keras.labelling.judged import Judged
from bert_keras.labelling.near_texts import NearTexts


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A row to label.

    Attributes:
        row: Its index.
        label: The label that is most probable; `None` if nothing is known of labels.
        probability: Its probability; `None` without a label.
    """

    row: int
    label: str | None = None
    probability: float | None = None


def suggest(
    texts: Sequence[str],
    vectors: np.ndarray,
    labels: Sequence[str | None],
    count: int,
    judged: Judged | None = None,
) -> list[Suggestion]:
    """Chooses rows without a label to be labelled next.

    Where labels are known, rows that are uncertain and unlike each other; from nothing, the centres of clusters. No
    text is chosen that is nearly the same as a labelled or another chosen one; see `NearTexts`.

    Args:
        texts: The text of each row.
        vectors: The vector of each row, `[rows, size]`.
        labels: The label of each row, `None` where it has none.
        count: The maximum number of rows to choose.
        judged: The probabilities of the labels; `None` if nothing is known of them.

    Returns:
        The rows; those of one suggested label together, labels in the order of `judged`.

    Raises:
        InputError: `count` is below 1, or the numbers of texts, vectors and labels differ.
    """
    if count < 1:
        raise InputError(f"count must be 1 or above. Received: {count}")
    if not len(texts) == len(vectors) == len(labels):
        raise InputError(
            f"a vector and a label for each text expected. Received: {len(texts):,} texts, {len(vectors):,} vectors, "
            f"{len(labels):,} labels"
        )
    rows = np.array([row for row, label in enumerate(labels) if label is None], np.int64)
    if not len(rows):
        return []
    known = NearTexts(text for text, label in zip(texts, labels, strict=True) if label is not None)
    unit = unit_vectors(vectors, vectors.mean(axis=0))
    wanted = rows if judged is None else uncertain_rows(judged.probabilities, rows, count)
    chosen = spread_rows(unit, wanted, texts, known, count)
    if len(chosen) < count and len(wanted) < len(rows):  # nearly all of the uncertain ones are known
        rest = np.setdiff1d(rows, wanted)
        chosen += spread_rows(unit, rest, texts, known, count - len(chosen))
    if judged is None:
        return [Suggestion(row) for row in chosen]
    place = judged.probabilities.argmax(axis=1)
    return [Suggestion(row, *judged.best(row)) for row in sorted(chosen, key=lambda row: int(place[row]))]


def every_row(labels: Sequence[str | None], judged: Judged | None = None) -> list[Suggestion]:
    """Returns all rows without a label, to be looked through label by label.

    Args:
        labels: The label of each row, `None` where it has none.
        judged: The probabilities of the labels; `None` if nothing is known of them.

    Returns:
        The rows; those of one suggested label together, the most probable first.
    """
    free = [row for row, label in enumerate(labels) if label is None]
    if judged is None:
        return [Suggestion(row) for row in free]
    place, highest = judged.probabilities.argmax(axis=1), judged.probabilities.max(axis=1)
    free.sort(key=lambda row: (int(place[row]), -float(highest[row])))
    return [Suggestion(row, *judged.best(row)) for row in free]
