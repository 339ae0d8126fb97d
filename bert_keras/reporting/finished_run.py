"""A finished run read from its folder: its report, and its predictions on a split."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bert_keras.errors import DataError, InputError
from bert_keras.reporting.coloured_words import Words
from bert_keras.reporting.kept_results import KeptSlices, read_kept_behaviour, read_kept_slices, read_kept_words
from bert_keras.reporting.run_record import RowText

HELD_OUT_LABELS = "held_out_labels"
"""The key of a row's labels by thresholds that were not fitted on it, in `predictions.jsonl`."""
_TASKS = ("single_label", "multi_label", "regression")
_OTHERS = {
    "spans": "question answering",
    "tags": "token classification",
    "masked_lm": "masked language modelling",
    **dict.fromkeys(("pairs", "triples", "scored_pairs", "labelled_texts"), "sentence vectors"),
}
_SHOWN = 80
_ALL_PROBABILITIES = 200  # the number of labels up to which a run keeps the probabilities of all


@dataclass(frozen=True)
class FinishedRun:
    """A run and its predictions on one split.

    Attributes:
        name: The folder as the user named it.
        task: The task: `single_label`, `multi_label` or `regression`.
        labels: The names of the labels.
        rows: The texts of the rows and their places in the data.
        gold: The true label, labels or number of each row.
        outputs: The probabilities `[rows, labels]`, or the predicted numbers `[rows]`.
        predicted: The labels that are predicted of each row, for `multi_label`: on dev those by thresholds that were
            not fitted on the row. Empty for other tasks.
        options: The options that it was trained with, by name; empty if the run kept none.
        slices: The parts that its rows were divided into, by `slices` or `classify --slices`; `None` if none are kept.
        behaviour: How many cases of each behavioural test passed, and of how many, by `behave`; empty if none are kept.
        words: The coloured words of some rows, by text and pair.
    """

    name: str
    task: str
    labels: list[str]
    rows: list[RowText]
    gold: list[Any]
    outputs: np.ndarray
    predicted: list[list[str]]
    options: Mapping[str, Any] = field(default_factory=dict)
    slices: KeptSlices | None = None
    behaviour: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    words: Mapping[tuple[str, str | None], Sequence[Words]] = field(default_factory=dict)

    def chosen_of(self, labels: Sequence[str]) -> np.ndarray | None:
        """Returns which of the given labels are predicted, `[rows, labels]` bool; `None` unless multi-label."""
        if self.task != "multi_label":
            return None
        place = {label: index for index, label in enumerate(labels)}
        table = np.zeros([len(self.rows), len(labels)], bool)
        for row, names in enumerate(self.predicted):
            table[row, [place[name] for name in names]] = True
        return table

    def outputs_of(self, labels: Sequence[str]) -> np.ndarray:
        """Returns the outputs in the order of the given labels; a label unknown to the run has probability 0."""
        if self.task == "regression":
            return self.outputs
        table = np.zeros([len(self.rows), len(labels)])
        table[:, [labels.index(label) for label in self.labels]] = self.outputs
        return table

    def targets_of(self, labels: Sequence[str]) -> np.ndarray:
        """Returns the targets for the given labels, as `evaluation.scores` takes them."""
        if self.task == "regression":
            return np.array(self.gold, np.float64)
        place = {label: index for index, label in enumerate(labels)}
        if self.task == "single_label":
            return np.array([place[label] for label in self.gold])
        return np.array([[float(label in of) for label in labels] for of in self.gold])


def read_run(folder: str | Path, split: str) -> FinishedRun:
    """Reads a run's report and its predictions on one split.

    Args:
        folder: The run's folder, e.g. `runs/NAME`.
        split: The split: `dev` or `test`.

    Returns:
        The run.

    Raises:
        InputError: There is no finished run, or it holds no predictions on that split.
        DataError: One of its files is broken.
    """
    task, labels = _task_and_labels(Path(folder))
    path = Path(folder, "predictions.jsonl")
    rows, gold, outputs, predicted = [], [], [], []
    for number, row in _lines(path):
        if row.get("split") == split:
            rows.append(RowText(row["text"], row.get("pair"), f"{row.get('file', split)}, line {row.get('line', '?')}"))
            truth, output = _answer(f"{path}, line {number}", row, task, labels)
            gold.append(truth)
            outputs.append(output)
            if task == "multi_label":
                predicted.append(_predicted(f"{path}, line {number}", row, labels))
    if not rows:
        raise InputError(f"{path}: no predictions on {split}; name a split that the run has measured with --split")
    return FinishedRun(
        str(folder),
        task,
        labels,
        rows,
        gold,
        np.array(outputs, np.float64),
        predicted,
        read_options(Path(folder, "config.yaml")),
        read_kept_slices(folder),
        read_kept_behaviour(folder),
        read_kept_words(folder),
    )


