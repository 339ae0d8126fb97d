"""The signatures of an exported span extractor."""

import tensorflow as tf

from bert_keras.models import SpanExtractor
from bert_keras.qa.graph_decoding import document_spans
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights, run_passes
from bert_keras.serving.signature_inputs import (
    TOKEN_INPUTS,
    TOKEN_SIGNATURE,
    Signatures,
    equal_counts,
    signature,
    string_inputs,
    token_matrix,
)
from bert_keras.serving.span_logits import SpanLogits
from bert_keras.serving.span_places import code_points, slices
from bert_keras.serving.window_chunks import candidates_of_windows

INPUTS = ("question", "context")
OUTPUTS = ("answer", "answers", "end", "ends", "null_odds", "score", "scores", "start", "starts")
"""The names of the outputs of `serving_default`, sorted."""


class SpanSignatures:
    """The signatures of a span extractor's SavedModel.

    Args:
        extractor: The model, whose adapters have been merged.
        weights: The weights of the export.
        loops: Whether any number of rows is cut into passes, which not every runtime can convert.
    """

    def __init__(self, extractor: SpanExtractor, weights: ServedWeights, loops: bool = True) -> None:
        self._extractor, self._loops = extractor, loops
        self._logits = SpanLogits(extractor, ServedEncoder(extractor.backbone, weights), weights)
        self.inputs = string_inputs(INPUTS)

    def strings(self) -> Signatures:
        """Returns `serving_default`: strings `question` and `context` `[batch]`, of any length.

        It answers as `SpanExtractor.answer` does:

        - `answer` `[batch]` string, `start` and `end` `[batch]` int64: the answer and its code points in the context,
          the end one past the last; empty, 0 and 0 if there is no answer;
        - `score` `[batch]`: the probability of the answer, or of "no answer"; `null_odds` `[batch]`;
        - `answers` string, `starts`, `ends` and `scores`, each `[batch, n_best]`: the n-best spans, best first,
          whatever the threshold; padded with empty strings and 0.
        """

        def of_strings(question: tf.Tensor, context: tf.Tensor) -> dict[str, tf.Tensor]:
            message = "as many contexts as questions are wanted; received questions, contexts:"
            return self._answers(*equal_counts(question, context, message))

        return {"serving_default": signature(of_strings, self.inputs)}

    def token_ids(self) -> Signatures:
        """Returns `token_ids`: `token_ids`, `segment_ids` and `padding_mask`, each `[windows, tokens]` int32.

        The outputs are the logits `start` and `end`, each `[windows, tokens]`. It needs no op of tensorflow-text.
        """
        most, cls = self._extractor.backbone.max_sequence_length, self._extractor.preprocessor.special_ids.cls

        def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
            rows, columns = token_matrix(token_ids, segment_ids, padding_mask, cls, most)

            def run(some: FlatRows) -> tf.Tensor:
                return tf.concat(self._logits(some, columns), axis=1)

            start, end = tf.split(run_passes(rows, 2 * columns, run, self._loops), 2, axis=1)
            return {"start": start, "end": end}

        return {TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS)}

    def _answers(self, questions: tf.Tensor, contexts: tf.Tensor) -> dict[str, tf.Tensor]:
        extractor = self._extractor
        documents = extractor.preprocessor.documents(questions, contexts)
        threshold = extractor.null_threshold
        candidates = candidates_of_windows(extractor, documents, self._logits)
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
