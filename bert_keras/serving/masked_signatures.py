"""The signatures of an exported masked language model."""

from typing import Any

import tensorflow as tf

from bert_keras.models import MaskedLM
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights, flat_rows, run_passes
from bert_keras.serving.encoder.layers import dense, dense_weights, fused, layer_norm
from bert_keras.serving.encoder.weights import values
from bert_keras.serving.signature_inputs import (
    TOKEN_INPUTS,
    TOKEN_SIGNATURE,
    Signatures,
    signature,
    string_inputs,
    string_rows,
    token_matrix,
)
from bert_keras.text import pack
from bert_keras.text.masked_texts import MASK, tokenize_masked

OUTPUTS = ("masks", "probabilities", "starts", "token_ids", "tokens")
"""The names of the outputs of the signature on strings, sorted."""
FILL_MASK = "fill_mask"
TOP = 10
"""The number of candidates of a mask."""


class MaskedSignatures:
    """The signatures of a masked language model's SavedModel.

    Args:
        model: The model, whose adapters have been merged.
        weights: The weights of the export.
        loops: Whether any number of rows is cut into passes, which not every runtime can convert.
    """

    def __init__(self, model: MaskedLM, weights: ServedWeights, loops: bool = True) -> None:
        self._model, self._weights, self._loops = model, weights, loops
        self._encoder = ServedEncoder(model.backbone, weights)
        tokenizer = model.preprocessor.tokenizer
        self._mask = tokenizer.token_to_id(MASK)
        self._top = min(TOP, tokenizer.vocabulary_size())
        self.inputs = string_inputs(("text",))
        self._of_strings = signature(self._filled, self.inputs)

    def strings(self) -> Signatures:
        """Returns `serving_default` and, the same, `fill_mask`: from strings `text` `[batch]` to candidates.

        Wherever "[MASK]" stands in a text it is a mask. The outputs are padded to the text with the most masks:

        - `masks` `[batch]` int32: the number of masks of a text, which may be 0;
        - `starts` `[batch, masks]` int32: the code points at which they begin, -1 as padding;
        - `tokens` `[batch, masks, top]` string, `token_ids` int32 and `probabilities`: the most probable tokens of each
          mask, the best first. Empty strings, -1 and 0 are padding, and a mask behind the tokens that the model reads.
        """
        return {"serving_default": self._of_strings} | self.fill_mask()

    def fill_mask(self) -> Signatures:
        """Returns `fill_mask` alone; see `strings`."""
        return {FILL_MASK: self._of_strings}

    def token_ids(self) -> Signatures:
        """Returns `token_ids`: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32.

        A mask is a token with the id of `[MASK]`. The outputs are `masks`, `token_ids` and `probabilities` of
        `strings`. It needs no op of tensorflow-text.
        """
        most, cls = self._model.backbone.max_sequence_length, self._model.preprocessor.special_ids.cls

        def of_tokens(token_ids: tf.Tensor, segment_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
            rows = token_matrix(token_ids, segment_ids, padding_mask, cls, most).rows
            masks = self._masks_of(rows)
            ids, probabilities = self._candidates(rows, _most(masks))
            return {"masks": masks, "token_ids": ids, "probabilities": probabilities}

        return {TOKEN_SIGNATURE: signature(of_tokens, TOKEN_INPUTS)}

    def _filled(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        preprocessor = self._model.preprocessor
        given = tokenize_masked(preprocessor.tokenizer, string_rows(text))
        rows = flat_rows(*pack(given.token_ids, None, preprocessor.special_ids, preprocessor.max_length))
        masks = tf.cast(given.starts.row_lengths(), tf.int32)
        ids, probabilities = self._candidates(rows, _most(masks))
        vocabulary = tf.constant(["", *preprocessor.tokenizer.get_vocabulary()])
        return {
            "masks": masks,
            "starts": given.starts.to_tensor(-1),
            "tokens": tf.gather(vocabulary, ids + 1),
            "token_ids": ids,
            "probabilities": probabilities,
        }

    def _masks_of(self, rows: FlatRows) -> tf.Tensor:
        """Returns the number of masks of each row, `[rows]` int32."""
        is_mask = tf.cast(rows.token_ids == self._mask, tf.int32)
        row = tf.repeat(tf.range(tf.size(rows.lengths)), rows.lengths)
        return tf.math.unsorted_segment_sum(is_mask, row, tf.size(rows.lengths))

    def _candidates(self, rows: FlatRows, most: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns the ids and the probabilities of candidates, `[rows, most, top]`; -1 and 0 where there is no mask."""
        room = tf.maximum(most, 1)  # results without values cannot be put into their rows

        def run(some: FlatRows) -> tf.Tensor:
            return tf.reshape(self._of_pass(some, room), tf.stack([tf.size(some.lengths), -1]))

        found = run_passes(rows, 2 * room * self._top, run, self._loops)
        found = tf.reshape(found, tf.stack([tf.size(rows.lengths), 2, room, self._top]))[:, :, :most]
        # Ids pass through as floats, which are exact for them.
        return tf.cast(found[:, 0], tf.int32) - 1, found[:, 1]

    def _of_pass(self, rows: FlatRows, most: tf.Tensor) -> tf.Tensor:
        """Returns ids, counted from 1, and probabilities, `[rows, 2, most, top]` float32; 0 where there is no mask."""
        at = tf.where(rows.token_ids == self._mask)[:, 0]
        probabilities, ids = tf.math.top_k(self._probabilities(tf.gather(self._encoder.tokens(rows), at)), self._top)
        both = tf.stack([tf.cast(ids + 1, tf.float32), probabilities], axis=1)
        counts = self._masks_of(rows)
        row = tf.repeat(tf.range(tf.size(counts)), counts)
        place = tf.range(tf.size(row)) - tf.gather(tf.cumsum(counts, exclusive=True), row)
        shape = tf.stack([tf.size(counts), most, 2, self._top])
        filled = tf.scatter_nd(tf.stack([row, place], axis=1), both, shape)
        return tf.transpose(filled, [0, 2, 1, 3])

    def _probabilities(self, states: tf.Tensor) -> tf.Tensor:
        """Returns the probabilities of all tokens, `[masks, tokens]` float32, from hidden states `[masks, hidden]`."""
        model: Any = self._model
        x = dense(states, *dense_weights(self._weights, "transform", model.transform_dense))
        x = layer_norm(fused(model.transform_dense.activation)(x), model.transform_layer_norm, self._weights, "norm")
        if model.decoder is None:
            logits = tf.matmul(x, self._encoder.all_word_vectors(), transpose_b=True)
        else:
            logits = tf.matmul(x, self._weights("decoder", lambda: values(model.decoder.kernel)))
        bias = self._weights("output_bias", lambda: values(model.output_bias.bias), tf.float32)
        probabilities = tf.nn.softmax(tf.cast(logits, tf.float32) + bias)
        return probabilities[:, : model.preprocessor.tokenizer.vocabulary_size()]  # rows behind are no tokens


def _most(masks: tf.Tensor) -> tf.Tensor:
    return tf.reduce_max(tf.concat([masks, [0]], axis=0))
