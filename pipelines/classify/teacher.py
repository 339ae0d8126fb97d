"""The teacher of a classifier: what it says about the rows, and how the model compares with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras import data, evaluation, models, serving, training
from bert_keras.classification import chosen_of
from bert_keras.errors import CheckpointError, DataError, InputError
from bert_keras.models import TextClassifier
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.progress import counted_rows
from .config import ClassifyConfig

_BYTES = 4  # of a float32


@dataclass(frozen=True)
class Teacher:
    """A teacher, without its weights, and what it says.

    Attributes:
        config: The options of the training.
        rows: The rows of train, and those without labels, with its outputs.
        layers: Its layers whose states are compared, from 1; the model's are those of `rows`.
        scores: Its main metrics on each evaluated split.
        size: Its number of layers, of parameters, and of megabytes in float32.
    """

    config: ClassifyConfig
    rows: data.TaughtRows
    layers: tuple[int, ...]
    scores: Mapping[str, Mapping[str, float]]
    size: Mapping[str, float]

    def said(self) -> str:
        """Returns what it is and what is learned from it, as a line."""
        rows, unlabelled = len(self.rows.labelled), self.rows.unlabelled
        more = "" if unlabelled is None else f" and {len(unlabelled):,} without labels"
        like = ", ".join(f"{own} like {its}" for own, its in zip(self.rows.layers, self.layers, strict=True))
        states = f"; hidden states of layers {like}" if like else "; no hidden states"
        size = f"{self.size['layers']:,} layers, {self.size['parameters']:,} parameters"
        return f"teacher {self.config.teacher}: {size}; its logits for {rows:,} rows{more}{states}"

    def compared(
        self, model: TextClassifier, scores: Mapping[str, Mapping[str, Any]], sources: Mapping[str, data.Source]
    ) -> dict[str, Any]:
        """Compares the trained model with the teacher, for the report.

        Args:
            model: The trained model.
            scores: Its metrics on each evaluated split.
            sources: The rows of each split.

        Returns:
            JSON values.
        """
        metrics = {split: {name: scores[split][name] for name in of} for split, of in self.scores.items()}
        both: dict[str, dict[str, Any]] = {
            "teacher": {**self.size, "metrics": self.scores},
            "model": {**_size(model), "metrics": metrics},
        }
        with going_on("the speed of teacher and model"), console.status("measuring the speed of teacher and model"):
            for name, of in (("teacher", _load(self.config)), ("model", model)):
                both[name]["rows_per_second"] = training.rows_per_second(of, _encoded(self.config, of, sources["dev"]))
        layers = {"model": list(self.rows.layers), "teacher": list(self.layers)}
        return {"preset": self.config.teacher, "layers_compared": layers, **both}


def check_teacher(config: ClassifyConfig, pairs: bool) -> None:
    """Checks that a teacher fits the task, before its weights or any rows are read.

    Args:
        config: The options, with a teacher.
        pairs: Whether the rows are pairs of texts.

    Raises:
        CheckpointError: It is no classifier.
        InputError: It takes pairs and the rows are single texts, or the other way round.
    """
    teacher = str(config.teacher)
    if serving.saved_inputs(teacher) is not None:
        raise CheckpointError(
            f"--teacher must be a run or a preset, whose logits are learned from; an export gives probabilities alone. "
            f"Received: {teacher}"
        )
    of = models.task_class(teacher)
    if of is not TextClassifier:
        raise CheckpointError(f"--teacher must be a classifier. Received: {teacher}, which holds a {of.__name__}")
    takes = models.takes_pairs(teacher)
    if takes is not None and takes != pairs:
        its, own = ("pairs of texts", "single texts") if takes else ("single texts", "pairs of texts")
        raise InputError(f"--teacher {teacher} takes {its}, and the rows are {own}; name another, or other columns")


def meet_teacher(
    config: ClassifyConfig,
    model: TextClassifier,
    sources: Mapping[str, data.Source],
    encoded: Mapping[str, data.Encoded],
    unlabelled: data.Source | None,
) -> Teacher:
    """Loads a teacher, and runs it over all rows; for a dry run over none.

    Args:
        config: The options, with a teacher.
        model: The model to train.
        sources: The rows of each split.
        encoded: The same rows as the model's own tokenizer encodes them, with targets.
        unlabelled: The rows without labels.

    Returns:
        The teacher.

    Raises:
        InputError: Its task is another one, or its hidden states, which are asked for, cannot be compared.
        LabelError: Its labels are others.
        DataError: A file changes meanwhile.
    """
    teacher = _load(config)
    if teacher.task != model.task:
        raise InputError(
            f"--teacher must be of --task {model.task}, as the model is. Received: {config.teacher}, which is a "
            f"{teacher.task} classifier"
        )
    order = list(range(teacher.output_shape[-1]))
    if model.labels:
        order = data.matched_labels(model.labels, teacher.labels, config.merge_labels)
    own, its = _layers(config, model, teacher)
    more = None if unlabelled is None else _encoded(config, model, unlabelled)
    given = [_outputs(config, teacher, sources["train"], encoded["train"], its)]
    if unlabelled is not None and more is not None:
        given.append(_outputs(config, teacher, unlabelled, more, its))
    values, keys = tuple(of.values for of in given), " ".join(of.key for of in given)
    columns = np.array([*order, *range(len(order), values[0].shape[1])])
    rows = data.TaughtRows(encoded["train"], values, columns, keys, own, more)
    scores = {} if config.dry_run else _scores(config, teacher, sources, encoded, order)
    return Teacher(config, rows, its, scores, _size(teacher))


def _load(config: ClassifyConfig) -> TextClassifier:
    # As it is served: in float32.
    return TextClassifier.from_preset(str(config.teacher), dtype="float32")


def _size(model: TextClassifier) -> dict[str, float]:
    parameters = model.count_params()
    return {
        "layers": model.backbone.num_layers,
        "parameters": parameters,
        "megabytes": parameters * _BYTES / 1e6,
    }


def _layers(
    config: ClassifyConfig, model: TextClassifier, teacher: TextClassifier
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Returns the layers of the model and of the teacher whose states are compared: all of the model but the last.

    The last one is taught by the logits already (Sun et al. 2019, section 3.2).
    """
    one, other = model.backbone, teacher.backbone
    fitting = one.hidden_dim == other.hidden_dim and 1 < one.num_layers <= other.num_layers
    if not fitting and config.states_weight:
        raise InputError(
            "--states_weight compares hidden states of one size, after each of two layers or more but the last, of "
            "which the teacher has as many at least. Received: "
            f"{one.num_layers} layers of size {one.hidden_dim}, of the teacher {other.num_layers} of size "
            f"{other.hidden_dim}; leave it out"
        )
    if not fitting or config.states_weight == 0:
        return (), ()
    return tuple(range(1, one.num_layers)), models.layers_to_keep(other.num_layers, one.num_layers)[:-1]


