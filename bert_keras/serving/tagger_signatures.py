"""The signatures of an exported token classifier."""

import tensorflow as tf

from bert_keras.models import TokenClassifier
from bert_keras.models.token_classifier_preprocessor import WordedTexts
from bert_keras.qa.graph_decoding import best_windows
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights, flat_rows, run_passes
from bert_keras.serving.encoder.layers import dense, dense_weights
from bert_keras.serving.signature_inputs import (
    TOKEN_INPUTS,
    TOKEN_SIGNATURE,
    Signatures,
    signature,
    string_inputs,
    string_rows,
    token_matrix,
)
from bert_keras.serving.span_places import slices
from bert_keras.tagging.graph_decoding import entities_of

OUTPUTS = ("count", "ends", "entities", "labels", "scores", "starts")
"""The names of the outputs of `serving_default`, sorted."""


class TaggerSignatures:
    """The signatures of a token classifier's SavedModel.

    Args:
        tagger: The model, whose adapters have been merged.
        weights: The weights of the export.
        loops: Whether any number of rows is cut into passes, which not every runtime can convert.
    """

    def __init__(self, tagger: TokenClassifier, weights: ServedWeights, loops: bool = True) -> None:
        self._tagger, self._weights, self._loops = tagger, weights, loops
        self._encoder = ServedEncoder(tagger.backbone, weights)
        self.inputs = string_inputs(("text",))

    def strings(self) -> Signatures:
        """Returns `serving_default`: strings `text` `[batch]`, of any length.

        It finds what `TokenClassifier.tag` finds:

        - `entities` and `labels` `[batch, most]` string: the entities and their types, in the order of the text;
        - `starts` and `ends` `[batch, most]` int64: their code points in the text, the end one past the last;
        - `scores` `[batch, most]`: the mean probabilities of their words' tags;
        - `count` `[batch]` int32: the number of entities. Rows are padded to that of the row with the most, but at
          least 1, with empty strings and 0.
        """

        def of_text(text: tf.Tensor) -> dict[str, tf.Tensor]:
            return self._entities(string_rows(text))

        return {"serving_default": signature(of_text, self.inputs)}

    def token_ids(self) -> Signatures:
        """Returns `token_ids`: `token_ids`, `segment_ids` and `padding_mask`, each `[windows, tokens]` int32.

        The outputs are `logits` `[windows, tokens, tags]`, 0 at padding, and `tags` `[windows, tags]` string, their
        names. It needs no op of tensorflow-text.
        """
        most, cls = self._tagger.backbone.max_sequence_length, self._tagger.preprocessor.special_ids.cls
        names = tf.constant(self._tagger.tags)
        count = len(self._tagger.tags)

        def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
            rows, columns = token_matrix(token_ids, segment_ids, padding_mask, cls, most)

            def run(some: FlatRows) -> tf.Tensor:
                return _in_columns(self._logits(some), some, columns)

            windows = tf.size(rows.lengths)
            logits = run_passes(rows, count * columns, run, self._loops)
            return {
                "logits": tf.reshape(logits, tf.stack([windows, columns, count])),
                "tags": tf.tile(names[tf.newaxis], [windows, 1]),
            }

        return {TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS)}

    def _entities(self, texts: tf.Tensor) -> dict[str, tf.Tensor]:
        worded = self._tagger.preprocessor.worded(texts)
        tags, scores = self._of_words(worded)
        found = entities_of(tags, scores, worded.texts, self._tagger.scheme)
        of = tf.gather(worded.texts, found.firsts)
        count = tf.size(texts, tf.int64)
        counts = tf.math.unsorted_segment_sum(tf.ones_like(of, tf.int32), of, count)
        shape = tf.stack([count, tf.reduce_max(tf.concat([tf.cast(counts, tf.int64), [1]], axis=0))])

        def rows(values: tf.Tensor) -> tf.Tensor:
            return tf.RaggedTensor.from_value_rowids(values, of, nrows=count, validate=False).to_tensor(shape=shape)

        starts, ends = rows(tf.gather(worded.starts, found.firsts)), rows(tf.gather(worded.ends, found.lasts))
        return {
            "entities": slices(texts, starts, ends),
            "labels": rows(tf.gather(tf.constant(self._tagger.labels), found.types)),
            "starts": starts,
            "ends": ends,
            "scores": rows(found.scores),
            "count": counts,
        }

    def _of_words(self, worded: WordedTexts) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the most probable tag of each word, and its probability, from the word's best window."""
        windows = worded.windows
        rows = flat_rows(*self._tagger.preprocessor.pack(worded.tokens, windows))
        columns = tf.reduce_max(tf.pad(rows.lengths, [[0, 1]]))

        def run(some: FlatRows) -> tf.Tensor:
            probabilities = tf.nn.softmax(self._logits(some))
            # Tags are few, and exact as float32.
            tags = tf.cast(tf.argmax(probabilities, axis=-1), tf.float32)
            both = tf.stack([tags, tf.reduce_max(probabilities, axis=-1)], axis=1)
            return _in_columns(both, some, columns)

        found = tf.reshape(run_passes(rows, 2 * columns, run, self._loops), tf.stack([-1, columns, 2]))
        best = tf.where(best_windows(windows.documents, windows.begins, windows.lengths))
        row, offset = best[:, 0], best[:, 1]
        token = tf.gather(tf.gather(worded.tokens.row_starts(), windows.documents) + windows.begins, row) + offset
        of_best = tf.gather_nd(found, tf.stack([row, tf.gather(windows.places, row) + offset], axis=1))
        shape = tf.stack([tf.size(worded.tokens.flat_values), 2])
        of_words = tf.gather(tf.tensor_scatter_nd_update(tf.zeros(shape), token[:, tf.newaxis], of_best), worded.firsts)
        return tf.cast(of_words[:, 0], tf.int32), of_words[:, 1]

    def _logits(self, rows: FlatRows) -> tf.Tensor:
        """Returns the logits of each token, `[tokens, tags]` float32."""
        kernel, bias = dense_weights(self._weights, "logits", self._tagger.output_dense, tf.float32)
        return dense(tf.cast(self._encoder.tokens(rows), tf.float32), kernel, bias)


def _in_columns(values: tf.Tensor, rows: FlatRows, columns: tf.Tensor) -> tf.Tensor:
    """Returns the values of tokens `[tokens, size]` in the columns of their rows, `[rows, columns * size]`."""
    count, size = tf.size(rows.lengths), tf.shape(values)[1]
    at = tf.repeat(tf.range(count), rows.lengths) * columns + rows.positions
    padded = tf.tensor_scatter_nd_update(tf.zeros(tf.stack([count * columns, size])), at[:, tf.newaxis], values)
    return tf.reshape(padded, tf.stack([count, columns * size]))
