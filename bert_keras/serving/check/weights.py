"""The check that every weight is stored once: no float tensor is in the checkpoint twice."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from bert_keras.serving.check.graph import nodes_of, read_saved_model, serve_graphs
from bert_keras.serving.check.report import Verdict

SMALL = 1000
"""The size in elements up to which tensors, such as biases, may be equal by chance."""
BOOKKEEPING = ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter")


def check_weights(folder: Path) -> Verdict:
    """Searches the checkpoint for float tensors that it holds more than once.

    Args:
        folder: The version's folder.

    Returns:
        The faults, and the number of floats as text.
    """
    prefix = folder / "variables" / "variables"
    graphs = serve_graphs(read_saved_model(folder))
    of_graph = sum(weight.size for graph in graphs for weight in constants(graph) if weight.size > SMALL)
    told = [f"{of_graph:,} floats in the graph"] if of_graph else []
    if not prefix.with_suffix(".index").is_file():
        return [], "; ".join(["no variables", *told])
    try:
        floats = _float_tensors(prefix)
        faults, detail = _find_twins(floats, prefix) if floats or not told else ([], "")
        return faults, "; ".join([*filter(None, [detail]), *told])
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        return [f"the checkpoint cannot be read: {str(error)[:200]}"], ""


def constants(meta: meta_graph_pb2.MetaGraphDef) -> Iterator[np.ndarray]:
    """Yields the float constants of a graph and of its functions."""
    for node in nodes_of(meta):
        if node.op == "Const" and tf.as_dtype(node.attr["dtype"].type).is_floating:
            yield tf.make_ndarray(node.attr["value"].tensor)


def _float_tensors(prefix: Path) -> dict[str, tuple[int, ...]]:
    """Returns the shapes of all float tensors by name."""
    types = tf.train.load_checkpoint(str(prefix)).get_variable_to_dtype_map()
    shapes = tf.train.list_variables(str(prefix))
    named = {name: tuple(shape) for name, shape in shapes if not any(part in name for part in BOOKKEEPING)}
    return {name: shape for name, shape in sorted(named.items()) if types[name].is_floating}


def _find_twins(floats: dict[str, tuple[int, ...]], prefix: Path) -> Verdict:
    """Compares the tensors' contents, with one tensor in memory at a time."""
    reader = tf.train.load_checkpoint(str(prefix))
    seen: dict[tuple[tuple[int, ...], str], str] = {}
    faults = []
    for name, shape in floats.items():
        if np.prod(shape, dtype=np.int64) <= SMALL:
            continue
        values = np.ascontiguousarray(reader.get_tensor(name))
        # Constant tensors are skipped: biases and scales start as zeros and ones, and are equal without being shared.
        if (values == values.flat[0]).all():
            continue
        key = (shape, hashlib.sha256(values.tobytes()).hexdigest())
        if key in seen:
            faults.append(f"{name} and {seen[key]} hold the same {list(shape)}")
        seen.setdefault(key, name)
    total = sum(int(np.prod(shape, dtype=np.int64)) for shape in floats.values())
    return faults, f"{total:,} floats in {len(floats)} tensors"
