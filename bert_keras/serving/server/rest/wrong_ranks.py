"""Requests with several tensors of a wrong number of dimensions: the message tells of the first one, each time."""

import numpy as np

from bert_keras.serving.server.interface import Tensors
from bert_keras.serving.server.protos import SignatureDef, TensorInfo


def wrong_ranks(tensors: Tensors, signature: SignatureDef) -> list[str]:
    """Returns the names of the inputs that have another number of dimensions than the signature says.

    Args:
        tensors: The tensors by name.
        signature: The signature.
    """
    return [name for name in sorted(tensors) if not _fits(tensors[name], signature.inputs[name])]


def with_first_only(tensors: Tensors, wrong: list[str], signature: SignatureDef) -> Tensors:
    """Returns the tensors with others, of the right rank, in place of all wrong ones but the first.

    The graph refuses the first one in its own words; of several it would refuse any, by chance. What it answers to
    these tensors is no answer to the request.

    Args:
        tensors: The tensors by name.
        wrong: The names of the wrong ones.
        signature: The signature.
    """
    first = tensors[wrong[0]]
    rows = len(first) if first.ndim else 1
    replaced = dict(tensors)
    for name in wrong[1:]:
        rank = len(signature.inputs[name].tensor_shape.dim)
        replaced[name] = np.zeros((rows, *(1,) * (rank - 1))[:rank], tensors[name].dtype)
        if replaced[name].dtype == object:
            replaced[name].fill(b"")
    return replaced


def _fits(tensor: np.ndarray, info: TensorInfo) -> bool:
    shape = info.tensor_shape
    return shape.unknown_rank or len(shape.dim) == tensor.ndim
