"""Vectors of texts, from a folder of sentence-transformers."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, TokenRows, run_by_length
from bert_keras.models.pooling import POOLINGS
from bert_keras.models.preprocessor import fitting
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor

_SPEC = tf.TensorSpec([None, None], tf.int32)
_LEAST_LENGTH = 1e-12  # of a vector, as in torch.nn.functional.normalize


class SentenceEncoder:
    """Computes the vectors that a model of sentence-transformers gives texts, to compare them by their angle.

    Args:
        backbone: The encoder.
        preprocessor: The preprocessor, from strings to inputs.
        model: The pooling, what follows it, and the prompts.

    Attributes:
        backbone: The encoder.
        preprocessor: The preprocessor.
        prompts: The texts that precede an input, by name.
        default_prompt: The name of the prompt for inputs without one; `None` means none.
    """

    def __init__(
        self, backbone: BertBackbone, preprocessor: TextClassifierPreprocessor, model: checkpoints.SentenceModel
    ) -> None:
        self.backbone, self.preprocessor = backbone, preprocessor
        self.prompts: Mapping[str, str] = model.prompts
        self.default_prompt = model.default_prompt
        self._model = model
        inputs = dict.fromkeys(("token_ids", "segment_ids", "padding_mask"), _SPEC)
        self._run = tf.function(self._vectors, input_signature=[inputs, tf.TensorSpec([], tf.int32)], autograph=False)

    @property
    def dimension(self) -> int:
        """The size of a vector."""
        kernels = [layer.kernel for layer in self._model.after if isinstance(layer, checkpoints.VectorDense)]
        return len(kernels[-1]) if kernels else len(self._model.pooling) * self.backbone.hidden_dim

    @classmethod
    def from_preset(cls, preset: str, *, max_length: int | None = None, dtype: Any = None) -> Self:
        """Loads a folder that `SentenceTransformer.save_pretrained` wrote.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            max_length: The maximum number of tokens per text; longer ones are truncated. `None` means the folder's.
            dtype: The dtype or dtype policy of the encoder. `None` means Keras' default.

        Returns:
            The encoder.

        Raises:
            PresetError: There is no such preset, or it is no folder of sentence-transformers.
            CheckpointError: The files are broken, or a module or a setting is not supported.
            InputError: `max_length` exceeds the number of positions, or is below 4.
        """
        model = checkpoints.read_sentence_model(checkpoints.locate(preset))
        checkpoint = model.checkpoint
        backbone = BertBackbone.from_checkpoint(checkpoint, pooler=False, dtype=dtype)
        length = checkpoint.row_length if max_length is None else fitting(max_length, backbone.max_sequence_length)
        return cls(backbone, TextClassifierPreprocessor(checkpoint.make_tokenizer(), length), model)

    def encode(
        self, texts: Sequence[str], *, prompt_name: str | None = None, token_budget: int = TOKEN_BUDGET
    ) -> np.ndarray:
        """Computes the vectors of texts.

        Args:
            texts: The texts.
            prompt_name: The name of the prompt that precedes each text, one of `prompts`. `None` means
                `default_prompt`.
            token_budget: The maximum number of tokens per batch, padding included; texts of similar length are batched.

        Returns:
            The vectors, `[texts, dimension]` float32.

        Raises:
            InputError: The texts are not a list of strings, or there is no such prompt.
        """
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected a list of texts. Received: {texts!r:.60}")
        name = self.default_prompt if prompt_name is None else prompt_name
        if name is not None and name not in self.prompts:
            raise InputError(f"prompt_name must be one of {', '.join(self.prompts) or 'none'}. Received: {name!r}")
        prompt = "" if name is None else self.prompts[name]
        found = [np.zeros([0, self.dimension], np.float32)]
        for first in range(0, len(texts), LARGEST_CHUNK):
            found.append(
                self._encode_chunk([prompt + t for t in texts[first : first + LARGEST_CHUNK]], prompt, token_budget)
            )
        return np.concatenate(found)

    def _encode_chunk(self, texts: list[str], prompt: str, token_budget: int) -> np.ndarray:
        rows = TokenRows.of(self.preprocessor.pack(texts))
        left_out = 0
        if prompt and not self._model.include_prompt:
            left_out = 1 + len(self.preprocessor.tokenizer.tokenize(prompt))  # [CLS] belongs to the prompt
        skip = tf.constant(left_out, tf.int32)
        return run_by_length(rows.lengths, token_budget, lambda places: self._run(rows.inputs(places), skip))

    def _vectors(self, inputs: dict[str, tf.Tensor], left_out: tf.Tensor) -> tf.Tensor:
        """Returns the vectors `[batch, dimension]` of rows whose first tokens are not pooled."""
        tokens = tf.cast(self.backbone(inputs, training=False)["sequence_output"], tf.float32)
        pooled = tf.range(tf.shape(tokens)[1]) >= left_out
        mask = tf.cast(inputs["padding_mask"], tf.float32) * tf.cast(pooled, tf.float32)
        x = tf.concat([POOLINGS[mode](tokens, mask) for mode in self._model.pooling], axis=-1)
        for step in self._model.after:
            if isinstance(step, checkpoints.VectorDense):
                x = keras.activations.get(step.activation)(tf.matmul(x, step.kernel, transpose_b=True) + step.bias)
            else:
                x /= tf.maximum(tf.norm(x, axis=-1, keepdims=True), _LEAST_LENGTH)
        return x
