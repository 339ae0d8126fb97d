"""A request that waits for a worker, and how requests become a batch and a batch's outputs their answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bert_keras.serving.server.dtypes import STRING
from bert_keras.serving.server.interface import Tensors
from bert_keras.serving.server.protos import SignatureDef

Kind: TypeAlias = tuple[str, tuple[tuple[str, str, tuple[int, ...]], ...]]
"""What requests of a batch have in common: the signature, and each input's name, dtype and shape without the rows."""


@dataclass(eq=False, slots=True)
class Request:
    """A request that waits.

    Attributes:
        signature: The signature's name.
        inputs: The arrays.
        outputs: The names of the outputs that are wanted.
        rows: The number of its rows; 0 if it has none in common.
        size: The length of its longest row, in bytes of text or in numbers.
        kind: What it has in common with those it may be merged with; `None` if it must be run alone.
        answer: The outputs by name, once they are there.
        since: When it came, by the clock of the event loop.
    """

    signature: str
    inputs: Tensors
    outputs: Sequence[str]
    rows: int
    size: int
    kind: Kind | None
    answer: asyncio.Future[dict[str, np.ndarray]]
    since: float


def new_request(signature: str, inputs: Tensors, outputs: Sequence[str], mergeable: bool) -> Request:
    """Returns a request of this moment.

    Args:
        signature: The signature's name.
        inputs: The arrays.
        outputs: The names of the outputs that are wanted.
        mergeable: Whether requests of the signature may be merged.

    Returns:
        The request.
    """
    loop = asyncio.get_running_loop()
    counts = {array.shape[0] if array.ndim else 0 for array in inputs.values()}
    rows = counts.pop() if len(counts) == 1 else 0
    kind = None
    if mergeable and rows:
        kind = signature, tuple((name, array.dtype.str, array.shape[1:]) for name, array in sorted(inputs.items()))
    return Request(
        signature, inputs, outputs, rows, _longest(inputs) if kind else 0, kind, loop.create_future(), loop.time()
    )


def _longest(inputs: Tensors) -> int:
    """Returns the length of the longest row, the sum over its inputs."""
    if all(array.dtype == object and array.ndim == 1 for array in inputs.values()):
        return max(sum(map(len, row)) for row in zip(*inputs.values(), strict=True))
    return sum(array.size // array.shape[0] for array in inputs.values())


def may_be_merged(signature: SignatureDef) -> bool:
    """Returns whether each input and output of a signature has the batch, of any size, as its dimension 0."""
    tensors = [*signature.inputs.values(), *signature.outputs.values()]
    shapes = [tensor.tensor_shape for tensor in tensors]
    return bool(signature.inputs) and all(
        not shape.unknown_rank and len(shape.dim) > 0 and shape.dim[0].size == -1 for shape in shapes
    )


def written_by_export(signature: SignatureDef) -> bool:
    """Returns whether a signature is one that `export` writes, whose rows do not touch each other."""
    inputs, outputs = set(signature.inputs), set(signature.outputs)
    strings = all(tensor.dtype == STRING for tensor in signature.inputs.values())
    if strings and inputs in ({"text"}, {"text", "pair"}):
        return outputs == {"label", "probability", "labels", "probabilities"}
    if strings and inputs == {"question", "context"}:
        return outputs >= {"answer", "start", "end", "score", "answers", "starts", "ends", "scores"}
    return {"token_ids", "padding_mask"} <= inputs <= {"token_ids", "padding_mask", "segment_ids"}


def merged(requests: Sequence[Request]) -> Tensors:
    """Returns the arrays of a batch, one request after the other."""
    if len(requests) == 1:
        return requests[0].inputs
    return {name: np.concatenate([request.inputs[name] for request in requests]) for name in requests[0].inputs}


def shares(requests: Sequence[Request], outputs: Mapping[str, np.ndarray]) -> list[dict[str, np.ndarray]] | None:
    """Returns the outputs of each request of a batch; `None` if an output cannot be cut into their rows."""
    if len(requests) == 1:
        return [{name: outputs[name] for name in requests[0].outputs}]
    rows = sum(request.rows for request in requests)
    if any(not array.ndim or array.shape[0] != rows for array in outputs.values()):
        return None
    found, start = [], 0
    for request in requests:
        end = start + request.rows
        found.append({name: outputs[name][start:end] for name in request.outputs})
        start = end
    return found
