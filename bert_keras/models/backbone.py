"""The encoder of BERT, DistilBERT and ELECTRA without a head."""

import contextlib
from pathlib import Path
from typing import Any, Self

import keras
import keras_hub

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models.activations import activation as activation_by_name
from bert_keras.models.dropout import Dropout
from bert_keras.models.encoder_layer import EncoderLayer
from bert_keras.models.initial_weights import encoder_weights, random_weights, weights_follow
from bert_keras.models.layer_normalization import LayerNormalization
from bert_keras.models.low_rank import PARTS, add_low_rank, low_rank_of, merge_low_rank
from bert_keras.models.reversible_embedding import ReversibleEmbedding

NO_WEIGHT_DECAY = ("bias", "gamma", "beta")
"""Parts of the names of variables without weight decay: biases and layer norms, as in Google's BERT code."""


@keras.saving.register_keras_serializable(package="bert_keras")
class BertBackbone(keras_hub.models.Backbone):
    """The BERT encoder (Devlin et al. 2019), with every setting that BERT checkpoints differ in.

    With no segments and the pooler of its classifiers it is DistilBERT (Sanh et al. 2019); with narrow embeddings and
    the pooler of its classifiers it is ELECTRA (Clark et al. 2020).

    KerasHub's own `BertBackbone` has the tanh GELU, one epsilon, one dropout rate and a pooler built in, so it computes
    different outputs than many checkpoints were trained with. Inputs are `token_ids`, `segment_ids` and `padding_mask`,
    each `[batch, tokens]` int32. Outputs are `sequence_output` `[batch, tokens, hidden]` and, with a pooler,
    `pooled_output` `[batch, hidden]`.

    Args:
        vocabulary_size: The number of tokens in the vocabulary.
        num_layers: The number of encoder layers.
        num_heads: The number of attention heads per layer; must divide `hidden_dim`.
        hidden_dim: The size of the hidden states.
        intermediate_dim: The inner size of the feed-forward layers.
        activation: The activation of the feed-forward layers, by its Hugging Face name, e.g. "gelu" (exact), "gelu_new"
            (tanh) or "relu".
        dropout: The dropout rate of hidden states.
        attention_dropout: The dropout rate of attention weights.
        max_sequence_length: The number of position embeddings: the maximum number of tokens per row.
        num_segments: The number of segment embeddings; with 0, `segment_ids` is an input that changes nothing.
        layer_norm_epsilon: The number added to the variance in layer norms.
        initializer_range: The standard deviation of randomly initialized weights.
        pooler: Whether the model has a pooler, a dense layer on the first token; span extractors need none.
        embedding_dim: The size of the embeddings, which a dense layer widens to `hidden_dim`. `None` means that they
            have that size, and no such layer.
        pooler_activation: The activation of the pooler: "tanh" (BERT's), "relu" (the `pre_classifier` of DistilBERT's
            classifiers) or "gelu" (the `classifier.dense` of ELECTRA's).
        dtype: The dtype or dtype policy, e.g. "mixed_bfloat16". `None` means Keras' default.
        **kwargs: Further arguments of a Keras model: `name`, `trainable`.

    Raises:
        CheckpointError: An activation is unknown.
    """

    def __init__(
        self,
        vocabulary_size: int,
        num_layers: int,
        num_heads: int,
        hidden_dim: int,
        intermediate_dim: int,
        activation: str = "gelu",
        dropout: float = 0.1,
        attention_dropout: float = 0.1,
        max_sequence_length: int = 512,
        num_segments: int = 2,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        pooler: bool = True,
        embedding_dim: int | None = None,
        pooler_activation: str = "tanh",
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        # === Layers ===
        def initializer() -> keras.Initializer:
            return encoder_weights(initializer_range)

        width = embedding_dim or hidden_dim
        self.token_embedding = ReversibleEmbedding(
            vocabulary_size, width, embeddings_initializer=initializer(), dtype=dtype, name="token_embedding"
        )
        self.position_embedding = keras_hub.layers.PositionEmbedding(
            max_sequence_length, initializer=initializer(), dtype=dtype, name="position_embedding"
        )
        self.segment_embedding = None
        if num_segments:
            self.segment_embedding = keras.layers.Embedding(
                num_segments, width, embeddings_initializer=initializer(), dtype=dtype, name="segment_embedding"
            )
        self.embeddings_add = keras.layers.Add(dtype=dtype, name="embeddings_add")
        self.embeddings_layer_norm = LayerNormalization(
            epsilon=layer_norm_epsilon, dtype=dtype, name="embeddings_layer_norm"
        )
        self.embeddings_dropout = Dropout(dropout, dtype=dtype, name="embeddings_dropout")
        self.embeddings_projection = None
        if width != hidden_dim:
            self.embeddings_projection = keras.layers.Dense(
                hidden_dim, kernel_initializer=initializer(), dtype=dtype, name="embeddings_projection"
            )
        self.transformer_layers = [
            EncoderLayer(
                num_heads=num_heads,
                intermediate_dim=intermediate_dim,
                activation=activation_by_name(activation),
                dropout=dropout,
                attention_dropout=attention_dropout,
                layer_norm_epsilon=layer_norm_epsilon,
                kernel_initializer=initializer(),
                dtype=dtype,
                name=f"transformer_layer_{layer}",
            )
            for layer in range(num_layers)
        ]
        self.pooled_dense = None
        if pooler:
            self.pooled_dense = keras.layers.Dense(
                hidden_dim,
                activation=activation_by_name(pooler_activation),
                kernel_initializer=random_weights(initializer_range),  # a checkpoint need not hold a pooler
                dtype=dtype,
                name="pooled_dense",
            )

        # === Functional Model ===
        inputs = {
            name: keras.Input(shape=(None,), dtype="int32", name=name)
            for name in ("token_ids", "segment_ids", "padding_mask")
        }
        super().__init__(inputs=inputs, outputs=self._connected(inputs), dtype=dtype, **kwargs)

        # === Config ===
        self.vocabulary_size = vocabulary_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.activation = activation
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.max_sequence_length = max_sequence_length
        self.num_segments = num_segments
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range
        self.pooler = pooler
        self.embedding_dim = embedding_dim
        self.pooler_activation = pooler_activation

    def _connected(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """Connects the layers: returns the outputs of the model for its inputs."""
        x = self.embedded(inputs)
        *lower_layers, last_layer = self.transformer_layers
        for layer in lower_layers:
            x = layer(x, padding_mask=inputs["padding_mask"])
        outputs = {"sequence_output": last_layer(x, padding_mask=inputs["padding_mask"])}
        if self.pooled_dense is not None:
            # A graph that uses only the pooled output skips all other rows of the last layer: this saves a seventh of
            # MiniLM's time.
            first = last_layer(x, padding_mask=inputs["padding_mask"], first_row_only=True)
            outputs["pooled_output"] = self.pooled_dense(first[:, 0, :])
        return outputs

    def embedded(self, inputs: dict[str, Any], positions: Any = None, training: bool | None = None) -> Any:
        """Computes what the first layer reads.

        Args:
            inputs: `token_ids` and `segment_ids`, each `[batch, tokens]` int32.
            positions: The position of each token, `[batch, tokens]`; `None` means that they count from 0 in each row.
            training: Whether to apply dropout; `None` leaves it to Keras.

        Returns:
            The embeddings after their layer norm, `[batch, tokens, hidden]`.
        """
        tokens = self.token_embedding(inputs["token_ids"])
        placed = {} if positions is None else {"positions": positions}
        summands = [tokens, self.position_embedding(tokens, **placed)]
        if self.segment_embedding is not None:
            summands.append(self.segment_embedding(inputs["segment_ids"]))
        x = self.embeddings_layer_norm(self.embeddings_add(summands))
        x = self.embeddings_dropout(x, **({} if training is None else {"training": training}))
        return x if self.embeddings_projection is None else self.embeddings_projection(x)

    def dense_layers(self) -> list[Any]:
        """Returns the dense layers of all transformer layers."""
        return [layer.dense_of(part) for layer in self.transformer_layers for part in PARTS]

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | {name: getattr(self, name) for name in checkpoints.BACKBONE_SETTINGS}

    def save_to_preset(self, preset_dir: str, max_shard_size: float = 10) -> None:
        """Writes a preset of the encoder without a head.

        Args:
            preset_dir: The folder to write to.
            max_shard_size: The maximum size of a weights file, in gigabytes.

        Raises:
            InputError: The encoder has adapters, which the preset would not contain.
        """
        if low_rank_of(self):
            raise InputError(
                "the encoder has adapters beside its weights; save_to_preset the task, and load what was saved"
            )
        super().save_to_preset(preset_dir, max_shard_size=max_shard_size)

    @classmethod
    def from_preset(cls, preset: str, load_weights: bool = True, *, base: str | None = None, **kwargs: Any) -> Self:
        """Loads the backbone of any preset.

        Args:
            preset: The name, handle or folder of a preset; see `bert_keras.checkpoints.locate`.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            base: The model that an adapter stands over, instead of the one that it names; a folder or another preset.
            **kwargs: Constructor arguments that override the preset's, e.g. `dtype`.

        Returns:
            The backbone.

        Raises:
            PresetError: There is no such preset.
            CheckpointError: The files are broken or hold no BERT.
            InputError: A base is given for a preset that is no adapter.
        """
        folder = checkpoints.locate(preset)
        checkpoints.check_base(folder, base)
        return cls._from_folder(folder, load_weights, base, **kwargs)

    @classmethod
    def _from_folder(
        cls, folder: Path, load_weights: bool, base: str | None, pooler_follows: bool = False, **kwargs: Any
    ) -> Self:
        if checkpoints.kind(folder) == "adapter":
            return cls._from_adapter(folder, load_weights, base, pooler_follows, **kwargs)
        if checkpoints.kind(folder) == "bert_keras":
            # Always passed, because KerasHub 0.32 otherwise fails on presets that were saved with a mixed policy.
            kwargs["dtype"] = kwargs.get("dtype") or keras.config.dtype_policy().name
            with checkpoints.reading(folder), weights_follow() if load_weights else contextlib.nullcontext():
                return super().from_preset(str(folder), load_weights=load_weights, **kwargs)
        return cls.from_checkpoint(checkpoints.read(folder, base), load_weights, pooler_follows, **kwargs)

    @classmethod
    def _from_adapter(
        cls, folder: Path, load_weights: bool, base: str | None, pooler_follows: bool, **kwargs: Any
    ) -> Self:
        """Loads the encoder that an adapter was trained on, and merges the adapter into its weights."""
        adapter = checkpoints.read_adapter(folder)
        below = checkpoints.base_of(folder, base)
        pooler_follows = pooler_follows or "pooler.kernel" in adapter.tensors
        backbone = cls._from_folder(below.folder, load_weights, below.base, pooler_follows, **kwargs)
        if not load_weights:
            return backbone
        if checkpoints.encoder_fingerprint(backbone) != adapter.base_weights:
            raise CheckpointError(
                f"{folder}: the adapter was trained over other weights than those of {base or adapter.base}; name "
                f"their preset as base in {folder / checkpoints.ADAPTER_CONFIG_FILE}"
            )
        add_low_rank(backbone, adapter.rank, adapter.alpha)
        for name, part in low_rank_of(backbone).items():
            checkpoints.assign_adapted(folder, adapter, {f"{name}.down": part.down, f"{name}.up": part.up})
        merge_low_rank(backbone)
        if backbone.pooled_dense is not None and "pooler.kernel" in adapter.tensors:
            pooler = backbone.pooled_dense
            checkpoints.assign_adapted(folder, adapter, {"pooler.kernel": pooler.kernel, "pooler.bias": pooler.bias})
        return backbone

    @classmethod
    def from_checkpoint(
        cls,
        checkpoint: checkpoints.Checkpoint,
        load_weights: bool = True,
        pooler_follows: bool = False,
        **kwargs: Any,
    ) -> Self:
        """Builds a backbone from a checkpoint.

        Args:
            checkpoint: The configuration and the weights, as `bert_keras.checkpoints.read` returns them.
            load_weights: Whether to load the weights; otherwise they are initialized randomly.
            pooler_follows: Whether the caller loads the weights of the pooler; otherwise a fresh one is warned of.
            **kwargs: Constructor arguments that override the checkpoint's.

        Returns:
            The backbone. With `pooler=True` it has a pooler even if the checkpoint has none; its weights are then
            random.

        Raises:
            CheckpointError: A weight is missing or has the wrong shape, or the activation is unknown.
        """
        try:
            with weights_follow() if load_weights else contextlib.nullcontext():
                backbone = cls(**(checkpoint.config | kwargs))
        except CheckpointError as error:
            raise CheckpointError(f"{checkpoint.folder}: {error}") from error
        if load_weights:
            checkpoints.assign(backbone, checkpoint, pooler_follows)
        return backbone
