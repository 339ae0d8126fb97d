"""A transformer encoder layer with KerasHub's weights and a cheaper forward pass."""

import math
from collections.abc import Callable
from typing import Any

import keras
import keras_hub
import tensorflow as tf

from bert_keras.models.dropout import Dropout
from bert_keras.models.layer_normalization import LayerNormalization
from bert_keras.models.low_rank import PARTS, LowRank

_NEVER = -1e9  # added to the scores of padding, so that its softmax is 0 in float32 and in bfloat16


@keras.saving.register_keras_serializable(package="bert_keras")
class EncoderLayer(keras_hub.layers.TransformerEncoder):
    """A transformer encoder layer with a separate dropout rate for attention weights, as in BERT's configuration.

    The weights are KerasHub's, under KerasHub's names. The forward pass multiplies matrices of shape `[batch * tokens,
    hidden]`, and can compute only the first row.

    Args:
        attention_dropout: The dropout rate of attention weights.
        **kwargs: Arguments of `keras_hub.layers.TransformerEncoder`; `dropout` is the rate of hidden states.
    """

    def __init__(self, *, attention_dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dropout: float
        self.attention_dropout = attention_dropout

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Creates the weights."""
        hidden_dim = self._hidden_dim = int(inputs_shape[-1] or 0)
        self._self_attention_layer = keras.layers.MultiHeadAttention(
            self.num_heads, hidden_dim // self.num_heads, **self._of_dense(), name="self_attention_layer"
        )
        self._self_attention_layer.build(inputs_shape, inputs_shape)
        self._feedforward_intermediate_dense = self._built_dense(
            self.intermediate_dim, hidden_dim, "feedforward_intermediate_dense"
        )
        self._feedforward_output_dense = self._built_dense(
            hidden_dim, self.intermediate_dim, "feedforward_output_dense"
        )
        for name in ("self_attention_layer_norm", "feedforward_layer_norm"):
            norm = LayerNormalization(epsilon=self.layer_norm_epsilon, dtype=self.dtype_policy, name=name)
            norm.build(inputs_shape)
            setattr(self, f"_{name}", norm)
        rates = {
            "attention_weights": self.attention_dropout,
            "self_attention": self.dropout,
            "feedforward": self.dropout,
        }
        for name, rate in rates.items():
            setattr(self, f"_{name}_dropout", Dropout(rate, dtype=self.dtype_policy, name=f"{name}_dropout"))
        self.built = True

    def _of_dense(self) -> dict[str, Any]:
        initializers = {name: getattr(self, name).clone() for name in ("kernel_initializer", "bias_initializer")}
        return {"dtype": self.dtype_policy, **initializers}

    def _built_dense(self, outputs: int, inputs: int, name: str) -> keras.layers.Dense:
        layer = keras.layers.Dense(outputs, **self._of_dense(), name=name)
        layer.build((None, inputs))
        return layer

    def call(
        self,
        inputs: Any,
        padding_mask: Any = None,
        training: bool | None = None,
        first_row_only: bool = False,
        return_attention_scores: bool = False,
    ) -> Any:
        """Runs the layer.

        Args:
            inputs: The hidden states, `[batch, tokens, hidden]`.
            padding_mask: 1 for tokens and 0 for padding, `[batch, tokens]`; or 1 where a token may attend to another,
                `[batch, tokens, tokens]`.
            training: Whether to apply dropout.
            first_row_only: Whether to compute only the first row, that of `[CLS]`. Its values are the same either way.
            return_attention_scores: Whether to return the attention weights too.

        Returns:
            The hidden states `[batch, tokens, hidden]`, or `[batch, 1, hidden]` of the first row. With
            `return_attention_scores`, a tuple of them and the attention weights after softmax, `[batch, heads, tokens
            or 1, tokens]`.
        """
        rows = inputs[:, :1] if first_row_only else inputs
        attended, attention = self._attend(rows, inputs, padding_mask, training)
        x = _flat(rows) + self._self_attention_dropout(attended, training=training)
        x = self._self_attention_layer_norm(x)
        widened = self.activation(self._dense(x, "intermediate"))
        narrowed = self._dense(widened, "output")
        x = self._feedforward_layer_norm(x + self._feedforward_dropout(narrowed, training=training))
        x = tf.reshape(x, tf.shape(rows))
        x.set_shape(rows.shape)
        return (x, attention) if return_attention_scores else x

    def _attend(self, rows: Any, inputs: Any, padding_mask: Any, training: bool | None) -> tuple[tf.Tensor, tf.Tensor]:
        """Attends from some rows to all; returns `[batch * rows, hidden]` and the attention weights."""
        flat_rows, flat = _flat(rows), _flat(inputs)
        query = self._heads(self._dense(flat_rows, "query"), rows)
        key, value = (self._heads(self._dense(flat, part), inputs) for part in ("key", "value"))
        scores = tf.matmul(query * (1 / math.sqrt(query.shape[-1])), key, transpose_b=True)
        if padding_mask is not None:
            hidden = tf.cast(1 - tf.cast(padding_mask, tf.int32), scores.dtype)
            hidden = hidden if len(hidden.shape) == 3 else hidden[:, tf.newaxis]
            scores += hidden[:, tf.newaxis] * _NEVER
        attention = tf.nn.softmax(scores)
        mixed = tf.matmul(self._attention_weights_dropout(attention, training=training), value)
        mixed = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [-1, rows.shape[-1]])
        return self._dense(mixed, "attention_output"), attention

    def _dense(self, x: tf.Tensor, part: str) -> tf.Tensor:
        """Applies a dense layer to a matrix, with its adapter if it has one."""
        layer, adapter = self.dense_of(part), self.low_rank(part)
        kernel = tf.reshape(layer.kernel, [x.shape[-1], -1])
        y = tf.nn.bias_add(tf.matmul(x, kernel), tf.reshape(layer.bias, [-1]))
        return y if adapter is None or adapter.merged else y + adapter(x)

    def dense_of(self, part: str) -> Any:
        """Returns the dense layer with a name from `low_rank.PARTS`."""
        attention = self._self_attention_layer
        layers = {
            "query": attention.query_dense,
            "key": attention.key_dense,
            "value": attention.value_dense,
            "attention_output": attention.output_dense,
            "intermediate": self._feedforward_intermediate_dense,
            "output": self._feedforward_output_dense,
        }
        return layers[part]

    def low_rank(self, part: str) -> LowRank | None:
        """Returns the adapter of a dense layer, or `None` if it has none."""
        return getattr(self, f"_low_rank_{part}", None)

    def add_low_rank(self, rank: int, alpha: float) -> None:
        """Adds an adapter to each dense layer; see `low_rank.add_low_rank`."""
        self.add_beside(lambda outputs, name: LowRank(outputs, rank, alpha, dtype=self.dtype_policy, name=name))

    def add_beside(self, make: Callable[[int, str], Any]) -> None:
        """Adds a layer to each dense layer, which reads the same and whose outputs are added.

        Args:
            make: A function from the number of outputs and a name to the layer.
        """
        self._tracker.unlock()  # as Keras' own `enable_lora` does, because the layer is already built
        for part in PARTS:
            inputs = self.intermediate_dim if part == "output" else self._hidden_dim
            outputs = self.intermediate_dim if part == "intermediate" else self._hidden_dim
            beside = make(outputs, f"low_rank_{part}")
            with keras.name_scope(self.name):  # gives each a unique path, which layer-wise learning rates go by
                beside.build((None, inputs))
            setattr(self, f"_low_rank_{part}", beside)
        self._tracker.lock()

    def remove_low_rank(self) -> None:
        """Removes the adapters, or what else stands beside the dense layers."""
        self._tracker.unlock()
        for part in PARTS:
            if self.low_rank(part) is not None:
                # Keras still lists the variables of a layer if only its attribute is deleted.
                self._tracker.untrack(self.low_rank(part))
                delattr(self, f"_low_rank_{part}")
        self._tracker.lock()

    def _heads(self, flat: tf.Tensor, like: Any) -> tf.Tensor:
        """Splits `[batch * tokens, hidden]` into heads, `[batch, heads, tokens, hidden / heads]`."""
        shape = tf.shape(like)
        split = tf.reshape(flat, [shape[0], shape[1], self.num_heads, like.shape[-1] // self.num_heads])
        return tf.transpose(split, [0, 2, 1, 3])

    def compute_output_spec(
        self, inputs: Any, *args: Any, first_row_only: bool = False, **kwargs: Any
    ) -> keras.KerasTensor:
        """Returns the shape and dtype of the output, for building a functional model."""
        shape = (inputs.shape[0], 1, inputs.shape[2]) if first_row_only else inputs.shape
        return keras.KerasTensor(shape, dtype=self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | {"attention_dropout": self.attention_dropout}


def _flat(x: Any) -> tf.Tensor:
    """Reshapes `[batch, tokens, hidden]` to `[batch * tokens, hidden]`."""
    return tf.reshape(x, [-1, x.shape[-1]])
