"""The rows without labels that a classifier of few rows labels itself: which are kept, and what they bring."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from bert_keras import data, evaluation, training
from bert_keras.files import shown
from bert_keras.models import TextClassifier

from ..console.consoles import console
from ..console.progress import TrainingProgress
from .warnings import near_measured

_SURE = 0.05  # the p-value below which dev tells two models apart
_LABELS_SHOWN = 8


class SelfLabelled:
    """Rows without labels, and after the training those that were kept.

    Args:
        read: All of them.
        encoded: The rows of each split, of which dev and test are left out.
        unknown_id: The token id of `[UNK]`.

    Attributes:
        rows: Those to label: each text once, none of dev and test.
        trained: The result of the training; `None` before it.

    Raises:
        DataError: None is left.
    """

    def __init__(self, read: data.Encoded, encoded: Mapping[str, data.Encoded], unknown_id: int) -> None:
        measured = {split: rows for split, rows in encoded.items() if split != "train"}
        self._name = read.name
        self._left_out = read.left_out
        self._report = {"file": read.name, "rows_read": read.rows_read, "rows_left_out": read.left_out}
        of_measured = np.concatenate([rows.hashes for rows in measured.values()])
        self._measured = int(np.isin(read.hashes, of_measured).sum())
        self.rows = training.new_rows(read, list(encoded.values()))
        self._repeated = len(read) - len(self.rows) - self._measured
        self._near = data.find_near_duplicates({"unlabelled": self.rows} | measured, unknown_id, "unlabelled")
        self.trained: training.SelfTrained | None = None

    def said(self) -> str:
        """Returns what happens to them, as a line."""
        left_out = [f"{self._measured:,} of dev or test"] if self._measured else []
        left_out += [f"{self._repeated:,} that stand there twice or in train"] if self._repeated else []
        left_out += [f"{count:,} left out ({reason})" for reason, count in self._left_out.items()]
        without = (
            f", without {' and '.join(filter(None, (', '.join(left_out[:-1]), left_out[-1])))}" if left_out else ""
        )
        rows = "1 row" if len(self.rows) == 1 else f"{len(self.rows):,} rows"
        return (
            f"{self._name}: {rows} without labels{without}; a first training labels them, a second "
            "one learns from the surest too"
        )

    def warnings(self) -> Iterator[str]:
        """Yields the warnings about them."""
        for split, near in self._near.items():
            yield from near_measured(split, near)

    def progress(self, recipe: training.Recipe, labelled: int) -> TrainingProgress:
        """Returns the callback that shows the progress of the second training, with so many labelled rows."""
        # Half of each step or more are labelled rows, which are seen as often as without the others.
        own = max(1, recipe.batch_size // 2, recipe.batch_size - len(self.rows))
        steps = recipe.epochs * -(-labelled // own)
        return TrainingProgress(console, steps * recipe.batch_size, recipe.batch_size, 1)

    def train(
        self,
        model: TextClassifier,
        train: data.Encoded,
        dev: data.Encoded,
        recipe: training.Recipe,
        callbacks: Sequence[keras.callbacks.Callback],
        checkpoints: training.Checkpoints | None = None,
        **settings: Any,
    ) -> training.Outcome:
        """Trains a model by `self_train`, and says which rows it keeps; the first callback is the progress bar."""

        def tell(kept: data.WeakRows) -> None:
            console.print(kept_said(kept, model.labels, len(self.rows)), markup=False)

        settings |= {"first_callbacks": callbacks[:1], "on_kept": tell}
        self.trained = training.self_train(model, train, self.rows, dev, recipe, callbacks, checkpoints, **settings)
        return self.trained.outcome

    def report(self) -> dict[str, Any]:
        """Returns what `report.json` says about them as data."""
        return self._report | {
            "rows_of_dev_or_test": self._measured,
            "rows_repeated": self._repeated,
            "near_duplicates": {split: near.rows for split, near in self._near.items()},
        }

    def compared(self, dev: data.Encoded, outputs: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
        """Compares the model with the one that learned from the labelled rows alone, for the report.

        Args:
            dev: The development split.
            outputs: The outputs of the trained model on it.
            labels: The labels.

        Returns:
            The rows kept of each label, both accuracies on dev, and McNemar's test of the difference.
        """
        assert self.trained is not None and self.trained.before is not None
        right = {
            name: evaluation.rows_right("single_label", dev.targets, of)
            for name, of in (("without", self.trained.before), ("with", outputs))
        }
        test = evaluation.mcnemar(right["without"], right["with"])
        return {
            "rows": len(self.rows),
            "kept": _kept(self.trained.rows, labels),
            "dev_accuracy": {name: float(of.mean()) for name, of in right.items()},
            "became_right": test.only_second,
            "became_wrong": test.only_first,
            "p_value": test.p,
        }


def kept_said(rows: data.WeakRows, labels: Sequence[str], of: int) -> str:
    """Returns how many of the rows that were labelled are kept of each label, as a line."""
    kept = _kept(rows, labels)
    named = ", ".join(f"{shown(label)} {count:,}" for label, count in list(kept.items())[:_LABELS_SHOWN])
    more = f" and {len(kept) - _LABELS_SHOWN:,} more labels" if len(kept) > _LABELS_SHOWN else ""
    return f"labelled {of:,} rows, and kept the surest {sum(kept.values()):,}: {named}{more}"


def comparison_said(compared: Mapping[str, Any]) -> str:
    """Returns whether the rows without labels helped, as a line.

    Args:
        compared: What `SelfLabelled.compared` returns.
    """
    accuracy, p = compared["dev_accuracy"], compared["p_value"]
    if p >= _SURE:
        verdict = "dev cannot tell whether they help"
    elif accuracy["with"] > accuracy["without"]:
        verdict = "they help"
    else:
        verdict = "they do harm; leave --unlabelled out"
    return (
        f"rows without labels: dev accuracy {accuracy['with']:.4f} with them, {accuracy['without']:.4f} without; "
        f"{compared['became_right']:,} rows became right, {compared['became_wrong']:,} wrong (p = {p:.2g}): {verdict}"
    )


def _kept(rows: data.WeakRows, labels: Sequence[str]) -> dict[str, int]:
    return dict(zip(labels, np.bincount(rows.given, minlength=len(labels)).tolist(), strict=True))
