"""The signatures of an exported classifier."""

import tensorflow as tf

from bert_keras.classification.answers import CHOSEN_FROM
from bert_keras.classification.task import Task
from bert_keras.models import TextClassifier
from bert_keras.serving.signature_inputs import export_signatures, string_rows

OUTPUTS: dict[Task, tuple[str, ...]] = {
    "single_label": ("label", "labels", "probabilities", "probability"),
    "multi_label": ("chosen", "labels", "probabilities"),
    "regression": ("score", "tokens"),
}
"""The names of the outputs by task, sorted."""


def classifier_signatures(classifier: TextClassifier) -> dict[str, tf.types.experimental.GenericFunction]:
    """Returns the signatures of a classifier's SavedModel.

    Args:
        classifier: The model, in float32.

    Returns:
        The signatures by name: `serving_default` takes strings `text` `[batch]`, and `pair` `[batch]` for a model of
        pairs; `token_ids` takes the model's inputs (`token_ids`, `segment_ids`, `padding_mask`, each `[batch, tokens]`
        int32). Both have the same outputs:

        - single_label: `label` `[batch]` string, `probability` `[batch]`, `labels` `[batch, labels]` string and
          `probabilities` `[batch, labels]`;
        - multi_label: `labels` and `probabilities` as above, and `chosen` `[batch, labels]` bool: whether the
          probability is at least 0.5;
        - regression: `score` `[batch]`, and `tokens` `[batch]` int32, the number of tokens that the model read. With a
          second output each row of TF Serving's JSON is an object with names; with a single one it would be a bare
          number.
    """

    def of_text(text: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(classifier, classifier.preprocessor(string_rows(text)))

    def of_pair(text: tf.Tensor, pair: tf.Tensor) -> dict[str, tf.Tensor]:
        return _answers(classifier, classifier.preprocessor((string_rows(text), string_rows(pair))))

    def of_inputs(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return _answers(classifier, inputs)

    if classifier.pairs:
        return export_signatures(of_pair, ("text", "pair"), of_inputs)
    return export_signatures(of_text, ("text",), of_inputs)


def _answers(classifier: TextClassifier, inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    logits = classifier(inputs, training=False)
    if classifier.task == "regression":
        return {"score": logits[:, 0], "tokens": tf.reduce_sum(inputs["padding_mask"], axis=-1)}
    labels = tf.constant(classifier.labels)
    # Repeated in each row, since the first dimension of every output is the batch.
    names = tf.tile(labels[tf.newaxis], [tf.shape(logits)[0], 1])
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
