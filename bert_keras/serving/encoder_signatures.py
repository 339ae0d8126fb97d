"""The signatures of an exported text encoder."""

import tensorflow as tf

from bert_keras.models import TextEncoder
from bert_keras.models.pooling import POOLINGS
from bert_keras.models.vector_layers import UnitLength
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

OUTPUTS = ("embedding", "tokens")
"""The names of the outputs, sorted."""


class EncoderSignatures:
    """The signatures of a text encoder's SavedModel.

    Args:
        encoder: The model, whose adapters have been merged.
        weights: The weights of the export.
        loops: Whether any number of rows is cut into passes, which not every runtime can convert.
    """

    def __init__(self, encoder: TextEncoder, weights: ServedWeights, loops: bool = True) -> None:
        self._encoder, self._weights, self._loops = encoder, weights, loops
        self._served = ServedEncoder(encoder.backbone, weights)
        self._prompt = encoder.prompt()
        leaves_out = bool(self._prompt) and not encoder.include_prompt
        # [CLS] belongs to the prompt.
        self._left_out = 1 + len(encoder.preprocessor.tokenizer.tokenize(self._prompt)) if leaves_out else 0
        self.inputs = string_inputs(("text",))
        self._of_strings = signature(self._vectors_of_strings, self.inputs)

    def strings(self) -> Signatures:
        """Returns `serving_default` and, the same, `embed`: from strings `text` `[batch]` to vectors.

        The outputs are `embedding` `[batch, dimension]` float32, what `TextEncoder.encode` returns, with the default
        prompt if there is one, and `tokens` `[batch]` int32, the number of tokens that the model read.
        """
        return {"serving_default": self._of_strings} | self.embed()

    def embed(self) -> Signatures:
        """Returns `embed` alone; see `strings`."""
        return {"embed": self._of_strings}

    def token_ids(self) -> Signatures:
        """Returns `token_ids`: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32.

        The tokens are those of a text behind the default prompt, if there is one. The outputs are those of `strings`.
        It needs no op of tensorflow-text.
        """
        most, cls = self._encoder.backbone.max_sequence_length, self._encoder.preprocessor.special_ids.cls

        def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
            return self._answers(token_matrix(token_ids, segment_ids, padding_mask, cls, most).rows)

        return {TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS)}

    def _vectors_of_strings(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        texts = string_rows(text)
        if self._prompt:
            texts = tf.strings.join([self._prompt, texts])
        return self._answers(flat_rows(*self._encoder.preprocessor.pack(texts)))

    def _answers(self, rows: FlatRows) -> dict[str, tf.Tensor]:
        vectors = run_passes(rows, self._encoder.dimension, self._vectors, self._loops)
        return {"embedding": vectors, "tokens": rows.lengths}

    def _vectors(self, rows: FlatRows) -> tf.Tensor:
        x, denses = self._pooled(rows), iter(range(len(self._encoder.head_dense)))
        for layer in self._encoder.vector_layers:
            if isinstance(layer, UnitLength):
                x = layer.call(x)
            else:
                kernel, bias = dense_weights(self._weights, f"vector_dense_{next(denses)}", layer, tf.float32)
                x = layer.activation(dense(x, kernel, bias))
        return x

    def _pooled(self, rows: FlatRows) -> tf.Tensor:
        states = tf.cast(self._served.tokens(rows), tf.float32)
        if self._encoder.pooling == ("mean",) and not self._left_out:
            return tf.math.segment_mean(states, tf.repeat(tf.range(tf.size(rows.lengths)), rows.lengths))
        padded = tf.RaggedTensor.from_row_lengths(states, rows.lengths, validate=False).to_tensor()
        columns = tf.range(tf.reduce_max(rows.lengths))[tf.newaxis]
        mask = tf.cast((columns < rows.lengths[:, tf.newaxis]) & (columns >= self._left_out), tf.float32)
        return tf.concat([POOLINGS[mode](padded, mask) for mode in self._encoder.pooling], axis=-1)
