"""Why a classifier gives its answer, as part of its export."""

from collections.abc import Callable

import tensorflow as tf

from bert_keras.models import TextClassifier
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights, flat_rows
from bert_keras.serving.encoder.rows import places_of, rows_at, unit_mean_of_rows
from bert_keras.text import SpecialIds, pack

STEPS = 32
"""The number of points on the path of integrated gradients."""
_PAD, _CLS, _SEP = -1, -2, -3  # places of tokens that no text holds


class ClassifierExplanation:
    """Computes tokens, attention and attributions of texts.

    The outputs, each padded to the longest row of the batch:

    - `tokens` `[batch, tokens]` string, `starts` and `ends` `[batch, tokens]` int64: the tokens, and the code points
      that they stand for in their text; 0 and 0 for special tokens; empty strings are padding;
    - `segments` `[batch, tokens]` int32: 0 for a token of the text, 1 for one of the pair;
    - `attributions` `[batch, tokens]`: what each token adds to the logit of the most probable label (for a regression,
      to the number), by integrated gradients (Sundararajan, Taly and Yan 2017) from a text of `[MASK]`;
    - `gap` `[batch]`: by how much their sum misses the difference of both logits;
    - `attention` `[batch, layers, heads, tokens, tokens]`: the attention weights.

    Args:
        classifier: The model.
        encoder: Its encoder in the export.
        weights: The weights of the export.
        head: From the vectors of rows `[rows, hidden]` to logits `[rows, labels]`.
    """

    def __init__(
        self,
        classifier: TextClassifier,
        encoder: ServedEncoder,
        weights: ServedWeights,
        head: Callable[[tf.Tensor], tf.Tensor],
    ) -> None:
        self._classifier, self._encoder, self._weights, self._head = classifier, encoder, weights, head

    def __call__(self, texts: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        """Returns the outputs for texts `[batch]`, or texts and pairs."""
        tokenizer = self._classifier.preprocessor.tokenizer
        count = tf.size(texts[0])
        ids, starts, ends = tokenizer.tokenize_with_offsets(tf.concat(texts, axis=0))
        # The places of tokens are packed instead of their ids, so that offsets follow them.
        places = ids.with_flat_values(tf.range(tf.size(ids.flat_values)))
        special = SpecialIds(_PAD, _CLS, _SEP)
        pairs = places[count:] if len(texts) > 1 else None
        packed = pack(places[:count], pairs, special, self._classifier.preprocessor.max_length)
        at = packed.token_ids.flat_values
        rows = flat_rows(packed.token_ids.with_flat_values(self._ids(at, ids.flat_values)), packed.segment_ids)
        seen = {
            "tokens": tf.gather(tf.constant(list(tokenizer.get_vocabulary())), rows.token_ids),
            "starts": _of_texts(at, starts.flat_values),
            "ends": _of_texts(at, ends.flat_values),
            "segments": rows.segment_ids,
        }
        outputs = {name: packed.token_ids.with_flat_values(values).to_tensor() for name, values in seen.items()}
        return outputs | self._of_rows(rows, at < 0)

    def _ids(self, at: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        special = self._classifier.preprocessor.special_ids
        fixed = tf.where(tf.equal(at, _CLS), special.cls, special.sep)
        return tf.where(at < 0, fixed, _of_texts(at, ids))

    def _of_rows(self, rows: FlatRows, special: tf.Tensor) -> dict[str, tf.Tensor]:
        """Runs one row after the other: the path of each is a batch by itself."""
        firsts, longest = tf.cumsum(rows.lengths, exclusive=True), tf.reduce_max(tf.pad(rows.lengths, [[0, 1]]))
        backbone = self._classifier.backbone

        def explain(row: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            here = firsts[row] + tf.range(rows.lengths[row])
            one = rows_at(rows, here, rows.lengths[row : row + 1])
            values, gap, attention = self._explained(one, tf.gather(special, here))
            beyond = longest - rows.lengths[row]
            attention = tf.pad(attention, [[0, 0], [0, 0], [0, beyond], [0, beyond]])
            return tf.pad(values, [[0, beyond]]), gap, attention

        signature = (
            tf.TensorSpec([None], tf.float32),
            tf.TensorSpec([], tf.float32),
            tf.TensorSpec([backbone.num_layers, backbone.num_heads, None, None], tf.float32),
        )
        count = tf.size(rows.lengths)
        nothing = [tf.zeros([0, *(0 if size is None else size for size in spec.shape)]) for spec in signature]
        values, gaps, attention = tf.cond(
            count > 0,  # results of unknown shape, of which there are none, cannot be stacked
            lambda: tf.map_fn(explain, tf.range(count), fn_output_signature=signature, parallel_iterations=1),
            lambda: tuple(nothing),
        )
        return {"attributions": values, "gap": gaps, "attention": attention}

    def _explained(self, row: FlatRows, special: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns the attributions `[tokens]`, their gap, and the attention weights of a row."""
        mask_id = self._classifier.preprocessor.tokenizer.token_to_id("[MASK]")
        words = self._encoder.word_vectors(row.token_ids)
        unknown = self._encoder.word_vectors(tf.where(special, row.token_ids, mask_id))
        logits, attention = self._logits(row, tf.stack([words, unknown]), 2)
        label = tf.argmax(logits[0], output_type=tf.int32)
        points = (tf.range(STEPS, dtype=tf.float32) + 0.5) / STEPS
        path = tf.cast(unknown, tf.float32) + points[:, tf.newaxis, tf.newaxis] * tf.cast(words - unknown, tf.float32)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(path)
            score = tf.gather(self._logits(row, path, STEPS)[0], label, axis=1)
        mean = tf.reduce_mean(tape.gradient(score, path), axis=0)
        values = tf.reduce_sum(tf.cast(words - unknown, tf.float32) * mean, axis=-1)
        difference = tf.gather(logits[0] - logits[1], label)
        return values, tf.reduce_sum(values) - difference, tf.cast(attention[:, 0], tf.float32)

    def _logits(self, row: FlatRows, words: tf.Tensor, copies: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Runs copies of a row with word vectors of their own; returns logits and attention weights of all layers.

        Args:
            row: The row.
            words: The word vectors, `[copies, tokens, width]`.
            copies: The number of copies.

        Returns:
            The logits `[copies, labels]`, and the attention weights `[layers, copies, heads, tokens, tokens]`.
        """
        rows = FlatRows(*(tf.tile(column, [copies]) for column in row))
        places = places_of(rows.lengths)
        chosen = rows_at(rows, places.chosen, rows.lengths)
        flat = tf.reshape(words, [-1, words.shape[-1]])
        flat = tf.cast(tf.gather(flat, places.chosen), self._weights.dtype)
        seen: list[tf.Tensor] = []
        x = self._encoder.layers_below(flat, chosen, places, seen)
        x, last = self._encoder.layer(self._classifier.backbone.num_layers - 1, x, places)
        tokens = row.lengths[0]
        attention = tf.stack([*seen, last])[:, :copies, :, :tokens, :tokens]
        if self._classifier.pooling == "unit_mean":
            return self._head(unit_mean_of_rows(x, places)[:copies]), attention
        return self._head(self._encoder.pool(tf.gather(x, places.firsts[:copies]))), attention


def _of_texts(at: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """Returns the values of tokens by their places; 0 where a place is that of a special token."""
    return tf.gather(tf.pad(values, [[1, 0]]), tf.maximum(at + 1, 0))
