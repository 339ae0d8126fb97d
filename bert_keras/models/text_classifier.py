"""BERT that labels a text or a pair of texts, or gives it a number."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import keras
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.classification.answers import Answer, answers_of, outputs_of
from bert_keras.classification.task import Task, check_task
from bert_keras.errors import InputError, LabelError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.classify_stream import (
    LARGEST_CHUNK,
    TOKEN_BUDGET,
    Row,
    TokenRows,
    check_rows,
    columns,
    growing_chunks,
    run_by_length,
)
from bert_keras.models.task import BertTask
from bert_keras.models.task_heads import check_labels, loss_of, metric_of
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor, fitting
from bert_keras.text import BertTokenizer


@keras.saving.register_keras_serializable(package="bert_keras")
class TextClassifier(BertTask):
    """A backbone with a dense layer on its pooled output (Devlin et al. 2019, section 4.1).

    It is used like any task of KerasHub: `fit`, `evaluate` and `predict` take strings (a batched `tf.data.Dataset` of
    `(text, label)` or `((text, pair), label)`), `save_to_preset` and `from_preset` keep it. The model's output is
    logits `[batch, labels]` float32, for regression `[batch, 1]`.

    Args:
        backbone: With a pooler.
        labels: Names of the labels, in the order of the logits; for regression none.
        preprocessor: Makes its inputs of strings. None: the model takes prepared inputs only.
        dropout: Rate before the dense layer in training.
        pairs: Whether its inputs are pairs of texts; an export then takes two strings.
        task: "single_label", one of at least two labels, which are names or indices in training; "multi_label", any of
            the labels, in training zeros and ones `[batch, labels]`; or "regression", a number.
        **kwargs: Of a Keras model: `name`, `compile`.

    Raises:
        LabelError: Too few labels, the same twice, or labels for regression.
        InputError: A backbone without a pooler, or with fewer positions than the preprocessor's `max_length`.
    """

    preprocessor_cls = TextClassifierPreprocessor
    reads_pooler = True

    def __init__(
        self,
        backbone: BertBackbone,
        labels: Sequence[str] = (),
        preprocessor: TextClassifierPreprocessor | None = None,
        dropout: float = 0.1,
        pairs: bool = False,
        task: Task = "single_label",
        **kwargs: Any,
    ) -> None:
        check_labels(labels, task)
        if not backbone.pooler:
            raise InputError(
                "a text classifier reads the pooled output, and the backbone has no pooler; build it with pooler=True"
            )
        if preprocessor is not None:
            fitting(preprocessor.max_length, backbone.max_sequence_length)
        # === Layers ===
        self.backbone = backbone
        self.preprocessor: Any = preprocessor  # a property of KerasHub's, without a type
        self.output_dropout = keras.layers.Dropout(dropout, dtype=backbone.dtype_policy, name="classifier_dropout")
        self.output_dense = keras.layers.Dense(
            max(1, len(labels)),
            kernel_initializer=keras.initializers.TruncatedNormal(stddev=backbone.initializer_range),
            dtype="float32",
            name="logits",
        )

        # === Functional Model ===
        inputs = backbone.input
        outputs = self.output_dense(self.output_dropout(backbone(inputs)["pooled_output"]))
        self.task = task  # before Keras compiles the model with the loss of its task
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

        # === Config ===
        self.labels = tuple(labels)
        self.dropout = dropout
        self.pairs = pairs

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, but backbone and preprocessor."""
        return {"labels": list(self.labels), "dropout": self.dropout, "pairs": self.pairs, "task": self.task}

    def usual_loss(self) -> keras.losses.Loss:
        """Makes the cross entropy of integer labels, that of each label's sigmoid, or the squared error."""
        return loss_of(self.task)

    def usual_metrics(self) -> list[keras.metrics.Metric]:
        """Makes the accuracy, of multi-label that of each label by itself, of regression the mean absolute error."""
        return [metric_of(self.task)]

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Makes inputs of strings and indices of label names; inputs that are prepared already pass.

        Raises:
            InputError: Names where the task has numbers.
        """
        if y is not None and tf.convert_to_tensor(y).dtype == tf.string:
            if self.task != "single_label":
                wanted = "a number for each text" if self.task == "regression" else "zeros and ones [batch, labels]"
                raise InputError(f"a {self.task} classifier trains on {wanted}. Received: strings")
            y = self._label_index(y)
        if isinstance(x, dict) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

    def classify(self, inputs: Sequence[Row], token_budget: int = TOKEN_BUDGET) -> list[Answer]:
        """Answers for texts.

        Args:
            inputs: Texts, or (text, pair) tuples.
            token_budget: Most tokens that go through the model together, padding included; texts of like length do.

        Returns:
            An answer for each, in order: a `Classification`, a `MultiLabel` or a `Regression`, by the model's task.

        Raises:
            InputError: Something else than a list of texts or of pairs, single texts for a model of pairs, or a model
                without a preprocessor.
        """
        check_rows(inputs, self.pairs)
        if self.preprocessor is None:
            raise InputError("classify() takes strings, and the model has no preprocessor to tokenize them")
        answers: list[Answer] = []
        for first in range(0, len(inputs), LARGEST_CHUNK):
            answers += self._classify_chunk(inputs[first : first + LARGEST_CHUNK], token_budget)
        return answers

    def classify_stream(self, rows: Iterable[Row], token_budget: int = TOKEN_BUDGET) -> Iterator[Answer]:
        """Does as `classify` for any number of rows: reads them as it goes, keeps some thousands at a time, answers the first early.

        Args:
            rows: Texts, or (text, pair) tuples.
            token_budget: Most tokens that go through the model together.

        Yields:
            An answer for each, in order.

        Raises:
            InputError: As `classify`.
        """
        for chunk in growing_chunks(rows):
            yield from self.classify(chunk, token_budget)

    def _classify_chunk(self, rows: Sequence[Row], token_budget: int) -> Iterator[Answer]:
        tokens = TokenRows.of(self.preprocessor.pack(columns(rows)))
        logits = run_by_length(tokens.lengths, token_budget, lambda places: self.logits(tokens.inputs(places)))
        return answers_of(outputs_of(logits, self.task), self.task, self.labels)

    @classmethod
    def from_preset(
        cls,
        preset: str,
        load_weights: bool = True,
        *,
        labels: Sequence[str] | None = None,
        task: Task | None = None,
        new_head: bool = False,
        max_length: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads a classifier, or a backbone with a fresh head.

        Args:
            preset: See `bert_keras.checkpoints.locate`.
            load_weights: False leaves the weights random.
            labels: Names of the labels. A preset that holds a classifier has its own; as many others rename them.
            task: What the model is to answer. A preset that holds a classifier has its own; a fresh head chooses one
                label.
            new_head: Start with a fresh head where `labels` or `task` are not those of the preset, rather than rename
                or refuse.
            max_length: Most tokens of a row; as the preset has it, or as many as there are positions.
            dtype: Data type or policy, e.g. "mixed_bfloat16"; Keras' default, whatever the preset was trained with.

        Returns:
            The classifier.

        Raises:
            PresetError: Nothing to load under that name.
            CheckpointError: Files that are broken or not BERT's.
            LabelError: No labels for a preset without a classifier, not as many as it has, or labels for regression.
            InputError: A `max_length` beyond the positions, or another task than the preset's without `new_head`.
        """
        if task is not None:
            check_task(task)
        folder = checkpoints.locate(preset)
        if checkpoints.kind(folder) == "bert_keras":
            classifier = cls._from_own_preset(folder, load_weights, dtype)
        elif checkpoints.kind(folder) == "adapter":
            classifier = cls._from_adapter(folder, load_weights, dtype)
        else:
            classifier = cls._from_checkpoint(checkpoints.read(folder), load_weights, labels, task, dtype)
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
    def _from_checkpoint(
        cls,
        checkpoint: checkpoints.Checkpoint,
        load_weights: bool,
        labels: Sequence[str] | None,
        task: Task | None,
        dtype: Any,
    ) -> Self:
        has_head = checkpoint.labels is not None
        if has_head:
            labels, task = checkpoint.labels, checkpoint.task
        task = task or "single_label"
        if labels is None and task != "regression":
            raise LabelError(
                f"{checkpoint.folder}: there is no trained classifier in it. Fine-tune one (bert-keras classify), or name the "
                "labels of a fresh head, labels=[…]"
            )
        check_labels(labels or (), task)
        backbone = BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=True, dtype=dtype)
        preprocessor = TextClassifierPreprocessor(BertTokenizer(**checkpoint.tokenizer), backbone.max_sequence_length)
        classifier = cls(backbone, labels or (), preprocessor, dropout=checkpoint.head_dropout, task=task)
        if load_weights and has_head:
            head = checkpoints.dense("classifier", classifier.output_dense, backbone.hidden_dim)
            checkpoints.assign_places(list(head), checkpoint)
        return classifier

    def _with_task(self, task: Task, labels: Sequence[str] | None, new_head: bool, folder: Path) -> Self:
        if not new_head:
            raise InputError(
                f"{folder}: the classifier's task is {self.task}. Received: {task}; to train a head of your own on its backbone, "
                "add new_head=True"
            )
        if labels is None:
            labels = () if task == "regression" else self.labels
        check_labels(labels, task)
        return self._replaced(labels=labels, task=task)

    def _with_labels(self, labels: Sequence[str], new_head: bool, folder: Path) -> Self:
        check_labels(labels, self.task)
        if new_head:
            return self._replaced(labels=labels)
        if set(labels) == set(self.labels):
            raise LabelError(
                f"{folder}: the labels in another order would swap their meaning. Received: {list(labels)}; "
                f"the classifier has {list(self.labels)}"
            )
        if len(labels) != len(self.labels):
            raise LabelError(
                f"{folder}: the classifier has {len(self.labels)} labels {list(self.labels)}. Received: {len(labels)}, {list(labels)}; "
                "to train a head of your own on its backbone, add new_head=True"
            )
        self.labels = tuple(labels)
        return self

    def _replaced(self, **changes: Any) -> Self:
        """Makes a classifier of the same backbone; the head goes along where it is to answer the same."""
        classifier = type(self)(self.backbone, **({"preprocessor": self.preprocessor} | self.settings | changes))
        if (classifier.labels, classifier.task) == (self.labels, self.task):
            classifier.output_dense.set_weights(self.output_dense.get_weights())
        return classifier

    def _label_index(self, names: Any) -> tf.Tensor:
        """Turns label names `[batch]` into indices `[batch]`; a name that is no label stops the run."""
        equal = tf.convert_to_tensor(names)[:, tf.newaxis] == tf.constant(self.labels)
        known = tf.debugging.Assert(
            tf.reduce_all(tf.reduce_any(equal, axis=1)), ["a label is none of", self.labels, names]
        )
        with tf.control_dependencies([known] if known is not None else []):
            return tf.argmax(tf.cast(equal, tf.int32), axis=1, output_type=tf.int32)
