"""BERT with the masked language model's head that it was pre-trained with."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models.activations import activation as activation_by_name
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.classify_stream import TokenRows
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.models.layer_normalization import LayerNormalization
from bert_keras.models.mask_filler import FilledMask, MaskedToken, MaskFiller
from bert_keras.models.packed_rows import PACKED_INPUTS, packed_states
from bert_keras.models.pair_head import PAIR_HEAD, check_reads_pairs, pair_dense
from bert_keras.models.preprocessor import fitting
from bert_keras.models.task import BertTask
from bert_keras.models.text_classifier_preprocessor import TextClassifierPreprocessor
from bert_keras.models.token_rows import set_token_outputs, token_outputs
from bert_keras.models.vocabulary_bias import VocabularyBias
from bert_keras.text import BertTokenizer, PairKind, pack, passes_by_length
from bert_keras.text.masked_texts import MASK, tokenize_masked

_HEAD = "cls.predictions"
_TRANSFORM = f"{_HEAD}.transform.dense.weight"


@keras.saving.register_keras_serializable(package="bert_keras")
class MaskedLM(MaskFiller, BertTask):
    """A backbone with the head of masked language modelling (Devlin et al. 2019, section 3.1).

    The output is logits `[batch, tokens, vocabulary]` float32: a dense layer with an activation, a layer norm, and the
    product with the token embeddings, or with a kernel of its own.

    Args:
        backbone: The encoder; its pooler, if any, is used and trained by a head of pairs alone.
        preprocessor: The preprocessor, from strings to inputs. `None` means that the model only takes preprocessed
            inputs.
        activation: The activation of the dense layer, by its Hugging Face name. `None` means the backbone's.
        tied: Whether the last kernel is that of the token embeddings.
        pairs: What a second head tells of the two texts of a row, from the pooled output: "next_sentence", whether the
            second follows the first (ibid.), or "sentence_order", whether both are in their order (Lan et al. 2020,
            section 3.1). `None` means that there is no such head.
        **kwargs: Further arguments of a Keras model: `name`, `compile`.

    Raises:
        CheckpointError: The activation is unknown.
        InputError: The backbone has fewer positions than the preprocessor's `max_length`; or there is a head of pairs,
            and it has no pooler or only one segment.
    """

    preprocessor_cls = TextClassifierPreprocessor
    reads_pooler = False
    architecture = "ForMaskedLM"

    def __init__(
        self,
        backbone: BertBackbone,
        preprocessor: TextClassifierPreprocessor | None = None,
        activation: str | None = None,
        tied: bool = True,
        pairs: PairKind | None = None,
        **kwargs: Any,
    ) -> None:
        # === Layers ===
        self._set_parts(backbone, preprocessor)
        self.reads_pooler = pairs is not None
        if pairs is not None:
            check_reads_pairs(backbone)
        elif backbone.pooled_dense is not None:
            backbone.pooled_dense.trainable = False

        def dense(units: int, name: str, **settings: Any) -> keras.layers.Dense:
            initializer = keras.initializers.TruncatedNormal(stddev=backbone.initializer_range)
            return keras.layers.Dense(units, kernel_initializer=initializer, name=name, **settings)

        policy, width = backbone.dtype_policy, backbone.embedding_dim or backbone.hidden_dim
        self.transform_dense = dense(
            width, "transform_dense", activation=activation_by_name(activation or backbone.activation), dtype=policy
        )
        self.transform_layer_norm = LayerNormalization(
            epsilon=backbone.layer_norm_epsilon, dtype=policy, name="transform_layer_norm"
        )
        self.decoder = None if tied else dense(backbone.vocabulary_size, "decoder", use_bias=False, dtype=policy)
        self.output_bias = VocabularyBias(dtype="float32", name="output_bias")
        self.pair_dense = None if pairs is None else pair_dense(backbone)
        # A layer that no output comes from is a part of the model as a part of one that is on the way.
        self.output_bias.beside = self.pair_dense

        # === Functional Model ===
        inputs = backbone.input
        super().__init__(inputs=inputs, outputs=self.to_logits(backbone(inputs)["sequence_output"]), **kwargs)

        # === Config ===
        self.activation = activation
        self.tied = tied
        self.pairs = pairs
        self.architecture = "ForMaskedLM" if pairs is None else "ForPreTraining"

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, without the backbone and the preprocessor."""
        return {"activation": self.activation, "tied": self.tied, "pairs": self.pairs}

    @classmethod
    def _reads_pooler(cls, settings: Mapping[str, Any]) -> bool:
        return settings.get("pairs") is not None

    def to_logits(self, states: Any) -> Any:
        """Computes logits `[..., vocabulary]` float32 from the encoder's hidden states `[..., hidden]`."""
        x = self.transform_layer_norm(self.transform_dense(states))
        x = self.backbone.token_embedding(x, reverse=True) if self.decoder is None else self.decoder(x)
        return self.output_bias(x)

    def packed_logits(self, inputs: dict[str, Any], training: bool = False) -> tf.Tensor:
        """Computes the logits of masked places alone, in rows that several texts may share.

        Args:
            inputs: `PACKED_INPUTS`, each `[batch, tokens]` int32; `masked` is 1 where a token is to be predicted.
            training: Whether to apply dropout.

        Returns:
            The logits, `[masked, vocabulary]` float32, row by row.
        """
        return self._masked_logits(packed_states(self.backbone, inputs, training), inputs)

    def packed_outputs(self, inputs: dict[str, Any], training: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
        """Computes the logits of masked places, and those of the head of pairs, of rows with a pair of texts each.

        Args:
            inputs: As in `packed_logits`.
            training: As in `packed_logits`.

        Returns:
            The logits of masked places, `[masked, vocabulary]` float32, and of pairs, `[batch, 2]` float32: of texts
            as they stood in a document, and of others.
        """
        states = packed_states(self.backbone, inputs, training)
        pooler, head = self.backbone.pooled_dense, self.pair_dense
        if pooler is None or head is None:
            raise InputError("the model has no head of pairs; build it with pairs='next_sentence'")
        return self._masked_logits(states, inputs), head(pooler(states[:, 0]))

    def _masked_logits(self, states: tf.Tensor, inputs: dict[str, Any]) -> tf.Tensor:
        return self.to_logits(tf.gather_nd(states, tf.where(inputs["masked"] == 1)))

    def head_places(self) -> list[checkpoints.Place]:
        """Returns the weights of the head, by their names in Hugging Face folders."""
        width = self.backbone.embedding_dim or self.backbone.hidden_dim
        places = [
            *checkpoints.dense(f"{_HEAD}.transform.dense", self.transform_dense, self.backbone.hidden_dim),
            *checkpoints.norm(f"{_HEAD}.transform.LayerNorm", self.transform_layer_norm),
            checkpoints.Place(f"{_HEAD}.bias", self.output_bias.bias),
        ]
        if self.decoder is not None:
            places.append(checkpoints.Place(f"{_HEAD}.decoder.weight", self.decoder.kernel, width))
        if self.pair_dense is not None:
            places += checkpoints.dense(PAIR_HEAD, self.pair_dense, self.backbone.hidden_dim)
        return places

    def usual_loss(self) -> keras.losses.Loss:
        """Returns the cross entropy of token ids; sample weights select the masked tokens."""
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def preprocess_samples(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """Converts strings to inputs; returns preprocessed inputs unchanged."""
        if isinstance(x, dict) or self.preprocessor is None:
            return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)
        return self.preprocessor(x, y=y, sample_weight=sample_weight)

    def _set_tokens(self, tokenizer: BertTokenizer, change: Callable[[np.ndarray], np.ndarray]) -> None:
        for layer in filter(None, (self.output_bias, self.decoder)):
            set_token_outputs(layer, change(token_outputs(layer)))
        super()._set_tokens(tokenizer, change)

    def _head_variables(self) -> dict[str, Any]:
        named = {
            "transform.kernel": self.transform_dense.kernel,
            "transform.bias": self.transform_dense.bias,
            "norm.gamma": self.transform_layer_norm.gamma,
            "norm.beta": self.transform_layer_norm.beta,
            "bias": self.output_bias.bias,
        }
        own = {} if self.decoder is None else {"decoder.kernel": self.decoder.kernel}
        if self.pair_dense is not None:
            own |= {"pair.kernel": self.pair_dense.kernel, "pair.bias": self.pair_dense.bias}
        return {f"head.{name}": variable for name, variable in (named | own).items()}

    def _check_fill(self, top: int) -> None:
        self._check_preprocessor("fill")
        super()._check_fill(top)

    def _fill_chunk(self, texts: Sequence[str], top: int, token_budget: int) -> Iterator[list[FilledMask]]:
        tokenizer, special, most = (
            self.preprocessor.tokenizer,
            self.preprocessor.special_ids,
            self.preprocessor.max_length,
        )
        given = tokenize_masked(tokenizer, list(texts))
        packed = pack(given.token_ids, None, special, most)
        rows, mask = TokenRows.of(packed), tokenizer.token_to_id(MASK)
        filling = self.logits.beside(
            "fill", lambda: ForwardPass(lambda given: self.packed_logits(given), PACKED_INPUTS)
        )
        run = filling.prepared(rows.lengths, token_budget)
        found: dict[int, list[tuple[MaskedToken, ...]]] = {place: [] for place in range(len(texts))}
        for places in passes_by_length(rows.lengths, token_budget):
            inputs = {name: np.asarray(values) for name, values in rows.inputs(places).items()}
            masked = (inputs["token_ids"] == mask).astype(np.int32)
            # Padding follows the text, at positions of its own.
            positions = np.where(inputs["padding_mask"] == 1, np.arange(masked.shape[1]), 0).astype(np.int32)
            logits = run(inputs | {"masked": masked, "positions": positions}).numpy()
            for row, of in zip(np.nonzero(masked)[0], logits, strict=True):
                found[int(places[row])].append(self._best(of, top))
        for place, starts in enumerate(given.starts.to_list()):
            unread = [()] * (len(starts) - len(found[place]))
            yield [FilledMask(start, of) for start, of in zip(starts, [*found[place], *unread], strict=True)]

    def _best(self, logits: np.ndarray, top: int) -> tuple[MaskedToken, ...]:
        tokenizer = self.preprocessor.tokenizer
        powers = np.exp(logits.astype(np.float64) - logits.max())
        probabilities = powers[: tokenizer.vocabulary_size()] / powers.sum()  # rows behind are no tokens
        best = np.argsort(-probabilities, kind="stable")[:top].tolist()
        return tuple(MaskedToken(tokenizer.id_to_token(at), at, float(probabilities[at])) for at in best)

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
        """Loads a masked language model.

        Args:
            preset: The name, handle or folder of a preset that holds its head, e.g. a `BertForMaskedLM` or a
                `BertForPreTraining`; see `bert_keras.checkpoints.locate`.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
            max_length: The maximum number of tokens per row. `None` means the preset's own value, or the number of
                positions.
            dtype: The dtype or dtype policy. `None` means Keras' default, whatever the preset was saved with.

        Returns:
            The model.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken, hold no BERT, or no head of masked language modelling.
            InputError: `max_length` exceeds the number of positions or is too small, or a base is given for a preset
                that is no adapter.
        """
        folder = checkpoints.locate(preset)
        checkpoints.check_base(folder, base)
        own = checkpoints.kind(folder) in ("bert_keras", "adapter")
        if own and checkpoints.task_of(folder) == cls.__name__:
            adapter = checkpoints.kind(folder) == "adapter"
            model = (
                cls._from_adapter(folder, load_weights, dtype, base)
                if adapter
                else cls._from_own_preset(folder, load_weights, dtype)
            )
        else:
            checkpoint = None if own else checkpoints.read(folder, base)
            if checkpoint is None or _TRANSFORM not in checkpoint.tensors:
                raise CheckpointError(
                    f"{folder}: there is no head of a masked language model in it, as a BertForMaskedLM holds"
                )
            model = cls._from_checkpoint(checkpoint, load_weights, dtype)
        return model._of_length(max_length)

    @classmethod
    def from_encoder(
        cls, preset: str, *, base: str | None = None, max_length: int | None = None, dtype: Any = None
    ) -> Self:
        """Puts a fresh head on the encoder of any preset.

        Its last kernel is that of the token embeddings, and the dense layer before it is random.

        Args:
            preset: The name, handle or folder of any preset; see `bert_keras.checkpoints.locate`.
            base: As in `from_preset`.
            max_length: As in `from_preset`.
            dtype: As in `from_preset`.

        Returns:
            The model, whose predictions mean nothing before it is trained.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            InputError: See `from_preset`.
        """
        backbone = BertBackbone.from_preset(preset, base=base, dtype=dtype)
        return cls(backbone, TextClassifierPreprocessor.from_preset(preset, base=base))._of_length(max_length)

    @staticmethod
    def has_head(preset: str, base: str | None = None) -> bool:
        """Returns whether a preset holds the head of a masked language model, without loading its weights.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            base: The model that an adapter stands over, instead of the one that it names.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: A file cannot be read.
        """
        folder = checkpoints.locate(preset)
        if checkpoints.kind(folder) in ("bert_keras", "adapter"):
            return checkpoints.task_of(folder) == MaskedLM.__name__
        return _TRANSFORM in checkpoints.read(folder, base).tensors

    def _of_length(self, max_length: int | None) -> Self:
        if max_length is not None:
            self._check_preprocessor("max_length")
            fitting(max_length, self.backbone.max_sequence_length)
            self.preprocessor = TextClassifierPreprocessor(self.preprocessor.tokenizer, max_length)
        return self

    @classmethod
    def _from_checkpoint(cls, checkpoint: checkpoints.Checkpoint, load_weights: bool, dtype: Any) -> Self:
        tied = f"{_HEAD}.decoder.weight" not in checkpoint.tensors
        if tied and not checkpoint.tied_embeddings:
            raise CheckpointError(
                f"{checkpoint.folder}: tie_word_embeddings is false in config.json, but the head has no kernel of its "
                f"own, {_HEAD}.decoder.weight"
            )
        backbone = BertBackbone.from_checkpoint(checkpoint, load_weights=load_weights, dtype=dtype)
        preprocessor = TextClassifierPreprocessor(checkpoint.make_tokenizer(), checkpoint.row_length)
        # The heads of ELECTRA's generators have the exact GELU, whatever hidden_act says.
        activation = "gelu" if checkpoint.model_type == "electra" else None
        model = cls(backbone, preprocessor, activation, tied)
        if load_weights:
            checkpoints.assign_places(model._stored_places(checkpoint), checkpoint)
        return model

    def _stored_places(self, checkpoint: checkpoints.Checkpoint) -> list[checkpoints.Place]:
        # The bias stands twice in most files, and what transformers adds is that of the decoder.
        stored = f"{_HEAD}.decoder.bias"
        if stored not in checkpoint.tensors:
            return self.head_places()
        places = [place for place in self.head_places() if place.name != f"{_HEAD}.bias"]
        return [*places, checkpoints.Place(stored, self.output_bias.bias)]
