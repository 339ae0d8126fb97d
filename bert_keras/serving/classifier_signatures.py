"""The signatures of an exported classifier."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from bert_keras.classification.answers import CHOSEN_FROM
from bert_keras.classification.task import Task
from bert_keras.models import TextClassifier
from bert_keras.serving.classifier_explanation import ClassifierExplanation
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights, flat_rows, run_passes
from bert_keras.serving.encoder.layers import dense, dense_weights
from bert_keras.serving.signature_inputs import (
    TOKEN_INPUTS,
    TOKEN_SIGNATURE,
    Signatures,
    equal_counts,
    signature,
    string_inputs,
    string_rows,
    token_matrix,
)

OUTPUTS: dict[Task, tuple[str, ...]] = {
    "single_label": ("label", "labels", "probabilities", "probability"),
    "multi_label": ("chosen", "labels", "probabilities"),
    "regression": ("score", "tokens"),
}
"""The names of the outputs by task, sorted."""


class ClassifierSignatures:
    """The signatures of a classifier's SavedModel.

    Args:
        classifier: The model, whose adapters have been merged.
        weights: The weights of the export.
        loops: Whether any number of rows is cut into passes, which not every runtime can convert.
        every_head: Whether heads that add nothing are kept; `explain` needs them.
    """

    def __init__(
        self, classifier: TextClassifier, weights: ServedWeights, loops: bool = True, every_head: bool = False
    ) -> None:
        self._classifier, self._weights, self._loops = classifier, weights, loops
        self._encoder = ServedEncoder(classifier.backbone, weights, every_head)
        self.inputs = string_inputs(("text", "pair") if classifier.pairs else ("text",))
        # A function, so that the signatures share the graph of the tokenizer.
        self._rows = tf.function(self._rows_of, input_signature=list(self.inputs.values()), autograph=False)

    def strings(self) -> Signatures:
        """Returns `serving_default`: strings `text` `[batch]`, and `pair` `[batch]` for a model of pairs.

        The outputs are:

        - single_label: `label` `[batch]` string, `probability` `[batch]`, `labels` `[batch, labels]` string and
          `probabilities` `[batch, labels]`;
        - multi_label: `labels` and `probabilities` as above, and `chosen` `[batch, labels]` bool: whether the
          probability is at least 0.5, or the label's own threshold if the model is calibrated;
        - regression: `score` `[batch]`, and `tokens` `[batch]` int32, the number of tokens that the model read. With a
          second output each row of TF Serving's JSON is an object with names; with a single one it would be a bare
          number.
        """
        return {"serving_default": self._of_strings(self._answers)}

    def token_ids(self) -> Signatures:
        """Returns `token_ids`: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32.

        The outputs are those of `serving_default`. It needs no op of tensorflow-text.
        """
        backbone = self._classifier.backbone
        special = self._classifier.preprocessor.special_ids

        def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
            given = (token_ids, segment_ids, padding_mask)
            return self._answers(token_matrix(*given, special.cls, backbone.max_sequence_length).rows)

        return {TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS)}

    def embed(self) -> Signatures:
        """Returns `embed`: from strings to `embedding` `[batch, hidden]` and `tokens` `[batch]`.

        An embedding is the mean of the last hidden states of all tokens of a row, the special ones included.
        """
        hidden = self._classifier.backbone.hidden_dim

        def mean(rows: FlatRows) -> tf.Tensor:
            states = tf.cast(self._encoder.tokens(rows), tf.float32)
            return tf.math.segment_mean(states, tf.repeat(tf.range(tf.size(rows.lengths)), rows.lengths))

        def vectors(rows: FlatRows) -> dict[str, tf.Tensor]:
            return {"embedding": run_passes(rows, hidden, mean), "tokens": rows.lengths}

        return {"embed": self._of_strings(vectors)}

    def explain(self) -> Signatures:
        """Returns `explain`: the outputs of `serving_default`, the tokens, and what each contributes.

        See `ClassifierExplanation` for the outputs.
        """
        explanation = ClassifierExplanation(self._classifier, self._encoder, self._weights, self._head)

        def explained(*texts: tf.Tensor) -> dict[str, tf.Tensor]:
            columns = self._checked(texts)
            return self._answers(self._rows(*columns)) | explanation(columns)

        return {"explain": signature(explained, self.inputs)}

    def _of_strings(self, answers: Callable[[FlatRows], Any]) -> tf.types.experimental.GenericFunction:
        # Named by what they take, since the name stands in every error of the server.
        def of_text(text: tf.Tensor) -> dict[str, tf.Tensor]:
            return answers(self._rows(*self._checked((text,))))

        def of_pair(text: tf.Tensor, pair: tf.Tensor) -> dict[str, tf.Tensor]:
            return answers(self._rows(*self._checked((text, pair))))

        return signature(of_pair if self._classifier.pairs else of_text, self.inputs)

    def _checked(self, texts: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, ...]:
        if len(texts) == 1:
            return (string_rows(texts[0]),)
        return equal_counts(texts[0], texts[1], "as many pairs as texts are wanted; received texts, pairs:")

    def _rows_of(self, *texts: tf.Tensor) -> FlatRows:
        return flat_rows(*self._classifier.preprocessor.pack(texts if len(texts) > 1 else texts[0]))

    def _answers(self, rows: FlatRows) -> dict[str, tf.Tensor]:
        logits = run_passes(rows, max(1, len(self._classifier.labels)), self._logits, self._loops)
        return self._outputs(logits, rows.lengths)

    def _logits(self, rows: FlatRows) -> tf.Tensor:
        of_rows = self._encoder.unit_mean if self._classifier.pooling == "unit_mean" else self._encoder.pooled
        return self._head(of_rows(rows))

    def _head(self, pooled: tf.Tensor) -> tf.Tensor:
        """Returns logits, which are float32 whatever the rest is."""
        kernel, bias = dense_weights(self._weights, "logits", self._classifier.output_dense, tf.float32)
        return dense(tf.cast(pooled, tf.float32), kernel, bias)

    def _outputs(self, logits: tf.Tensor, lengths: tf.Tensor) -> dict[str, tf.Tensor]:
        if self._classifier.task == "regression":
            return {"score": logits[:, 0], "tokens": lengths}
        labels = tf.constant(self._classifier.labels)
        # Repeated in each row, since the first dimension of every output is the batch.
        names = tf.tile(labels[tf.newaxis], [tf.shape(logits)[0], 1])
        if self._classifier.task == "multi_label":
            thresholds = self._classifier.thresholds
            least = tf.constant(CHOSEN_FROM if thresholds is None else thresholds, tf.float32)
            probabilities = tf.sigmoid(logits)
            return {"labels": names, "probabilities": probabilities, "chosen": probabilities >= least}
        calibration = self._classifier.calibration
        if calibration is not None and calibration.temperature != 1:
            logits = logits / tf.constant(calibration.temperature, tf.float32)
        probabilities = tf.nn.softmax(logits)
        return {
            "label": tf.gather(labels, tf.argmax(probabilities, axis=-1)),
            "probability": tf.reduce_max(probabilities, axis=-1),
            "labels": names,
            "probabilities": probabilities,
        }