def read_options(path: Path) -> Mapping[str, Any]:
    """Reads the options of a run.

    Args:
        path: The run's `config.yaml`.

    Returns:
        The options by name; none if there is no such file.

    Raises:
        DataError: The file is broken.
    """
    if not path.is_file():
        return {}
    try:
        options = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: no valid YAML ({' '.join(str(error).split())})") from error
    if not isinstance(options, dict):
        raise DataError(f"{path}: no options of a run; expected a mapping. Received: {str(options):.{_SHOWN}}")
    return options


def _task_and_labels(folder: Path) -> tuple[str, list[str]]:
    model = _report(folder).get("model")
    task, labels = (
        (model.get("task", "single_label"), model.get("labels", [])) if isinstance(model, dict) else (None, None)
    )
    if task in _OTHERS:
        raise InputError(
            f"{folder}: a run of {_OTHERS[task]}, and runs of classifiers alone can be compared; name others"
        )
    names = labels if isinstance(labels, list) and all(isinstance(label, str) for label in labels) else None
    if not isinstance(task, str) or task not in _TASKS or names is None or len(set(names)) != len(names):
        raise DataError(
            f"{folder / 'report.json'}: no report of a run, for it lacks the model's task or labels; make it again"
        )
    return task, names


def _report(folder: Path) -> Mapping[str, Any]:
    path = folder / "report.json"
    if not path.is_file():
        raise InputError(
            f"{folder}: no finished run, for it has no report.json. Received: {folder}; name folders as in runs/NAME"
        )
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: no valid JSON ({error})") from error
    if not isinstance(report, dict):
        raise DataError(f"{path}: no report of a run; expected an object. Received: {str(report):.{_SHOWN}}")
    return report


def _lines(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yields the rows of a JSON Lines file with their line numbers; raises an error for a line without a text."""
    if not path.is_file():
        raise InputError(f"{path}: not there, so the run is not whole; make it again")
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                json.dumps(row, ensure_ascii=False).encode()  # fails for a lone surrogate, which is no text
            except (ValueError, RecursionError) as error:
                raise DataError(f"{path}, line {number}: no valid JSON ({error})") from error
            if (
                not isinstance(row, dict)
                or not isinstance(row.get("text"), str)
                or not isinstance(row.get("pair"), str | None)
            ):
                shown = line.decode(errors="replace").strip()
                raise DataError(
                    f'{path}, line {number}: expected an object with a string "text". Received: {shown:.{_SHOWN}}'
                )
            yield number, row


def _answer(place: str, row: Mapping[str, Any], task: str, labels: list[str]) -> tuple[Any, Any]:
    """Returns the truth of a row and the model's output for it."""
    gold = row.get("gold")
    if task == "regression":
        if not (_is_number(gold) and _is_number(row.get("score"))):
            raise DataError(
                f'{place}: expected the numbers "gold" and "score". Received: {gold!r}, {row.get("score")!r}'
            )
        return gold, row["score"]
    names = gold if isinstance(gold, list) else [gold]
    if not all(name in labels for name in names) or isinstance(gold, list) != (task == "multi_label"):
        raise DataError(f'{place}: "gold" must be of the report\'s labels. Received: {str(gold):.{_SHOWN}}')
    probabilities = row.get("probabilities")
    if not isinstance(probabilities, dict) or not _has_probabilities(probabilities, labels):
        raise DataError(f'{place}: expected "probabilities" of all labels. Received: {str(probabilities):.{_SHOWN}}')
    left = len(labels) - len(probabilities)
    # The labels left out, of many the least probable ones, share what is left of 1; of several labels they have none.
    rest = max(0.0, 1 - sum(probabilities.values())) / left if left > 0 and task == "single_label" else 0.0
    return gold, np.array([probabilities.get(label, rest) for label in labels])


def _predicted(place: str, row: Mapping[str, Any], labels: list[str]) -> list[str]:
    names = row.get(HELD_OUT_LABELS, row.get("labels"))
    if not isinstance(names, list) or not all(name in labels for name in names):
        raise DataError(f'{place}: "labels" must be of the report\'s labels. Received: {str(names):.{_SHOWN}}')
    return names


def _has_probabilities(probabilities: Mapping[str, Any], labels: list[str]) -> bool:
    """Returns whether there is a number for each label, or for the most probable ones of more than 200."""
    if len(labels) > _ALL_PROBABILITIES and len(probabilities) >= _ALL_PROBABILITIES:
        known = set(labels)
        return all(label in known and _is_number(value) for label, value in probabilities.items())
    return all(_is_number(probabilities.get(label)) for label in labels)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
