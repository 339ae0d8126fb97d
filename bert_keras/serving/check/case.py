"""One call of a signature, and what came of it."""

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


@dataclass(frozen=True)
class Case:
    """One call of a signature.

    Attributes:
        what: What it shows, such as `batch of 7`.
        signature: The signature's name.
        feeds: A value for each input's name; strings as arrays of bytes objects.
        refused: Whether the right answer is an error.
        spans: Whether the outputs are spans of the input `context`, with rules of their own.
    """

    what: str
    signature: str
    feeds: dict[str, np.ndarray]
    refused: bool = False
    spans: bool = False


@dataclass(frozen=True)
class Answer:
    """What came of one call.

    Attributes:
        outputs: A value for each output's name; `None` where there was no answer.
        error: TensorFlow's error, the empty string if there was none.
        fatal: What kept the process from answering at all: a crash, the time limit. The empty string if nothing did.
        seconds: How long the call took.
    """

    outputs: dict[str, np.ndarray] | None
    error: str
    fatal: str
    seconds: float

    @property
    def fault(self) -> str:
        """Why there is no answer; the empty string if there is one."""
        return self.fatal or self.error


def ranks_and_types(signature: Signature) -> set[tuple[int, int]]:
    """The kinds of inputs: rank, -1 for unknown, and the number of the data type."""
    shapes = {name: tensor.tensor_shape for name, tensor in signature.inputs.items()}
    return {
        (-1 if shapes[n].unknown_rank else len(shapes[n].dim), tensor.dtype) for n, tensor in signature.inputs.items()
    }


def takes_text(signature: Signature) -> bool:
    """Whether all inputs are strings `[batch]`."""
    return ranks_and_types(signature) == {(1, types_pb2.DT_STRING)}


def takes_questions(signature: Signature) -> bool:
    """Whether it answers questions with spans of contexts."""
    return takes_text(signature) and set(signature.inputs) == ANSWER_INPUTS and set(signature.outputs) >= ANSWER_OUTPUTS


def takes_tokens(signature: Signature) -> bool:
    """Whether all inputs are integers `[batch, tokens]`."""
    kinds = ranks_and_types(signature)
    return bool(kinds) and kinds <= {(2, types_pb2.DT_INT32), (2, types_pb2.DT_INT64)}