def _encoded(config: ClassifyConfig, model: TextClassifier, source: data.Source) -> data.Encoded:
    """Returns rows as the model's own tokenizer encodes them."""
    preprocessor, cache = model.preprocessor, Path(config.runs, ".cache")
    with counted_rows(console, f"reading {source.name}") as advance:
        return data.encode(source, preprocessor.pack, preprocessor.fingerprint, cache, advance)


def _outputs(
    config: ClassifyConfig,
    teacher: TextClassifier,
    source: data.Source,
    own: data.Encoded,
    layers: tuple[int, ...] = (),
) -> training.TeacherOutputs:
    """Returns what a teacher says about rows, given them as the model reads them too."""
    rows = _encoded(config, teacher, source)
    if not np.array_equal(rows.hashes, own.hashes):
        raise DataError(f"{source.name}: changed while it was read; start again once it is whole")
    if config.dry_run:
        width = teacher.output_shape[-1] + len(layers) * teacher.backbone.hidden_dim
        return training.TeacherOutputs(np.broadcast_to(np.float32(0), [len(rows), width]), "dry run")
    with counted_rows(console, f"asking the teacher about {source.name}", len(rows)) as advance:
        return training.teacher_outputs(teacher, rows, Path(config.runs, ".cache"), layers, on_rows=advance)


def _scores(
    config: ClassifyConfig,
    teacher: TextClassifier,
    sources: Mapping[str, data.Source],
    encoded: Mapping[str, data.Encoded],
    order: list[int],
) -> dict[str, dict[str, float]]:
    """Returns the teacher's main metrics on dev and test, by its own calibration, if it has one."""
    scores: dict[str, dict[str, float]] = {}
    main = [name for name in evaluation.METRICS[teacher.task] if name not in ("loss", "ece")][:2]
    for split, rows in encoded.items():
        if split != "train":
            outputs = teacher.to_outputs(_outputs(config, teacher, sources[split], rows).values)
            chosen = chosen_of(outputs, teacher.thresholds)[:, order] if teacher.task == "multi_label" else None
            outputs = outputs[:, order] if teacher.labels else outputs
            labels = [teacher.labels[place] for place in order] if teacher.labels else []
            found = evaluation.scores(teacher.task, rows.targets, outputs, labels, chosen)
            scores[split] = {name: float(found[name]) for name in main}
    return scores
