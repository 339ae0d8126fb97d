"""What an exported span extractor takes and gives."""

import tensorflow as tf

from bert_keras.models import SpanExtractor
from bert_keras.qa.graph_decoding import document_spans
from bert_keras.serving.signature_inputs import (
    TOKEN_INPUTS,
    TOKEN_SIGNATURE,
    signature,
    string_inputs,
    string_rows,
    token_rows,
)
from bert_keras.serving.span_places import code_points, slices
from bert_keras.serving.window_chunks import candidates_of_windows

INPUTS = ("question", "context")
OUTPUTS = ("answer", "answers", "end", "ends", "null_odds", "score", "scores", "start", "starts")
"""The names of what comes out of `serving_default`, sorted."""


def span_signatures(extractor: SpanExtractor) -> dict[str, tf.types.experimental.GenericFunction]:
    """Makes the functions that a SavedModel of a span extractor offers.

    Args:
        extractor: The model, in float32.

    Returns:
        `serving_default` on strings `question` and `context` `[batch]`, of any length, which answers as
        `SpanExtractor.answer`:

        - `answer` `[batch]` string, `start` and `end` `[batch]` int64: the answer and its code points in the context,
          the end one past the last; empty, 0 and 0 where there is none;
        - `score` `[batch]`: its probability, or that there is none; `null_odds` `[batch]`;
        - `answers` string, `starts`, `ends` and `scores`, each `[batch, n_best]`: the best spans, the best one first,
          whatever the threshold; empty and 0 where there are no more.

        `token_ids` on what the model itself reads (`token_ids`, `segment_ids`, `padding_mask`, each `[windows, tokens]`
        int32) gives `start` and `end`, logits `[windows, tokens]`.
    """

    def of_strings(question: tf.Tensor, context: tf.Tensor) -> dict[str, tf.Tensor]:
        question, context = string_rows(question), string_rows(context)
        sizes = [tf.size(question), tf.size(context)]
        alike = tf.debugging.Assert(
            tf.equal(*sizes), ["as many contexts as questions are wanted; received questions, contexts:", *sizes]
        )
        with tf.control_dependencies([alike]):
            return _answers(extractor, tf.identity(question), tf.identity(context))

    def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
        return extractor(token_rows(token_ids, segment_ids, padding_mask), training=False)

    return {
        "serving_default": signature(of_strings, string_inputs(*INPUTS)),
        TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS),
    }


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
    # Wide, for the threshold is a number of Python.
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
