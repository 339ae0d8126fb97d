"""What more rows of training would bring, from the scores of models that were trained on fewer."""

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.evaluation.bootstrap import Interval, Statistic, beside, bootstrap
from bert_keras.evaluation.metric_names import METRICS
from bert_keras.evaluation.resampled import main_columns

_FITTED = 3  # points, the largest
_MORE = 1_000


@dataclass(frozen=True)
class LearningCurve:
    """The main metric on development rows by the number of training rows.

    Attributes:
        metric: The name of the metric.
        rows: The numbers of training rows, ascending; the last one is that of the whole split.
        scores: The metric of each, with its interval over the development rows.
        more: A number of further rows: 1,000, but no more than there are.
        gain: By how much the metric moves with them, and its interval over the development rows. A line through the
            three largest numbers, by their logarithm, says so; that training itself has a spread is not in the
            interval. `None` if there is no such line.
    """

    metric: str
    rows: tuple[int, ...]
    scores: tuple[Interval, ...]
    more: int
    gain: Interval | None

    def report(self) -> dict[str, Any]:
        """Returns the curve as JSON values."""
        return {
            "metric": self.metric,
            "rows": list(self.rows),
            "scores": [dataclasses.asdict(score) for score in self.scores],
            **({} if self.gain is None else self._told(self.gain)),
        }

    def _told(self, gain: Interval) -> dict[str, Any]:
        return {"more": self.more, "gain": gain.value, "interval": [gain.low, gain.high]}


def learning_curve(
    task: str, targets: np.ndarray, outputs: Mapping[int, np.ndarray], alike: Collection[int] | None = None
) -> LearningCurve:
    """Fits a learning curve.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        targets: The targets of the development rows; see `evaluation.scores`.
        outputs: The outputs on these rows by the number of training rows; at least two.
        alike: The numbers of rows that were trained on in the same way, so that a line may go through them; if there
            are fewer than two, there is no gain to tell. Default: all.

    Returns:
        The curve.

    Raises:
        InputError: There are fewer than two numbers of rows.
    """
    rows = tuple(sorted(outputs))
    if len(rows) < 2:
        raise InputError(f"a learning curve has at least two numbers of rows. Received: {rows}")
    columns, statistic = main_columns(task)
    tables = [columns(targets, outputs[size], None) for size in rows]
    width = tables[0].shape[1]

    def of_size(place: int) -> Statistic:
        return lambda means: statistic(means[..., place * width : (place + 1) * width])

    fitted = [place for place, size in enumerate(rows) if alike is None or size in alike][-_FITTED:]
    more = min(_MORE, _rounded(rows[-1]))
    doublings = math.log2((rows[-1] + more) / rows[-1])

    def gain(means: np.ndarray) -> np.ndarray:
        powers = np.array([math.log2(rows[place]) for place in fitted])
        slopes = (powers - powers.mean()) / np.square(powers - powers.mean()).sum()
        return doublings * sum(
            slope * of_size(place)(means) for slope, place in zip(slopes.tolist(), fitted, strict=True)
        )

    named = {str(size): of_size(place) for place, size in enumerate(rows)}
    found = bootstrap(beside(*tables), {**named, "gain": gain} if len(fitted) > 1 else named)
    return LearningCurve(METRICS[task][0], rows, tuple(found[str(size)] for size in rows), more, found.get("gain"))


def _rounded(rows: int) -> int:
    """Returns a number of rows with one digit that is not zero."""
    unit = 10 ** (len(str(rows)) - 1)
    return rows // unit * unit
