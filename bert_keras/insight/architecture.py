"""The architecture of a model in numbers."""

from collections.abc import Iterable
from typing import Any

from bert_keras.models import BertTask, MaskedLM, TokenClassifier

_SIZES = (
    "vocabulary_size",
    "max_sequence_length",
    "num_segments",
    "num_layers",
    "num_heads",
    "hidden_dim",
    "intermediate_dim",
)
_DENSE = {
    "query": "query",
    "key": "key",
    "value": "value",
    "attention_output": "attention_output",
    "feed_forward_in": "intermediate",
    "feed_forward_out": "output",
}


def architecture(model: BertTask) -> dict[str, Any]:
    """Returns the sizes and parameter counts of a model.

    Args:
        model: The task.

    Returns:
        The sizes by the names of `BertBackbone`'s arguments, and `pooler_activation`; `pooler`, whether the task uses
        the pooler; `pooling`, "unit_mean" if a classifier reads the mean of the tokens; `head` with its `name` and
        number of `parameters`; and `parameters`, the parameter count of each block, where `layer` holds the counts of a
        single layer and `total` is that of the whole model. An adapter counts towards the dense layer that it adapts; a
        pooler that the task does not use is not counted, and parts that a model lacks count 0.
    """
    backbone = model.backbone
    pooler = backbone.pooled_dense if model.reads_pooler else None
    blocks: dict[str, Any] = {
        "token_embedding": _count([backbone.token_embedding]),
        "position_embedding": _count([backbone.position_embedding]),
        "segment_embedding": _count([backbone.segment_embedding]),
        "embeddings_layer_norm": _count([backbone.embeddings_layer_norm]),
        "embeddings_projection": _count([backbone.embeddings_projection]),
        "layer": _layer(backbone.transformer_layers[0]),
        "pooler": _count([pooler]),
        "head": _count(_head(model)),
    }
    layers = len(backbone.transformer_layers) * sum(blocks["layer"].values())
    total = layers + sum(count for name, count in blocks.items() if name != "layer")
    head = {"name": _head_name(model), "parameters": blocks["head"]}
    sizes = {name: getattr(backbone, name) for name in _SIZES}
    sizes |= {"embedding_dim": backbone.embedding_dim or backbone.hidden_dim, "pooler": pooler is not None}
    sizes["pooler_activation"] = backbone.pooler_activation
    sizes["pooling"] = getattr(model, "pooling", None)
    return sizes | {"head": head, "parameters": blocks | {"total": total}}


def _layer(layer: Any) -> dict[str, int]:
    counts = {name: _count([layer.dense_of(part), layer.low_rank(part)]) for name, part in _DENSE.items()}
    return counts | {"layer_norms": _count([layer._self_attention_layer_norm, layer._feedforward_layer_norm])}


def _head(model: BertTask) -> list[Any]:
    if isinstance(model, MaskedLM):
        return [model.transform_dense, model.transform_layer_norm, model.decoder, model.output_bias]
    return [model.output_dense]


def _head_name(model: BertTask) -> str:
    if isinstance(model, MaskedLM):
        return "the tokens of masks"
    if isinstance(model, TokenClassifier):
        return f"{len(model.tags)} tags"
    labels = getattr(model, "labels", None)
    if labels is None:
        return "start and end of the answer"
    return f"{len(labels)} labels" if labels else "a number"


def _count(layers: Iterable[Any]) -> int:
    return sum(layer.count_params() for layer in layers if layer is not None)
