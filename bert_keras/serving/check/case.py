"""A call of a signature, its result, and the kinds of signatures that can be called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from tensorflow.core.framework import types_pb2
from tensorflow.core.protobuf import meta_graph_pb2

Signature: TypeAlias = meta_graph_pb2.SignatureDef
Arrays: TypeAlias = Mapping[str, np.ndarray]
ANSWER_INPUTS = frozenset({"question", "context"})
ANSWER_OUTPUTS = frozenset({"answer", "start", "end", "score", "answers", "starts", "ends", "scores"})
ENTITY_OUTPUTS = frozenset({"count", "ends", "entities", "labels", "scores", "starts"})


@dataclass(frozen=True)
class Case:
    """One call of a signature.

    Attributes:
        what: The name of the case, such as `batch of 7`.
        signature: The signature's name.
        feeds: The values by input name; strings are arrays of bytes objects.
        refused: Whether the correct result is an error.
        spans: Whether the outputs are spans of the input `context`, for which `span_rules` apply.
        entities: Whether the outputs are entities of the input `text`, for which `entity_rules` apply.
    """

    what: str
    signature: str
    feeds: dict[str, np.ndarray]
    refused: bool = False
    spans: bool = False
    entities: bool = False


@dataclass(frozen=True)
class Answer:
    """The result of one call.

    Attributes:
        outputs: The values by output name; `None` if there was no answer.
        error: TensorFlow's error; empty if there was none.
        fatal: The reason why the process did not answer at all, such as a crash or the time limit; empty if it did.
        seconds: The duration of the call.
    """

    outputs: dict[str, np.ndarray] | None
    error: str
    fatal: str
    seconds: float

    @property
    def fault(self) -> str:
        """The reason why there is no answer; empty if there is one."""
        return self.fatal or self.error


def ranks_and_types(signature: Signature) -> set[tuple[int, int]]:
    """Returns the distinct kinds of inputs: rank, -1 if unknown, and TensorFlow's number of the data type."""
    shapes = {name: tensor.tensor_shape for name, tensor in signature.inputs.items()}
    return {
        (-1 if shapes[n].unknown_rank else len(shapes[n].dim), tensor.dtype) for n, tensor in signature.inputs.items()
    }


def takes_text(signature: Signature) -> bool:
    """Returns whether all inputs are strings `[batch]`."""
    return ranks_and_types(signature) == {(1, types_pb2.DT_STRING)}


def takes_questions(signature: Signature) -> bool:
    """Returns whether the signature answers questions with spans of contexts."""
    return takes_text(signature) and set(signature.inputs) == ANSWER_INPUTS and set(signature.outputs) >= ANSWER_OUTPUTS


def finds_entities(signature: Signature) -> bool:
    """Returns whether the signature finds entities in texts."""
    return takes_text(signature) and set(signature.inputs) == {"text"} and set(signature.outputs) == ENTITY_OUTPUTS


def takes_tokens(signature: Signature) -> bool:
    """Returns whether all inputs are integers `[batch, tokens]`."""
    kinds = ranks_and_types(signature)
    return bool(kinds) and kinds <= {(2, types_pb2.DT_INT32), (2, types_pb2.DT_INT64)}
