"""Which signatures may be run for several requests at once, and be cut."""

from collections.abc import Iterable, Mapping

from bert_keras.serving.server.dtypes import STRING
from bert_keras.serving.server.protos import SignatureDef, TensorInfo


def mergeable_signatures(signatures: Mapping[str, SignatureDef], all_exports: bool) -> set[str]:
    """Returns the names of the signatures whose requests may be merged.

    Args:
        signatures: The signatures of an export by name.
        all_exports: Whether those of other exports than `bert_keras.serving.export` writes may be. Nothing in a file
            says that an output's row depends on nothing but the inputs' row; of our own exports it is known.

    Returns:
        The names.
    """
    if not all_exports and not any(_written_by_export(signature) for signature in signatures.values()):
        return set()
    return {name for name, signature in signatures.items() if _has_rows(signature)}


def _has_rows(signature: SignatureDef) -> bool:
    """Returns whether each input and output is a batch of rows whose size depends on no other row.

    An output such as `[batch, tokens]` of texts is padded to the longest text of the batch, so that a merged request's
    answer would have another shape. The tokens of merged matrices are equally many.
    """
    inputs, outputs = _shapes(signature.inputs.values()), _shapes(signature.outputs.values())
    if not inputs or any(shape is None or not shape or shape[0] != -1 for shape in inputs + outputs):
        return False
    matrices = all(len(shape) > 1 for shape in inputs if shape)
    return matrices or all(-1 not in shape[1:] for shape in outputs if shape)


def _shapes(tensors: Iterable[TensorInfo]) -> list[list[int] | None]:
    """Returns the sizes of each tensor's dimensions, -1 for any; `None` if not even their number is known."""
    shapes = [tensor.tensor_shape for tensor in tensors]
    return [None if shape.unknown_rank else [dim.size for dim in shape.dim] for shape in shapes]


def _written_by_export(signature: SignatureDef) -> bool:
    """Returns whether a signature is one by which an export of `bert_keras.serving.export` is known."""
    inputs, outputs = set(signature.inputs), set(signature.outputs)
    if {"token_ids", "padding_mask"} <= inputs <= {"token_ids", "padding_mask", "segment_ids"}:
        return outputs in (*_OF_CLASSIFIERS, {"start", "end"})
    if any(tensor.dtype != STRING for tensor in signature.inputs.values()):
        return False
    if inputs == {"question", "context"}:
        return outputs >= _SPANS
    return inputs in ({"text"}, {"text", "pair"}) and outputs in (*_OF_CLASSIFIERS, {"embedding", "tokens"})


# The outputs of one label, of several, and of a score.
_OF_CLASSIFIERS = (
    {"label", "labels", "probabilities", "probability"},
    {"chosen", "labels", "probabilities"},
    {"score", "tokens"},
)
_SPANS = {"answer", "start", "end", "score", "answers", "starts", "ends", "scores"}
