"""The encoders of KerasHub that `BertBackbone` computes exactly, and their weights by Hugging Face's names."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras_hub

from bert_keras.checkpoints.weights import Place, places

_SIZES = (
    "vocabulary_size",
    "num_layers",
    "num_heads",
    "hidden_dim",
    "intermediate_dim",
    "dropout",
    "max_sequence_length",
)


@dataclass(frozen=True)
class Encoder:
    """An encoder class of KerasHub.

    Attributes:
        name: The class name.
        title: The beginning of the names of its tasks and tokenizer.
        said: The arguments of `BertBackbone` that a preset says, by the same names.
        fixed: Those that are the same in all models of the class.
        pooled: Whether the dense layer before a classifier's last layer is a part of the encoder.
    """

    name: str
    title: str
    said: tuple[str, ...]
    fixed: dict[str, Any]
    pooled: bool

    def settings(self, config: dict[str, Any]) -> dict[str, Any]:
        """Returns the arguments of `BertBackbone`, without `pooler`.

        Args:
            config: The `config` of config.json.

        Raises:
            KeyError: A setting is missing.
        """
        said = {name: config[name] for name in self.said}
        return said | self.fixed | {"attention_dropout": said["dropout"], "embedding_dim": None}

    def load(self, folder: Path) -> Any:
        """Loads the encoder of a preset with KerasHub."""
        return getattr(keras_hub.models, self.name).from_preset(str(folder), dtype="float32")

    def places(self, backbone: Any) -> Iterator[Place]:
        """Lists all weights of an encoder of KerasHub, as `weights.places` does for one of this project."""
        return places(backbone if self.pooled else _with_segments_apart(backbone))


def _with_segments_apart(backbone: Any) -> SimpleNamespace:
    """Returns a view of KerasHub's DistilBERT with the parts of BERT's, of which it has no segments and no pooler."""
    return SimpleNamespace(
        token_embedding=backbone.embeddings.token_embedding,
        position_embedding=backbone.embeddings.position_embedding,
        segment_embedding=None,
        embeddings_layer_norm=backbone.embeddings_layer_norm,
        transformer_layers=backbone.transformer_layers,
        hidden_dim=backbone.hidden_dim,
        intermediate_dim=backbone.intermediate_dim,
        pooled_dense=None,
    )


_FIXED = {"layer_norm_epsilon": 1e-12, "initializer_range": 0.02}
ENCODERS: dict[str, Encoder] = {
    encoder.name: encoder
    for encoder in (
        Encoder(
            "BertBackbone",
            "Bert",
            (*_SIZES, "num_segments"),
            _FIXED | {"activation": "gelu_new", "pooler_activation": "tanh"},
            pooled=True,
        ),
        Encoder(
            "DistilBertBackbone",
            "DistilBert",
            _SIZES,
            _FIXED | {"activation": "gelu", "pooler_activation": "relu", "num_segments": 0},
            pooled=False,
        ),
    )
}
"""The encoders by class name."""
