"""The signatures of an exported span extractor."""

import tensorflow as tf

from bert_keras.models import SpanExtractor
from bert_keras.qa.graph_decoding import document_spans
from bert_keras.serving.signature_inputs import export_signatures, string_rows
from bert_keras.serving.span_places import code_points, slices
from bert_keras.serving.window_chunks import candidates_of_windows

INPUTS = ("question", "context")
OUTPUTS = ("answer", "answers", "end", "ends", "null_odds", "score", "scores", "start", "starts")
"""The names of the outputs of `serving_default`, sorted."""


def span_signatures(extractor: SpanExtractor) -> dict[str, tf.types.experimental.GenericFunction]:
    """Returns the signatures of a span extractor's SavedModel.

    Args:
        extractor: The model, in float32.

    Returns:
        The signatures by name. `serving_default` takes strings `question` and `context` `[batch]`, of any length, and
        answers as `SpanExtractor.answer` does:

        - `answer` `[batch]` string, `start` and `end` `[batch]` int64: the answer and its code points in the context,
          the end one past the last; empty, 0 and 0 if there is no answer;
        - `score` `[batch]`: the probability of the answer, or of "no answer"; `null_odds` `[batch]`;
        - `answers` string, `starts`, `ends` and `scores`, each `[batch, n_best]`: the n-best spans, best first,
          whatever the threshold; padded with empty strings and 0.

        `token_ids` takes the model's inputs (`token_ids`, `segment_ids`, `padding_mask`, each `[windows, tokens]`
        int32), and returns the logits `start` and `end`, each `[windows, tokens]`.
    """

    def of_strings(question: tf.Tensor, context: tf.Tensor) -> dict[str, tf.Tensor]:
        question, context = string_rows(question), string_rows(context)
        sizes = [tf.size(question), tf.size(context)]
        alike = tf.debugging.Assert(
            tf.equal(*sizes), ["as many contexts as questions are wanted; received questions, contexts:", *sizes]
        )
        with tf.control_dependencies([alike]):
            return _answers(extractor, tf.identity(question), tf.identity(context))

    def of_inputs(inputs: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        return extractor(inputs, training=False)

    return export_signatures(of_strings, INPUTS, of_inputs)


def _answers(extractor: SpanExtractor, questions: tf.Tensor, contexts: tf.Tensor) -> dict[str, tf.Tensor]:
    documents = extractor.preprocessor.documents(questions, contexts)
    threshold = extractor.null_threshold
    candidates = candidates_of_windows(extractor, documents)
    spans = document_spans(
        candidates, documents.windows.documents, tf.size(questions), extractor.n_best, threshold is not None
    )
    there = tf.math.is_finite(spans.scores)
    starts, ends = code_points(documents, spans, there)
    texts = slices(contexts, starts, ends)
    # Compared in float64, since the threshold is a Python float.
    no_answer = (
        False if threshold is None else tf.cast(spans.null_odds, tf.float64) > tf.constant(threshold, tf.float64)
    )
    answered = there[:, 0] & ~tf.convert_to_tensor(no_answer)
    return {
        "answer": tf.where(answered, texts[:, 0], ""),
        "start": tf.where(answered, starts[:, 0], 0),
        "end": tf.where(answered, ends[:, 0], 0),
        "score": tf.where(answered, spans.probabilities[:, 0], spans.null_probability),
        "null_odds": spans.null_odds,
        "answers": texts,
        "starts": starts,
        "ends": ends,
        "scores": spans.probabilities,
    }
