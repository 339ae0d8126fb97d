"""Maps the tensors of a checkpoint to the variables of a backbone, and assigns them."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.hugging_face.tensor_names import original
from bert_keras.errors import CheckpointError

_log = logging.getLogger(__name__)
# The tensors that a checkpoint may hold beside the encoder: heads, and buffers that are not weights.
_OTHER_TENSORS = (
    "cls.",
    "classifier.",
    "qa_outputs.",
    "discriminator_predictions.",
    "sequence_summary.",
    "embeddings.position_ids",
    "embeddings.token_type_ids",
)
# BERT's pooler is a part of the encoder; DistilBERT and ELECTRA have the like in the head of a classifier alone.
_FRESH = {"tanh": "%s has no pooler; a fresh one is used, which wants training"}
_FRESH_OF_HEAD = "%s has no dense layer of a classifier's head; a fresh one is used, which wants training"


@dataclass(frozen=True)
class Place:
    """A tensor of a checkpoint and the variable that it is assigned to.

    Attributes:
        name: BERT's name of the tensor, without the prefix `bert.`.
        variable: The variable.
        inputs: The number of inputs of a kernel; 0 for other weights.
    """

    name: str
    variable: Any
    inputs: int = 0

    def read(self) -> np.ndarray:
        """Returns the variable's value in the layout of the checkpoint, float32: kernels are `[outputs, inputs]`."""
        value = np.asarray(self.variable, np.float32)
        return np.ascontiguousarray(value.reshape(self.inputs, -1).T) if self.inputs else value

    def write(self, tensor: np.ndarray) -> None:
        """Assigns a tensor to the variable.

        Args:
            tensor: The tensor, in the layout of the checkpoint.

        Raises:
            CheckpointError: The tensor has the wrong shape.
        """
        shape = tuple(self.variable.shape)
        expected = (int(np.prod(shape)) // self.inputs, self.inputs) if self.inputs else shape
        if tensor.shape != expected:
            raise CheckpointError(
                f"tensor {self.name} has another shape. Received: {tensor.shape}, expected {expected}"
            )
        self.variable.assign((tensor.T if self.inputs else tensor).reshape(self.variable.shape))


def places(backbone: Any) -> Iterator[Place]:
    """Lists all weights of a backbone.

    Args:
        backbone: A `BertBackbone`, of this project or of KerasHub.

    Yields:
        The name and the variable of each weight, from the embeddings to the pooler.
    """
    yield Place("embeddings.word_embeddings.weight", backbone.token_embedding.embeddings)
    yield Place("embeddings.position_embeddings.weight", backbone.position_embedding.position_embeddings)
    if backbone.segment_embedding is not None:
        yield Place("embeddings.token_type_embeddings.weight", backbone.segment_embedding.embeddings)
    yield from norm("embeddings.LayerNorm", backbone.embeddings_layer_norm)
    projection = getattr(backbone, "embeddings_projection", None)  # KerasHub's backbone knows none
    if projection is not None:
        yield from dense("embeddings_project", projection, backbone.embedding_dim)
    for number, layer in enumerate(backbone.transformer_layers):
        prefix = f"encoder.layer.{number}"
        attention = layer._self_attention_layer
        for part in ("query", "key", "value"):
            yield from dense(
                f"{prefix}.attention.self.{part}", getattr(attention, f"{part}_dense"), backbone.hidden_dim
            )
        yield from dense(f"{prefix}.attention.output.dense", attention.output_dense, backbone.hidden_dim)
        yield from norm(f"{prefix}.attention.output.LayerNorm", layer._self_attention_layer_norm)
        yield from dense(f"{prefix}.intermediate.dense", layer._feedforward_intermediate_dense, backbone.hidden_dim)
        yield from dense(f"{prefix}.output.dense", layer._feedforward_output_dense, backbone.intermediate_dim)
        yield from norm(f"{prefix}.output.LayerNorm", layer._feedforward_layer_norm)
    if backbone.pooled_dense is not None:
        yield from dense("pooler.dense", backbone.pooled_dense, backbone.hidden_dim)


def dense(name: str, layer: Any, inputs: int) -> Iterator[Place]:
    """Lists the weights of a dense layer: its kernel and its bias.

    Args:
        name: The name of the layer in the checkpoint.
        layer: A Keras layer with `kernel` and `bias`.
        inputs: The number of inputs of the layer.

    Yields:
        The name and the variable of each.
    """
    yield Place(f"{name}.weight", layer.kernel, inputs)
    yield Place(f"{name}.bias", _Flat(layer.bias))


def norm(name: str, layer: Any) -> Iterator[Place]:
    """Lists the weights of a layer norm.

    Args:
        name: The name of the layer in the checkpoint.
        layer: A Keras layer with `gamma` and `beta`.

    Yields:
        The name and the variable of each.
    """
    yield Place(f"{name}.weight", layer.gamma)
    yield Place(f"{name}.bias", layer.beta)


def assign(backbone: Any, checkpoint: Checkpoint, pooler_follows: bool = False) -> None:
    """Assigns the weights of a checkpoint to a backbone.

    If the checkpoint has no pooler, that of the backbone keeps its random weights, which fine-tuning must train; a
    warning is logged.

    Args:
        backbone: The backbone.
        checkpoint: The checkpoint.
        pooler_follows: Whether the caller assigns the weights of the pooler, so that a missing one is not warned of.

    Raises:
        CheckpointError: A weight is missing, has the wrong shape, or does not belong to the backbone.
    """
    wanted = list(places(backbone))
    if "pooler.dense.weight" not in checkpoint.tensors and backbone.pooled_dense is not None:
        if not pooler_follows:
            _log.warning(_FRESH.get(backbone.pooler_activation, _FRESH_OF_HEAD), checkpoint.folder)
        wanted = [place for place in wanted if not place.name.startswith("pooler.")]
    assign_places(wanted, checkpoint)
    known = {place.name for place in wanted}
    unknown = [n for n in checkpoint.tensors if n not in known and not n.startswith(("pooler.", *_OTHER_TENSORS))]
    if unknown:
        raise CheckpointError(
            f"{checkpoint.folder}: {len(unknown)} tensors that this BERT has no place for, first "
            f"{original(unknown[0], checkpoint.model_type)}. The "
            f"configuration says {backbone.num_layers} layers; is it the one that came with these weights?"
        )


def assign_places(wanted: list[Place], checkpoint: Checkpoint) -> None:
    """Assigns tensors of a checkpoint to variables.

    Args:
        wanted: The names and variables to assign.
        checkpoint: The checkpoint.

    Raises:
        CheckpointError: A tensor is missing or has the wrong shape.
    """
    absent = [place.name for place in wanted if place.name not in checkpoint.tensors]
    if absent:
        raise CheckpointError(
            f"{checkpoint.folder}: {len(absent)} of {len(wanted)} tensors are missing, first "
            f"{original(absent[0], checkpoint.model_type)}. Received: {len(checkpoint.tensors)} tensors, first "
            f"{original(min(checkpoint.tensors, default='none'), checkpoint.model_type)}"
        )
    for place in wanted:
        try:
            place.write(checkpoint.tensors[place.name])
        except CheckpointError as error:
            shown = str(error).replace(place.name, original(place.name, checkpoint.model_type))
            raise CheckpointError(f"{checkpoint.folder}: {shown}") from error


@dataclass(frozen=True)
class _Flat:
    """A bias that attention layers store as `[heads, size]`, and checkpoints as `[heads * size]`."""

    variable: Any

    @property
    def shape(self) -> tuple[int]:
        return (int(np.prod(self.variable.shape)),)

    def assign(self, value: np.ndarray) -> None:
        self.variable.assign(value.reshape(self.variable.shape))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self.variable, dtype).reshape(-1)
