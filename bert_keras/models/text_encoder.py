"""BERT as an encoder of texts: one vector for each, to compare them by their angle."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, TokenRows, run_by_length
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.models.initial_weights import random_weights
from bert_keras.models.pooling import POOLINGS
from bert_keras.models.preprocessor import fitting
from bert_keras.models.task import BertTask
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor
from bert_keras.models.vector_layers import TokenPooling, UnitLength

_log = logging.getLogger(__name__)
NORMALIZE = "normalize"
"""The step of a head that divides vectors by their length."""
_SPEC = tf.TensorSpec([None, None], tf.int32)


@keras.saving.register_keras_serializable(package="bert_keras")
class TextEncoder(BertTask):
    """A backbone whose token vectors are pooled to one vector for each text (Reimers and Gurevych 2019).

    It holds what a model of sentence-transformers holds, gives the same vectors, and is used like any task of KerasHub.
    The model's output is vectors `[batch, dimension]` float32.

    Args:
        backbone: The encoder; its pooler, if any, is not used and not trained.
        preprocessor: The preprocessor, from strings to inputs. `None` means that the model only takes preprocessed
            inputs.
        pooling: The way of pooling, or several, whose vectors are joined: "cls", "max", "mean", "mean_sqrt_len_tokens",
            "weightedmean" or "lasttoken".
        after: What follows the pooling, in order: "normalize" divides a vector by its length, and a mapping with
            `units` and `activation` (by its Keras name) is a dense layer.
        include_prompt: Whether the tokens of a prompt are pooled, too.
        prompts: The texts that precede an input, by name.
        default_prompt: The name of the prompt for inputs without one; `None` means none.
        **kwargs: Further arguments of a Keras model: `name`, `compile`.

    Raises:
        InputError: A way of pooling or a step after it is unknown, the default prompt is none of the prompts, or the
            backbone has fewer positions than the preprocessor's `max_length`.
    """

    preprocessor_cls = TextClassifierPreprocessor
    reads_pooler = False
    architecture = "Model"

    def __init__(
        self,
        backbone: BertBackbone,
        preprocessor: TextClassifierPreprocessor | None = None,
        pooling: str | Sequence[str] = "mean",
        after: Sequence[str | Mapping[str, Any]] = (NORMALIZE,),
        include_prompt: bool = True,
        prompts: Mapping[str, str] | None = None,
        default_prompt: str | None = None,
        **kwargs: Any,
    ) -> None:
        modes = (pooling,) if isinstance(pooling, str) else tuple(pooling)
        _check(modes, after, prompts or {}, default_prompt)
        # === Layers ===
        self._set_parts(backbone, preprocessor)
        if backbone.pooled_dense is not None:
            backbone.pooled_dense.trainable = False
        self.token_pooling = TokenPooling(modes, name="token_pooling")
        self.vector_layers = [_layer(step, place, backbone) for place, step in enumerate(after)]

        # === Functional Model ===
        inputs = backbone.input
        outputs = self.to_vectors(backbone(inputs)["sequence_output"], inputs["padding_mask"])
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

        # === Config ===
        self.pooling = modes
        self.after = tuple(step if isinstance(step, str) else dict(step) for step in after)
        self.include_prompt = include_prompt
        self.prompts = dict(prompts or {})
        self.default_prompt = default_prompt

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, without the backbone and the preprocessor."""
        named = {"pooling": list(self.pooling), "after": list(self.after), "include_prompt": self.include_prompt}
        return named | {"prompts": dict(self.prompts), "default_prompt": self.default_prompt}

    @property
    def dimension(self) -> int:
        """The size of a vector."""
        return int(self.output_shape[-1])

    @property
    def head_dense(self) -> list[keras.layers.Dense]:
        """The dense layers after the pooling, in order."""
        return [layer for layer in self.vector_layers if isinstance(layer, keras.layers.Dense)]

    def to_vectors(self, tokens: Any, mask: Any) -> Any:
        """Computes the vectors of rows from those of their tokens.

        Args:
            tokens: The backbone's sequence output, `[batch, tokens, hidden]`.
            mask: What is pooled, ones and zeros `[batch, tokens]`.

        Returns:
            The vectors, `[batch, dimension]` float32.
        """
        x = self.token_pooling(tokens, mask)
        for layer in self.vector_layers:
            x = layer(x)
        return x

    def head_places(self) -> list[checkpoints.Place]:
        """Returns no weights: the dense layers of an encoder have files of their own."""
        return []

    def _head_variables(self) -> dict[str, Any]:
        return {
            f"head.{place}.{part}": getattr(layer, part)
            for place, layer in enumerate(self.head_dense)
            for part in ("kernel", "bias")
        }

    def has_task_weights(self) -> bool:
        """Returns true: a preset has the file of the head's weights, even of a head without dense layers."""
        return True

    def usual_loss(self) -> None:
        """Returns no loss: an encoder learns from several texts together; see `training.fine_tune`."""
        return None

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts strings to inputs; returns preprocessed inputs unchanged."""
        if isinstance(x, dict) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

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
            InputError: The texts are not a list of strings, there is no such prompt, or the model has no preprocessor.
        """
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected a list of texts. Received: {texts!r:.60}")
        self._check_preprocessor("encode")
        prompt = self.prompt(prompt_name)
        found = [np.zeros([0, self.dimension], np.float32)]
        for first in range(0, len(texts), LARGEST_CHUNK):
            chunk = [prompt + text for text in texts[first : first + LARGEST_CHUNK]]
            found.append(self._encode_chunk(chunk, prompt, token_budget))
        return np.concatenate(found)

    def prompt(self, name: str | None = None) -> str:
        """Returns the text of a prompt; of the default one for `None`, empty if there is none.

        Raises:
            InputError: There is no such prompt.
        """
        name = self.default_prompt if name is None else name
        if name is not None and name not in self.prompts:
            raise InputError(f"prompt_name must be one of {', '.join(self.prompts) or 'none'}. Received: {name!r}")
        return "" if name is None else self.prompts[name]

    def _encode_chunk(self, texts: list[str], prompt: str, token_budget: int) -> np.ndarray:
        rows = TokenRows.of(self.preprocessor.pack(texts))
        if prompt and not self.include_prompt:
            left_out = 1 + len(self.preprocessor.tokenizer.tokenize(prompt))  # [CLS] belongs to the prompt
            forward, beside = self._behind_prompt(), {"left_out": np.int32(left_out)}
        else:
            forward, beside = self.logits, {}
        run = forward.prepared(rows.lengths, token_budget)
        return run_by_length(rows.lengths, token_budget, lambda places: run(rows.inputs(places) | beside))

    def _behind_prompt(self) -> ForwardPass:
        """Returns the pass that does not pool the first tokens of a row, of the number that `left_out` says."""
        inputs = dict.fromkeys(("token_ids", "segment_ids", "padding_mask"), _SPEC)
        specification = inputs | {"left_out": tf.TensorSpec([], tf.int32)}
        return self.logits.beside("behind prompt", lambda: ForwardPass(self._vectors_behind, specification))

    def _vectors_behind(self, given: dict[str, tf.Tensor]) -> tf.Tensor:
        inputs = {name: value for name, value in given.items() if name != "left_out"}
        tokens = self.backbone(inputs, training=False)["sequence_output"]
        pooled = tf.range(tf.shape(tokens)[1]) >= given["left_out"]
        return self.to_vectors(tokens, inputs["padding_mask"] * tf.cast(pooled, tf.int32))

    @classmethod
    def from_preset(
        cls,
        preset: str,
        load_weights: bool = True,
        *,
        base: str | None = None,
        max_length: int | None = None,
        dtype: Any = None,
    ) -> Self:
        """Loads an encoder: a folder of sentence-transformers, or what `save_to_preset` wrote.

        Any other preset gives the mean of its tokens' vectors, of length 1, which is warned of: it was not trained for
        that.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
            max_length: The maximum number of tokens per text; longer ones are truncated. `None` means the preset's.
            dtype: The dtype or dtype policy, e.g. "mixed_bfloat16". `None` means Keras' default.

        Returns:
            The encoder.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken, or a module or a setting is not supported.
            InputError: `max_length` exceeds the number of positions, or is below 4; or a base is given for a preset
                that is no adapter.
        """
        encoder = cls._loaded(checkpoints.locate(preset), load_weights, base, dtype)
        if max_length is not None:
            encoder._check_preprocessor("max_length")
            fitting(max_length, encoder.backbone.max_sequence_length)
            encoder.preprocessor = TextClassifierPreprocessor(encoder.preprocessor.tokenizer, max_length)
        return encoder

    @classmethod
    def _loaded(cls, folder: Path, load_weights: bool, base: str | None, dtype: Any) -> Self:
        if checkpoints.is_sentence_model(folder) and base is None:
            return cls._from_sentence_model(checkpoints.read_sentence_model(folder), load_weights, dtype)
        checkpoints.check_base(folder, base)
        kind = checkpoints.kind(folder)
        if kind in ("bert_keras", "adapter") and checkpoints.task_of(folder) == cls.__name__:
            if kind == "adapter":
                return cls._from_adapter(folder, load_weights, dtype, base)
            return cls._from_own_preset(folder, load_weights, dtype)
        _log.warning(
            "%s: no sentence encoder is saved there; its vectors are the mean of the tokens' vectors, which were not "
            "trained to be compared (bert-keras contrast trains them)",
            folder,
        )
        backbone = BertBackbone.from_preset(str(folder), load_weights, base=base, dtype=dtype)
        return cls(backbone, TextClassifierPreprocessor.from_preset(str(folder), base=base))

    @classmethod
    def _from_sentence_model(cls, model: checkpoints.SentenceModel, load_weights: bool, dtype: Any) -> Self:
        checkpoint = model.checkpoint
        backbone = BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, pooler=False, dtype=dtype)
        encoder = cls(
            backbone,
            TextClassifierPreprocessor(checkpoint.make_tokenizer(), checkpoint.row_length),
            model.pooling,
            [_step(of) for of in model.after],
            model.include_prompt,
            model.prompts,
            model.default_prompt,
        )
        stored = [of for of in model.after if isinstance(of, checkpoints.VectorDense)]
        for layer, of in zip(encoder.head_dense, stored, strict=True):
            if load_weights:
                layer.set_weights([of.kernel.T, of.bias])
        return encoder


