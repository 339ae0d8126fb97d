"""The rules for signatures, without which requests in rows, batching or JSON fail."""

import tensorflow as tf
from tensorflow.core.framework import tensor_shape_pb2
from tensorflow.core.protobuf import meta_graph_pb2

from bert_keras.serving.check.report import Verdict

INIT_SIGNATURE = "__saved_model_init_op"
INTEGERS = (tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64)
# Half, bfloat16 and complex numbers cannot be written as JSON; doubles only make the answers longer.
JSON_TYPES = frozenset({tf.float32, tf.string, tf.bool, *INTEGERS})


def served_signatures(meta: meta_graph_pb2.MetaGraphDef) -> dict[str, meta_graph_pb2.SignatureDef]:
    """Returns the signatures that a client can call, by name, `serving_default` first."""
    names = sorted(set(meta.signature_def) - {INIT_SIGNATURE}, key=lambda name: (name != "serving_default", name))
    return {name: meta.signature_def[name] for name in names}


def check_signature(signature: meta_graph_pb2.SignatureDef) -> Verdict:
    """Checks one signature against the rules.

    Returns:
        The faults, and the numbers of inputs and outputs as text.
    """
    faults = []
    for side, tensors in (("input", signature.inputs), ("output", signature.outputs)):
        for name in sorted(tensors):
            faults += [f"{side} {name} {fault}" for fault in _tensor_faults(tensors[name])]
    if len(signature.outputs) < 2:
        faults.append("fewer than two outputs: the JSON of a single one has no names")
    faults += [
        f"output {name} would be base64 in JSON" for name in sorted(signature.outputs) if name.endswith("_bytes")
    ]
    return faults, f"{len(signature.inputs)} in, {len(signature.outputs)} out: {', '.join(sorted(signature.outputs))}"


def _tensor_faults(tensor: meta_graph_pb2.TensorInfo) -> list[str]:
    """Returns the faults of one input or output, worded to follow its name."""
    if tensor.WhichOneof("encoding") != "name":
        return ["is sparse or ragged: wanted a dense tensor"]
    faults = []
    shape = tensor.tensor_shape
    if shape.unknown_rank or not shape.dim or shape.dim[0].size != -1:
        faults.append(f"has shape {_shape_text(shape)}: dimension 0 must be the batch, of any size")
    dtype = tf.as_dtype(tensor.dtype)
    if dtype not in JSON_TYPES:
        faults.append(f"is {dtype.name}: wanted float32, an integer, a string or bool")
    return faults


def _shape_text(shape: tensor_shape_pb2.TensorShapeProto) -> str:
    """Returns a shape as text, such as `[?, 8]`."""
    if shape.unknown_rank:
        return "of unknown rank"
    return f"[{', '.join('?' if dimension.size == -1 else str(dimension.size) for dimension in shape.dim)}]"
