"""What an exported classifier takes and gives."""

import tensorflow as tf

from bert_keras.classification.answers import CHOSEN_FROM
from bert_keras.classification.task import Task
from bert_keras.models import TextClassifier
from bert_keras.serving.signature_inputs import (
    TOKEN_INPUTS,
    TOKEN_SIGNATURE,
    signature,
    string_inputs,
    string_rows,
    token_rows,
)

OUTPUTS: dict[Task, tuple[str, ...]] = {
    "single_label": ("label", "labels", "probabilities", "probability"),
    "multi_label": ("chosen", "labels", "probabilities"),
    "regression": ("score", "tokens"),
}
"""The names of what comes out, sorted."""


def classifier_signatures(classifier: TextClassifier) -> dict[str, tf.types.experimental.GenericFunction]:
    """Makes the functions that a SavedModel of a classifier offers.

    Args:
        classifier: The model, in float32.

    Returns:
        `serving_default` on strings `text` `[batch]`, with `pair` `[batch]` for a model of pairs, and `token_ids` on
        what the model itself reads (`token_ids`, `segment_ids`, `padding_mask`, each `[batch, tokens]` int32). Both
        give the same:

        - single_label: `label` `[batch]` string, `probability` `[batch]`, `labels` `[batch, labels]` string and
          `probabilities` `[batch, labels]`;
        - multi_label: `labels` and `probabilities` as above, and `chosen` `[batch, labels]` bool: whether the
          probability is at least 0.5;
        - regression: `score` `[batch]`, and `tokens` `[batch]` int32, as many as the model read of the row. With a
          second output each row of TF Serving's JSON is an object with names; of a single one it would be a bare
          number.
    """

    def of_text(text: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(classifier, classifier.preprocessor(string_rows(text)))

    def of_pair(text: tf.Tensor, pair: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(classifier, classifier.preprocessor((string_rows(text), string_rows(pair))))

    def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(classifier, token_rows(token_ids, segment_ids, padding_mask))

    of_strings = (
        signature(of_pair, string_inputs("text", "pair"))
        if classifier.pairs
        else signature(of_text, string_inputs("text"))
    )
    return {"serving_default": of_strings, TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS)}


def _answers(classifier: TextClassifier, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    logits = classifier(inputs, training=False)
    if classifier.task == "regression":
        return {"score": logits[:, 0], "tokens": tf.reduce_sum(inputs["padding_mask"], axis=-1)}
    labels = tf.constant(classifier.labels)
    names = tf.tile(
        labels[tf.newaxis], [tf.shape(logits)[0], 1]
    )  # in each row, for every output has the batch in front
    if classifier.task == "multi_label":
        probabilities = tf.sigmoid(logits)
        return {"labels": names, "probabilities": probabilities, "chosen": probabilities >= CHOSEN_FROM}
    probabilities = tf.nn.softmax(logits)
    return {
        "label": tf.gather(labels, tf.argmax(probabilities, axis=-1)),
        "probability": tf.reduce_max(probabilities, axis=-1),
        "labels": names,
        "probabilities": probabilities,
    }
