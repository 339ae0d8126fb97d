"""A Keras callback that writes vectors of the same rows during training, for the projector."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.dataset_rows import Truth, sample_rows
from bert_keras.insight.embedding_set import FEWEST, EmbeddingSet
from bert_keras.insight.occasions import Occasions
from bert_keras.insight.projector import write_projector
from bert_keras.insight.projector_metadata import NEXT
from bert_keras.insight.sentence_vectors import SentencePass
from bert_keras.models.classify_stream import Row

MOST_ROWS = 500
_MOST_POINTS = 10_000  # over all steps: the limit of the projector's t-SNE
_LOG = logging.getLogger(__name__)


class ProjectorSteps(Occasions):
    """Writes vectors of the same rows at several steps of a training.

    Each step is a run of its own, `step-0000100/sentences`: TensorBoard caches the configuration of a run, and reads
    configurations again when there is a new run. Beside them, the run `steps` holds all steps of this process in one
    space with common principal components, and a line that follows each row from step to step. If it would hold more
    than 10,000 points, every second step is dropped.

    Args:
        folder: A folder below TensorBoard's log folder.
        rows: Texts, (text, pair) tuples or (question, context) tuples; if there are more than `most`, a sample is kept.
        labels: The true label of each row; see `row_columns`.
        every: "epoch", or a number of optimizer steps. Vectors are also written before the first step and after the
            last.
        layers: The numbers of hidden states; see `sentence_vectors`.
        most: The maximum number of rows to keep.
        seed: The random seed of the sample.

    Raises:
        InputError: There are fewer than 3 rows, the numbers of rows and labels differ, or the number of steps is below
            1.
    """

    def __init__(
        self,
        folder: str | Path,
        rows: Iterable[Row],
        labels: Iterable[Truth] | None = None,
        *,
        every: int | Literal["epoch"] = "epoch",
        layers: Sequence[int] = (-1,),
        most: int = MOST_ROWS,
        seed: int = 0,
    ) -> None:
        super().__init__(every)
        self._rows, self._labels, self._left_out = sample_rows(rows, labels, most, seed)
        if len(self._rows) < FEWEST:
            raise InputError(f"the projector needs at least {FEWEST} rows. Received: {len(self._rows)}")
        self._folder, self._layers = Path(folder), layers
        self._pass: SentencePass | None = None
        self._written: dict[int, list[EmbeddingSet]] = {}

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Writes the vectors before the first step."""
        self._pass = SentencePass(self.model, self._layers)
        super().on_train_begin(logs)

    def _write(self) -> None:
        step = self._step()
        if step in self._written or self._pass is None:
            return
        sets = [each for each in self._pass.sets(self._rows, self._labels, self._left_out) if _usable(each)]
        if not sets:
            return
        self._written[step] = sets
        self._thin(len(sets[0].vectors))
        series = [each for each in _series(self._written) if _usable(each)]
        if len(self._written) > 1:
            write_projector(self._folder, series, step)
        # After the series: only a new run makes TensorBoard read the configurations again.
        write_projector(self._folder / f"step-{step:07}", [_renamed(each, f"step {step}") for each in sets], step)

    def _thin(self, points: int) -> None:
        """Drops every second step, but neither the first nor the last, while there are too many to show together."""
        while len(self._written) > max(2, _MOST_POINTS // points):
            steps = list(self._written)
            for step in steps[1:-1:2]:
                del self._written[step]


def _usable(each: EmbeddingSet) -> bool:
    """Returns whether a set can be projected; a warning is logged if not, and the training continues."""
    try:
        each.check()
    except InputError as error:
        _LOG.warning("not written for the projector: %s", error)
        return False
    return True


def _renamed(each: EmbeddingSet, when: str, group: str = "sentences") -> EmbeddingSet:
    return EmbeddingSet(f"{each.name}, {when}", each.vectors, each.columns, each.colour, each.left_out, group)


def _series(written: dict[int, list[EmbeddingSet]]) -> list[EmbeddingSet]:
    """Returns the sets of all steps put together, each row with the index of the same row at the next step."""
    when = f"steps {min(written)} to {max(written)}"
    series = []
    names = [each.name for each in next(iter(written.values()))]
    for name in names:
        of = {step: each for step, sets in written.items() for each in sets if each.name == name}
        first = next(iter(of.values()))
        points, total = len(first.vectors), len(first.vectors) * len(of)
        columns: dict[str, Any] = {}
        for column in first.columns:
            columns[column] = [value for each in of.values() for value in each.columns[column]]
        columns["step"] = [float(step) for step in of for _ in range(points)]
        columns[NEXT] = [str(place + points) if place + points < total else "" for place in range(total)]
        vectors = np.concatenate([each.vectors for each in of.values()])
        whole = EmbeddingSet(name, vectors, columns, first.colour, first.left_out * len(of))
        series.append(_renamed(whole, when, "steps"))
    return series
