"""Bootstrap confidence intervals of each task's metrics, which are expressed as functions of column means."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from scipy import sparse, stats

from bert_keras.evaluation.bootstrap import (
    Columns,
    Interval,
    Statistic,
    beside,
    bootstrap,
    bootstrap_difference,
    bootstrap_rows,
)
from bert_keras.evaluation.confusion import MOST_LABELS
from bert_keras.evaluation.metric_names import METRICS
from bert_keras.evaluation.precision_recall import label_table
from bert_keras.evaluation.row_losses import row_losses
from bert_keras.evaluation.scores import predicted_labels

_TINY = 1e-12
_RANKED_ROWS = 20_000_000  # the total number of rows to sort for the interval of a rank correlation
_MOST_DENSE = 5_000_000  # outputs
_MOST_HITS = 10_000_000  # labels of all rows that are true or predicted


@dataclass(frozen=True)
class _Metrics:
    """Metrics that are computed from the same columns, and so are resampled together; `None` if these are too many."""

    columns: Callable[[np.ndarray, np.ndarray, np.ndarray | None], Columns | None]
    statistics: dict[str, Statistic]


def intervals(
    task: str,
    targets: np.ndarray,
    outputs: np.ndarray,
    names: Collection[str] | None = None,
    chosen: np.ndarray | None = None,
) -> dict[str, Interval]:
    """Computes the bootstrap interval of each metric of one model.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        targets: The targets; see `evaluation.scores`.
        outputs: The model outputs; see `evaluation.scores`.
        names: The metrics. `None` means all that have an interval.
        chosen: The labels that are predicted; see `evaluation.scores`.

    Returns:
        The intervals by the metric's name, without macro F1 if more than ten million labels are true or predicted.
    """
    found: dict[str, Interval] = {}
    for metrics in _METRICS[task]:
        wanted = {name: of for name, of in metrics.statistics.items() if names is None or name in names}
        columns = metrics.columns(targets, outputs, chosen) if wanted else None
        if columns is not None:
            found |= bootstrap(columns, wanted)
    if task == "regression" and (names is None or "spearman" in names):
        found |= _rank_interval(len(targets), lambda rows: _spearman(targets[rows], outputs[rows]))
    return _ordered(task, found)


def difference_intervals(
    task: str,
    targets: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    chosen: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
) -> dict[str, Interval]:
    """Computes the bootstrap interval of the difference in each metric between two models on the same rows.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.
        targets: The targets; see `evaluation.scores`.
        first: The outputs of the first model.
        second: The outputs of the second model.
        chosen: The labels that each of the two predicts; see `evaluation.scores`.

    Returns:
        The intervals of the second model's metric minus the first's, by the metric's name.
    """
    found: dict[str, Interval] = {}
    for metrics in _METRICS[task]:
        one, other = metrics.columns(targets, first, chosen[0]), metrics.columns(targets, second, chosen[1])
        if one is not None and other is not None:
            found |= bootstrap_difference(one, other, metrics.statistics)
    if task == "regression":

        def difference(rows: np.ndarray) -> float:
            return _spearman(targets[rows], second[rows]) - _spearman(targets[rows], first[rows])

        found |= _rank_interval(len(targets), difference)
    return _ordered(task, found)


def _ordered(task: str, found: dict[str, Interval]) -> dict[str, Interval]:
    return {name: found[name] for name in METRICS[task] if name in found}


def _rank_interval(rows: int, statistic: Callable[[np.ndarray], float]) -> dict[str, Interval]:
    resamples = int(np.clip(_RANKED_ROWS // rows, 200, 1_000))
    return {"spearman": bootstrap_rows(rows, statistic, resamples)}


def main_columns(task: str) -> tuple[Callable[[np.ndarray, np.ndarray, np.ndarray | None], np.ndarray], Statistic]:
    """Returns the function that makes the columns of a task's main metric, and the metric of their means.

    Args:
        task: The task: `single_label`, `multi_label` or `regression`.

    Returns:
        A function of targets, outputs and chosen labels that returns `[rows, columns]`, and the statistic.
    """
    if task == "single_label":
        return lambda targets, outputs, chosen: rows_right(task, targets, outputs)[:, np.newaxis], _column(0)
    if task == "multi_label":
        return _sums_and_right, lambda means: _micro_f1(means[..., :-1])
    return lambda targets, outputs, chosen: np.abs(outputs - targets)[:, np.newaxis], _column(0)


def rows_right(task: str, targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None = None) -> np.ndarray:
    """Determines which rows a classifier predicts correctly: the label, or all labels of the row.

    Args:
        task: The task: `single_label` or `multi_label`.
        targets: The targets; see `evaluation.scores`.
        outputs: The predicted probabilities; see `evaluation.scores`.
        chosen: The labels that are predicted; see `evaluation.scores`.

    Returns:
        Whether each row is correct, `[rows]` bool.
    """
    if task == "single_label":
        return outputs.argmax(axis=1) == targets
    return (predicted_labels(outputs, chosen) == (np.asarray(targets) > 0)).all(axis=1)


def _hits(targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None) -> Columns | None:
    """Returns three columns per label: whether it is both true and predicted, whether true, and whether predicted.

    They are sparse if there are many labels or rows, and `None` if they would take too much memory even so.
    """
    labels = outputs.shape[1]
    if labels > MOST_LABELS or outputs.size > _MOST_DENSE:
        given = outputs.argmax(axis=1) if targets.ndim == 1 else predicted_labels(outputs, chosen)
        sides = _sparse(targets, labels), _sparse(given, labels)
        if targets.ndim == 2 and sum(side.nnz for side in sides) > _MOST_HITS:
            return None
        return beside(sides[0].multiply(sides[1]).tocsr(), *sides)
    true = label_table(targets, labels)
    single = targets.ndim == 1
    predicted = label_table(outputs.argmax(axis=1), labels) if single else predicted_labels(outputs, chosen)
    return np.concatenate([true & predicted, true, predicted], axis=1)


def _sparse(labels_of_rows: np.ndarray, labels: int) -> sparse.csr_array:
    """Returns a one for each label of each row, `[rows, labels]`, given indices `[rows]` or a table."""
    if labels_of_rows.ndim == 2:
        return sparse.csr_array(np.asarray(labels_of_rows) > 0, dtype=np.int8)
    rows = len(labels_of_rows)
    return sparse.csr_array((np.ones(rows, np.int8), labels_of_rows, np.arange(rows + 1)), shape=(rows, labels))


def _sums_and_right(targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None) -> np.ndarray:
    """Returns how many labels of a row are both true and predicted, true, and predicted; and whether all are right."""
    true, predicted = np.asarray(targets) > 0, predicted_labels(outputs, chosen)
    sums = [table.sum(axis=1) for table in (true & predicted, true, predicted)]
    return np.column_stack([*sums, (true == predicted).all(axis=1)])


def _accuracy(means: np.ndarray) -> np.ndarray:
    return means[..., : means.shape[-1] // 3].sum(axis=-1)


def _macro_f1(means: np.ndarray) -> np.ndarray:
    both, true, predicted = np.split(means, 3, axis=-1)
    seen = true + predicted > 0
    f1 = 2 * both / np.where(seen, true + predicted, 1)
    return f1.sum(axis=-1) / np.maximum(seen.sum(axis=-1), 1)


def _micro_f1(means: np.ndarray) -> np.ndarray:
    both, true, predicted = (part.sum(axis=-1) for part in np.split(means, 3, axis=-1))
    return 2 * both / np.maximum(true + predicted, _TINY)


def _matthews(means: np.ndarray) -> np.ndarray:
    """Computes the Matthews correlation for several labels (Gorodkin 2004) from shares instead of counts."""
    both, true, predicted = np.split(means, 3, axis=-1)
    spread = (1 - np.square(true).sum(axis=-1)) * (1 - np.square(predicted).sum(axis=-1))
    return _ratio(both.sum(axis=-1) - (true * predicted).sum(axis=-1), spread)


def _moments_and_errors(targets: np.ndarray, outputs: np.ndarray, chosen: np.ndarray | None) -> np.ndarray:
    targets, outputs = np.asarray(targets, np.float64), np.asarray(outputs, np.float64)
    # Standardised, so that the differences of squares in `_pearson` do not lose precision.
    x, y = ((side - side.mean()) / max(float(side.std()), _TINY) for side in (targets, outputs))
    return np.stack([x, y, x * x, y * y, x * y, np.square(outputs - targets), np.abs(outputs - targets)], axis=1)


def _pearson(means: np.ndarray) -> np.ndarray:
    x, y, xx, yy, xy = (means[..., column] for column in range(5))
    return _ratio(xy - x * y, (xx - x * x) * (yy - y * y))


def _ratio(top: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Returns a correlation; 0 where one side is constant."""
    return np.where(spread > _TINY, top / np.sqrt(np.maximum(spread, _TINY)), 0.0)


