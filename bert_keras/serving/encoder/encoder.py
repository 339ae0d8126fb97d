"""The encoder of BERT as an export computes it."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.models import BertBackbone
from bert_keras.serving.encoder.kept_heads import KeptHeads
from bert_keras.serving.encoder.layers import dense, dense_weights, fused, kernel_and_bias, layer_norm
from bert_keras.serving.encoder.rows import FlatRows, Places, places_of, rows_at, unit_mean_of_rows
from bert_keras.serving.encoder.weights import ServedWeights, values

_NEVER = -1e9  # the score of a column that holds no token, so that its softmax is 0
_MARK = (1, 0)  # two numbers, since processors multiply bfloat16 in pairs
_TOKENS = "token_embedding"
_ROWS = FlatRows(*(tf.TensorSpec([None], tf.int32, name=name) for name in FlatRows._fields))


class ServedEncoder:
    """Computes what a `BertBackbone` computes, for a server.

    All layers but attention see tokens only, never padding. The factor of the scores is part of the weights of the
    queries, and the mask is part of the product of queries and keys, see `_marked`. A last layer of which only the
    pooled output is used computes first rows alone. Heads that add nothing are left out; see `KeptHeads`.

    Args:
        backbone: The encoder, whose adapters have been merged.
        weights: The weights of the export.
        every_head: Whether heads that add nothing are kept, for who asks for their attention weights.
    """

    def __init__(self, backbone: BertBackbone, weights: ServedWeights, every_head: bool = False) -> None:
        self._backbone, self._weights = backbone, weights
        self._kept = KeptHeads(backbone, every_head)
        # Functions, so that all signatures share their constants in the file.
        self._tokens_graph, self._pooled_graph, self._unit_mean_graph = (
            tf.function(run, input_signature=[_ROWS], autograph=False)
            for run in (self._tokens, self._pooled, self._unit_mean)
        )

    def tokens(self, rows: FlatRows) -> tf.Tensor:
        """Returns the last hidden state of each token of at least one row, `[tokens, hidden]`."""
        return self._tokens_graph(rows)

    def pooled(self, rows: FlatRows) -> tf.Tensor:
        """Returns the pooled output of at least one row, `[rows, hidden]`."""
        return self._pooled_graph(rows)

    def unit_mean(self, rows: FlatRows) -> tf.Tensor:
        """Returns the mean of each row's last hidden states, of length 1, `[rows, hidden]` float32."""
        return self._unit_mean_graph(rows)

    def _tokens(self, rows: FlatRows) -> tf.Tensor:
        x, places = self._below(rows)
        return self.layer(self._last, x, places)[0][: tf.size(rows.token_ids)]

    def _pooled(self, rows: FlatRows) -> tf.Tensor:
        x, places = self._below(rows)
        return self.pool(self._first_rows(self._last, x, places)[: tf.size(rows.lengths)])

    def _unit_mean(self, rows: FlatRows) -> tf.Tensor:
        x, places = self._below(rows)
        return unit_mean_of_rows(self.layer(self._last, x, places)[0], places)[: tf.size(rows.lengths)]

    def _below(self, rows: FlatRows) -> tuple[tf.Tensor, Places]:
        places = places_of(rows.lengths)
        chosen = rows_at(rows, places.chosen, rows.lengths)
        return self.layers_below(self.word_vectors(chosen.token_ids), chosen, places), places

    @property
    def _last(self) -> int:
        return len(self._backbone.transformer_layers) - 1

    def word_vectors(self, token_ids: tf.Tensor) -> tf.Tensor:
        """Returns the embeddings of tokens `[tokens]`, `[tokens, width]`."""
        embedding = self._backbone.token_embedding
        return self._weights.rows(_TOKENS, lambda: values(embedding.embeddings), token_ids)

    def all_word_vectors(self) -> tf.Tensor:
        """Returns the embeddings of the vocabulary, `[vocabulary, width]`."""
        embedding = self._backbone.token_embedding
        return self._weights.table(_TOKENS, lambda: values(embedding.embeddings))

    def layers_below(
        self, words: tf.Tensor, rows: FlatRows, places: Places, seen: list[tf.Tensor] | None = None
    ) -> tf.Tensor:
        """Runs the embeddings and all layers but the last.

        Args:
            words: The word vectors, `[places, width]`.
            rows: The rows that they stand for.
            places: Their places.
            seen: A list to which the attention weights of each layer are added.

        Returns:
            The hidden states, `[places, hidden]`.
        """
        x = self._embedded(words, rows)
        for number in range(self._last):
            x, attention = self.layer(number, x, places)
            if seen is not None:
                seen.append(attention)
        return x

    def layer(self, number: int, x: tf.Tensor, places: Places) -> tuple[tf.Tensor, tf.Tensor]:
        """Runs one layer; returns `[places, hidden]` and the attention weights `[rows, heads, columns, columns]`."""
        query, key = self._marked(number, x, "qk", places)
        value = self._values(number, x, places)
        mixed, attention = _attend(query, key, value)
        mixed = tf.gather(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, self._kept.width(number)]), places.flat)
        return self._feed_forward(number, x, mixed), attention

    def pool(self, first: tf.Tensor) -> tf.Tensor:
        """Returns the pooled output of first tokens' hidden states, `[rows, hidden]` both."""
        layer: Any = self._backbone.pooled_dense
        return fused(layer.activation)(dense(first, *dense_weights(self._weights, "pooler", layer)))

    def _first_rows(self, number: int, x: tf.Tensor, places: Places) -> tf.Tensor:
        """Runs one layer for the first token of each row, `[rows, hidden]`."""
        kept = self._kept
        (key,) = self._marked(number, x, "k", places)
        first = tf.gather(x, places.firsts)
        query = tf.reshape(
            dense(first, *self._projection(number, "q")),
            tf.stack([places.rows, kept.count(number), 1, kept.size + len(_MARK)]),
        )
        mixed, _ = _attend(query, key, self._values(number, x, places))
        return self._feed_forward(number, first, tf.reshape(mixed, [-1, kept.width(number)]))

    def _embedded(self, words: tf.Tensor, rows: FlatRows) -> tf.Tensor:
        backbone = self._backbone
        positions = backbone.max_sequence_length

        def places() -> np.ndarray:
            # Positions and segments are one table, so that they are one look-up.
            of_positions = values(backbone.position_embedding.position_embeddings)
            if backbone.segment_embedding is None:
                return of_positions
            of_segments = values(backbone.segment_embedding.embeddings)
            return (of_segments[:, np.newaxis] + of_positions[np.newaxis]).reshape(-1, of_positions.shape[1])

        places_known = rows.positions
        if backbone.segment_embedding is not None:
            places_known = rows.segment_ids * positions + rows.positions
        x = words + self._weights.rows("place_embedding", places, places_known)
        x = layer_norm(x, backbone.embeddings_layer_norm, self._weights, "embeddings_norm")
        if backbone.embeddings_projection is not None:
            x = dense(x, *dense_weights(self._weights, "embeddings_projection", backbone.embeddings_projection))
        return x

    def _feed_forward(self, number: int, x: tf.Tensor, mixed: tf.Tensor) -> tf.Tensor:
        """Goes on after attention: adds, normalizes, widens, narrows, adds, normalizes."""
        layer, name = self._backbone.transformer_layers[number], f"layer_{number}"
        attended = dense(mixed, *self._attention_output(number)) + x
        x = layer_norm(attended, layer._self_attention_layer_norm, self._weights, f"{name}/attention_norm")
        widened = fused(layer.activation)(dense(x, *self._part(number, "intermediate")))
        narrowed = dense(widened, *self._part(number, "output")) + x
        return layer_norm(narrowed, layer._feedforward_layer_norm, self._weights, f"{name}/output_norm")

    def _marked(self, number: int, x: tf.Tensor, parts: str, places: Places) -> list[tf.Tensor]:
        """Returns queries (q) and keys (k) of a layer, each `[rows, heads, columns, size + 2]`.

        To add a mask to the scores takes longer than the product that they are. So it is part of the product: queries
        are marked by a 1, and the keys of columns that hold no token by `_NEVER`, those of tokens by 0.
        """
        heads, size = self._kept.count(number), self._kept.size
        flat = tf.reshape(dense(x, *self._projection(number, parts)), [-1, size + len(_MARK)])
        nothing = tf.constant([[0.0] * size + [_NEVER, 0.0]], x.dtype)
        behind = tf.size(places.chosen) * (heads * len(parts))
        at = (_of_heads(places, heads, part, len(parts)) for part in range(len(parts)))
        held = places.held[:, tf.newaxis]
        return [tf.gather(tf.concat([flat, nothing], axis=0), tf.where(held, one, behind)) for one in at]

    def _values(self, number: int, x: tf.Tensor, places: Places) -> tf.Tensor:
        """Returns the values of a layer, `[rows, heads, columns, size]`."""
        flat = tf.reshape(dense(x, *self._projection(number, "v")), [-1, self._kept.size])
        return tf.gather(flat, _of_heads(places, self._kept.count(number)))

    def _projection(self, number: int, parts: str) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the weights of the product of values (v), or of queries (q) and keys (k) with their marks."""
        layer = self._backbone.transformer_layers[number]
        scale = 1 / math.sqrt(self._kept.size)
        named = {"q": ("query", scale), "k": ("key", 1.0), "v": ("value", 1.0)}

        def of_part(part: str, place: int) -> np.ndarray:
            name, factor = named[part]
            columns = self._kept.columns(number, kernel_and_bias(layer.dense_of(name))[place] * np.float32(factor))
            # The mark comes from the bias, so that it is the same for all tokens.
            return columns if part == "v" else _with_marks(columns, self._kept.size, part == "q" and place == 1)

        def joined(place: int) -> np.ndarray:
            return np.concatenate([of_part(part, place) for part in parts], axis=-1)

        name = f"layer_{number}/{parts}"
        return self._weights(f"{name}/kernel", lambda: joined(0)), self._weights(f"{name}/bias", lambda: joined(1))

    def _attention_output(self, number: int) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the kernel, with a row for each output of a head, and the bias."""
        layer, name = self._backbone.transformer_layers[number], f"layer_{number}/attention_output"
        kernel, bias = (
            lambda place=place: kernel_and_bias(layer.dense_of("attention_output"))[place] for place in (0, 1)
        )
        of_heads = self._weights(f"{name}/kernel", lambda: self._kept.columns(number, kernel().T).T)
        return of_heads, self._weights(f"{name}/bias", bias)

    def _part(self, number: int, part: str) -> tuple[tf.Tensor, tf.Tensor]:
        layer = self._backbone.transformer_layers[number]
        return dense_weights(self._weights, f"layer_{number}/{part}", layer.dense_of(part))


def _with_marks(columns: np.ndarray, size: int, marked: bool) -> np.ndarray:
    """Adds `_MARK`, or zeros, behind the columns `[..., heads * size]` of each head."""
    by_head = columns.reshape(*columns.shape[:-1], -1, size)
    marks = np.broadcast_to(np.multiply(_MARK, marked), (*by_head.shape[:-1], len(_MARK)))
    return np.concatenate([by_head, marks], axis=-1).reshape(*columns.shape[:-1], -1)


def _of_heads(places: Places, heads: int, part: int = 0, parts: int = 1) -> tf.Tensor:
    """Returns where in `[places * parts * heads, size]` the padded matrices find a part, `[rows, heads, columns]`."""
    return places.padded[:, tf.newaxis] * (parts * heads) + (tf.range(heads)[:, tf.newaxis] + part * heads)


def _attend(query: tf.Tensor, key: tf.Tensor, value: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the mixed values `[rows, heads, queries, size]` and the attention weights."""
    attention = tf.nn.softmax(tf.matmul(query, key, transpose_b=True))
    return tf.matmul(attention, value), attention
