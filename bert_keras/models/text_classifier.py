"""BERT for text classification and regression."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import keras
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.classification.answers import Answer
from bert_keras.classification.calibration import Calibration
from bert_keras.classification.task import Task, check_task
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.calibrated_answers import fitting_calibration
from bert_keras.models.changeable_head import ChangeableHead
from bert_keras.models.classifier_pooling import Pooling, UnitMean, check_pooling, unit_mean
from bert_keras.models.classify_stream import Row, TokenRows, check_rows, columns, run_by_length
from bert_keras.models.encoder_with_pooler import encoder_with_pooler
from bert_keras.models.pre_trained_pairs import read_pairs
from bert_keras.models.row_classifier import RowClassifier
from bert_keras.models.task_heads import (
    check_labels,
    head_of,
    label_index,
    logits_dense,
    loss_of,
    metric_of,
    no_classifier,
)
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor


@keras.saving.register_keras_serializable(package="bert_keras")
class TextClassifier(RowClassifier, ChangeableHead):
    """A backbone with a dense layer on one vector for each row (Devlin et al. 2019, section 4.1).

    It is used like any task of KerasHub: `fit`, `evaluate` and `predict` take strings (a batched `tf.data.Dataset` of
    `(text, label)` or `((text, pair), label)`), `save_to_preset` and `from_preset` save and load it. The model's output
    is logits `[batch, labels]` float32, for regression `[batch, 1]`.

    Args:
        backbone: The encoder, with a pooler if `pooling` is "cls".
        labels: The names of the labels, in the order of the logits; empty for regression.
        preprocessor: The preprocessor, from strings to inputs. `None` means that the model only takes preprocessed
            inputs.
        dropout: The dropout rate before the dense layer.
        pairs: Whether the inputs are pairs of texts; an export then takes two strings.
        task: "single_label", one of at least two labels, with names or indices as targets; "multi_label", any number of
            the labels, with zeros and ones `[batch, labels]` as targets; or "regression", a number.
        pooling: The vector that the dense layer reads: "cls", the pooled output, which is that of `[CLS]`; or
            "unit_mean", the mean of the tokens' last hidden states, brought to length 1, by which most sentence
            encoders were trained (Reimers and Gurevych 2019, section 3).
        calibration: What was fitted on development rows, a `classification.Calibration` or its `to_json`; `classify`
            and exports apply it, logits do not change. Training discards it.
        **kwargs: Further arguments of a Keras model: `name`, `compile`.

    Raises:
        LabelError: There are too few labels, duplicates, or labels for regression.
        InputError: The backbone lacks a pooler that is read, or has fewer positions than the preprocessor's
            `max_length`; or the pooling is unknown; or the calibration is of another kind of model.
    """

    preprocessor_cls = TextClassifierPreprocessor
    reads_pooler = True
    architecture = "ForSequenceClassification"

    def __init__(
        self,
        backbone: BertBackbone,
        labels: Sequence[str] = (),
        preprocessor: TextClassifierPreprocessor | None = None,
        dropout: float = 0.1,
        pairs: bool = False,
        task: Task = "single_label",
        pooling: Pooling = "cls",
        calibration: Calibration | Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        check_labels(labels, task)
        check_pooling(pooling)
        if pooling == "cls" and not backbone.pooler:
            raise InputError(
                "a text classifier reads the pooled output, and the backbone has no pooler; build it with pooler=True"
            )
        if pairs and backbone.num_segments == 1:
            raise InputError("pairs are told apart by their segments, and the backbone knows one segment alone")
        # === Layers ===
        self._set_parts(backbone, preprocessor)
        self.output_dropout = keras.layers.Dropout(dropout, dtype=backbone.dtype_policy, name="classifier_dropout")
        self.output_dense = logits_dense(max(1, len(labels)), backbone)

        # === Functional Model ===
        inputs = backbone.input
        encoded = backbone(inputs)
        if pooling == "unit_mean":
            pooled = UnitMean(name="unit_mean")(encoded["sequence_output"], inputs["padding_mask"])
            if backbone.pooled_dense is not None:
                backbone.pooled_dense.trainable = False  # nothing reads it
        else:
            pooled = encoded["pooled_output"]
        outputs = self.output_dense(self.output_dropout(pooled))
        self.task = task  # set before Keras compiles the model with the loss of its task
        self.reads_pooler = pooling == "cls"
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

        # === Config ===
        self.labels = tuple(labels)
        self.dropout = dropout
        self.pairs = pairs
        self.pooling = pooling
        self.calibration = fitting_calibration(calibration, task, labels)

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, without the backbone and the preprocessor."""
        named = {"labels": list(self.labels), "dropout": self.dropout, "pairs": self.pairs, "task": self.task}
        calibration = None if self.calibration is None else self.calibration.to_json()
        return named | {"pooling": self.pooling, "calibration": calibration}

    def pooled(self, last: tf.Tensor, padding_mask: tf.Tensor) -> tf.Tensor:
        """Computes what the head reads.

        Args:
            last: The last hidden states, `[batch, tokens, hidden]`; those of `[CLS]` alone suffice for "cls".
            padding_mask: 1 for tokens and 0 for padding, `[batch, tokens]`.

        Returns:
            The vector of each row, `[batch, hidden]`.
        """
        if self.pooling == "unit_mean":
            return unit_mean(last, padding_mask)
        pooler: Any = self.backbone.pooled_dense  # never None, as the constructor checks
        return pooler(last[:, 0, :])

    def head_places(self) -> list[checkpoints.Place]:
        """Returns the weights of the dense layer, by their names in Hugging Face folders."""
        return list(checkpoints.dense("classifier", self.output_dense, self.backbone.hidden_dim))

    def usual_loss(self) -> keras.losses.Loss:
        """Returns the cross entropy of softmax or (multi-label) sigmoids, or for regression the squared error."""
        return loss_of(self.task)

    def usual_metrics(self) -> list[keras.metrics.Metric]:
        """Returns the accuracy, the accuracy per label (multi-label) or the mean absolute error (regression)."""
        return [metric_of(self.task)]

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts strings to inputs and label names to indices; returns preprocessed inputs unchanged.

        Raises:
            InputError: The targets are strings, but the task needs numbers.
        """
        if y is not None and tf.convert_to_tensor(y).dtype == tf.string:
            if self.task != "single_label":
                wanted = "a number for each text" if self.task == "regression" else "zeros and ones [batch, labels]"
                raise InputError(f"a {self.task} classifier trains on {wanted}. Received: strings")
            y = label_index(y, self.labels)
        if isinstance(x, dict) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

    def _check_rows(self, rows: Sequence[Row]) -> None:
        check_rows(rows, self.pairs)
        self._check_preprocessor("classify")

    def _classify_chunk(self, rows: Sequence[Row], token_budget: int) -> Iterator[Answer]:
        tokens = TokenRows.of(self.preprocessor.pack(columns(rows)))
        run = self.logits.prepared(tokens.lengths, token_budget)
        logits = run_by_length(tokens.lengths, token_budget, lambda places: run(tokens.inputs(places)))
        return self.to_answers(self.to_outputs(logits))

    @classmethod
    def from_preset(
        cls,
        preset: str,
        load_weights: bool = True,
        *,
        base: str | None = None,
        labels: Sequence[str] | None = None,
        task: Task | None = None,
        new_head: bool = False,
        pooling: Pooling | None = None,
        max_length: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads a classifier, or a backbone and puts a randomly initialized head on it.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
            labels: The names of the labels. `None` means those of the preset's classifier; the same number of other
                names renames them.
            task: The task. `None` means that of the preset's classifier, or "single_label" for a new head. A single
                output is a number ("regression") or the probability of a label ("multi_label"), with the same head.
            new_head: Whether `labels`, a `task` or a `pooling` that differ from the preset's get a new head, rather
                than renaming the labels or raising an error. Labels that the preset's head knows, in any order, keep
                their outputs.
            pooling: What the head reads; see the constructor. `None` means that of the preset's classifier, or "cls"
                for a new head.
            max_length: The maximum number of tokens per row. `None` means the preset's own value (`model_max_length` of
                a Hugging Face folder), or the number of positions.
            dtype: The dtype or dtype policy, e.g. "mixed_bfloat16". `None` means Keras' default, whatever the preset
                was saved with.

        Returns:
            The classifier.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            LabelError: There are no labels for a preset without a classifier, their number differs from the preset's,
                they are the preset's in another order, or they are given for regression.
            InputError: `max_length` exceeds the number of positions, the preset has no preprocessor that it could apply
                to, `task` or `pooling` differs from the preset's and `new_head` is false, or a base is given for a
                preset that is no adapter.
        """
        if task is not None:
            check_task(task)
        if pooling is not None:
            check_pooling(pooling)
        folder = checkpoints.locate(preset)
        checkpoints.check_base(folder, base)
        own = checkpoints.kind(folder) in ("bert_keras", "adapter")
        if own and checkpoints.task_of(folder) == "MaskedLM":
            settings = {"labels": labels, "task": task or "single_label", "pooling": pooling or "cls"}
            classifier = cls._on_masked_lm(folder, load_weights, base, dtype, settings)
        elif checkpoints.kind(folder) == "bert_keras":
            classifier = cls._from_own_preset(folder, load_weights, dtype)
        elif checkpoints.kind(folder) == "adapter":
            classifier = cls._from_adapter(folder, load_weights, dtype, base)
        else:
            checkpoint = checkpoints.read(folder, base)
            fresh = pooling if checkpoint.labels is None else None
            classifier = cls._from_checkpoint(checkpoint, load_weights, labels, task, fresh or "cls", dtype)
        if pooling is not None and pooling != classifier.pooling:
            classifier = classifier._with_pooling(pooling, new_head, folder)
        if max_length is not None:
            if classifier.preprocessor is None:
                raise InputError(
                    f"{folder}: max_length is the preprocessor's, and the preset has none. Received: {max_length}"
                )
            classifier = classifier._replaced(
                preprocessor=TextClassifierPreprocessor(classifier.preprocessor.tokenizer, max_length)
            )
        if task is not None and task != classifier.task:
            return classifier._with_task(task, labels, new_head, folder)
        if labels is None or tuple(labels) == classifier.labels:
            return classifier
        return classifier._with_labels(labels, new_head, folder)

    @classmethod
    def _on_masked_lm(
        cls, folder: Path, load_weights: bool, base: str | None, dtype: Any, settings: dict[str, Any]
    ) -> Self:
        """Puts a fresh head on the encoder of a masked language model that this project saved."""
        if settings["labels"] is None and settings["task"] != "regression":
            raise no_classifier(folder, ", but a masked language model")
        load = encoder_with_pooler if cls._reads_pooler(settings) else BertBackbone.from_preset
        backbone = load(str(folder), load_weights, base=base, dtype=dtype)
        settings["preprocessor"] = TextClassifierPreprocessor.from_preset(str(folder), base=base)
        return cls(backbone, **(settings | {"labels": settings["labels"] or ()}))

    @classmethod
    def _from_checkpoint(
        cls,
        checkpoint: checkpoints.Checkpoint,
        load_weights: bool,
        labels: Sequence[str] | None,
        task: Task | None,
        pooling: Pooling,
        dtype: Any,
    ) -> Self:
        has_head = checkpoint.labels is not None
        if has_head:
            labels, task = head_of(checkpoint, task)
        task = task or "single_label"
        if labels is None and task != "regression":
            raise no_classifier(checkpoint.folder, f", but {checkpoint.other_head}" if checkpoint.other_head else "")
        check_labels(labels or (), task)
        classifier = cls._on_checkpoint(
            checkpoint, load_weights, dtype, labels=labels or (), task=task, pairs=checkpoint.pairs, pooling=pooling
        )
        if load_weights and has_head:
            checkpoints.assign_places(classifier.head_places(), checkpoint)
        return classifier

    @classmethod
    def _on_checkpoint(
        cls, checkpoint: checkpoints.Checkpoint, load_weights: bool, dtype: Any, **settings: Any
    ) -> Self:
        """Builds a classifier on the encoder of a checkpoint, without the weights of the head."""
        pooler = cls._reads_pooler(settings)
        backbone = BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=pooler, dtype=dtype)
        preprocessor = TextClassifierPreprocessor(checkpoint.make_tokenizer(), checkpoint.row_length)
        return cls(backbone, preprocessor=preprocessor, **({"dropout": checkpoint.head_dropout} | settings))

    @classmethod
    def _reads_pooler(cls, settings: Mapping[str, Any]) -> bool:
        return settings.get("pooling", "cls") == "cls"

    @classmethod
    def from_next_sentence_head(
        cls, preset: str, *, base: str | None = None, max_length: int | None = None, dtype: Any = None
    ) -> Self:
        """Loads the head of pairs of a pre-training as a classifier of pairs.

        Args:
            preset: The name, handle or folder of a preset that holds such a head: a `MaskedLM` with `pairs`, or e.g. a
                `BertForPreTraining` or a `BertForNextSentencePrediction`.
            base: The model that an adapter stands over, instead of the one that it names.
            max_length: The maximum number of tokens per row. `None` means the number of positions, or that of the
                `MaskedLM`.
            dtype: The dtype or dtype policy. `None` means Keras' default.

        Returns:
            A classifier with the labels "is_next", whose probability is that the second text follows the first, and
            "not_next"; or, of a `MaskedLM` of the order of sentences, "in_order" and "swapped".

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken, or hold no such head.
            InputError: `max_length` exceeds the number of positions, or is too small.
        """
        found = read_pairs(preset, base, dtype)
        classifier = cls(found.backbone, found.labels, found.preprocessor, found.dropout, pairs=True)
        classifier.output_dense.set_weights(found.weights)
        if max_length is not None:
            preprocessor = TextClassifierPreprocessor(classifier.preprocessor.tokenizer, max_length)
            return classifier._replaced(preprocessor=preprocessor)
        return classifier
