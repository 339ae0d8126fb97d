"""A request that waits for a worker, and how requests become a batch and a batch's outputs their answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bert_keras.serving.server.interface import Tensors

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
        signature, inputs, outputs, rows, max(_lengths(inputs)) if kind else 0, kind, loop.create_future(), loop.time()
    )


def _lengths(inputs: Tensors) -> list[int]:
    """Returns the length of each row, the sum over its inputs."""
    if all(array.dtype == object and array.ndim == 1 for array in inputs.values()):
        return [sum(map(len, row)) for row in zip(*inputs.values(), strict=True)]
    first = next(iter(inputs.values()))
    return [sum(array.size // array.shape[0] for array in inputs.values())] * first.shape[0]


def merged(requests: Sequence[Request]) -> Tensors:
    """Returns the arrays of a batch, one request after the other."""
    if len(requests) == 1:
        return requests[0].inputs
    return {name: np.concatenate([request.inputs[name] for request in requests]) for name in requests[0].inputs}


def shares(requests: Sequence[Request], outputs: Mapping[str, np.ndarray]) -> list[dict[str, np.ndarray]] | None:
    """Returns the outputs of each request of a batch; `None` if an output cannot be cut into their rows."""
    if len(requests) == 1:
        return [{name: outputs[name] for name in requests[0].outputs}]
    if not have_rows(outputs, sum(request.rows for request in requests)):
        return None
    found, start = [], 0
    for request in requests:
        end = start + request.rows
        found.append({name: outputs[name][start:end] for name in request.outputs})
        start = end
    return found


def have_rows(outputs: Mapping[str, np.ndarray], rows: int) -> bool:
    """Returns whether each output has that many rows."""
    return all(array.ndim and array.shape[0] == rows for array in outputs.values())


def parts_by_length(request: Request, rows: int) -> tuple[np.ndarray, list[Request]]:
    """Cuts a request into parts of rows of similar length.

    Args:
        request: The request.
        rows: The most rows of a part.

    Returns:
        The places of the rows in the parts' order, and the parts.
    """
    order = np.argsort(_lengths(request.inputs), kind="stable")
    places = [order[at : at + rows] for at in range(0, len(order), rows)]
    cut = [{name: array[some] for name, array in request.inputs.items()} for some in places]
    return order, [new_request(request.signature, part, request.outputs, True) for part in cut]


def joined(order: np.ndarray, parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Returns the outputs of parts as those of the whole request, in the order of its rows."""
    back = np.argsort(order)
    return {name: np.concatenate([part[name] for part in parts])[back] for name in parts[0]}