def _spearman(targets: np.ndarray, outputs: np.ndarray) -> float:
    if np.ptp(targets) == 0 or np.ptp(outputs) == 0:
        return 0.0
    return float(np.corrcoef(stats.rankdata(targets), stats.rankdata(outputs))[0, 1])


def _column(place: int) -> Statistic:
    return lambda means: means[..., place]


def _loss(task: str) -> _Metrics:
    return _Metrics(
        lambda targets, outputs, chosen: row_losses(task, targets, outputs)[:, np.newaxis], {"loss": _column(0)}
    )


_METRICS: dict[str, tuple[_Metrics, ...]] = {
    "single_label": (
        _Metrics(_hits, {"accuracy": _accuracy, "macro_f1": _macro_f1, "matthews_correlation": _matthews}),
        _loss("single_label"),
    ),
    "multi_label": (
        _Metrics(
            _sums_and_right,
            {"micro_f1": lambda means: _micro_f1(means[..., :-1]), "subset_accuracy": _column(-1)},
        ),
        _Metrics(_hits, {"macro_f1": _macro_f1}),
        _loss("multi_label"),
    ),
    "regression": (
        _Metrics(
            _moments_and_errors,
            {"mae": _column(6), "rmse": lambda means: np.sqrt(means[..., 5]), "pearson": _pearson},
        ),
    ),
}