def _step(of: checkpoints.VectorDense | str) -> str | dict[str, Any]:
    return of if isinstance(of, str) else {"units": len(of.kernel), "activation": of.activation}


def _layer(step: str | Mapping[str, Any], place: int, backbone: BertBackbone) -> keras.Layer:
    if isinstance(step, str):
        return UnitLength(dtype="float32", name=f"unit_length_{place}")
    return keras.layers.Dense(
        step["units"],
        activation=step["activation"],
        kernel_initializer=random_weights(backbone.initializer_range),
        dtype="float32",
        name=f"vector_dense_{place}",
    )


def _check(modes: Sequence[str], after: Sequence[Any], prompts: Mapping[str, str], default_prompt: str | None) -> None:
    if not modes or any(mode not in POOLINGS for mode in modes):
        raise InputError(f"pooling must be of {', '.join(POOLINGS)}. Received: {list(modes)}")
    for step in after:
        dense = isinstance(step, Mapping) and step.keys() == {"units", "activation"}
        if not dense and step != NORMALIZE:
            raise InputError(f"after the pooling there may be {NORMALIZE!r} or units and activation. Received: {step}")
    if default_prompt is not None and default_prompt not in prompts:
        raise InputError(f"default_prompt must be one of {list(prompts)}. Received: {default_prompt!r}")
