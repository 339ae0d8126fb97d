"""The graph scan: searches `saved_model.pb` for what TensorFlow Serving cannot run, without running anything."""

from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.framework import node_def_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from bert_keras.errors import ExportError
from bert_keras.serving.check.report import Verdict
from bert_keras.serving.versions import SAVED_MODEL

PYTHON_OPS = frozenset({"PyFunc", "EagerPyFunc", "PyFuncStateless"})
# TensorFlow Serving 2.12.0 to 2.19.1 link tensorflow-text 2.12.1 (tensorflow/serving #2267).
OPS_SERVING_LACKS = frozenset({"TFText>RoundRobinTrim"})


def read_saved_model(folder: Path) -> saved_model_pb2.SavedModel:
    """Parses the `saved_model.pb` of a version's folder.

    Raises:
        ExportError: The file is no SavedModel.
    """
    file = folder / SAVED_MODEL
    try:
        return saved_model_pb2.SavedModel.FromString(file.read_bytes())
    except DecodeError as error:
        raise ExportError(f"{file} is no SavedModel: {error}") from error


def serve_graphs(saved_model: saved_model_pb2.SavedModel) -> list[meta_graph_pb2.MetaGraphDef]:
    """Returns the MetaGraphs with the tag `serve`, which TensorFlow Serving loads; there should be one."""
    return [meta for meta in saved_model.meta_graphs if set(meta.meta_info_def.tags) == {"serve"}]


def nodes_of(meta: meta_graph_pb2.MetaGraphDef) -> Iterator[node_def_pb2.NodeDef]:
    """Yields all nodes of the graph and of its functions."""
    yield from meta.graph_def.node
    for function in meta.graph_def.library.function:
        yield from function.node_def


def kinds_of_op(meta: meta_graph_pb2.MetaGraphDef) -> tuple[str, ...]:
    """Returns the distinct ops, sorted; names of functions, which a node may call like an op, are left out."""
    functions = {function.signature.name for function in meta.graph_def.library.function}
    return tuple(sorted({node.op for node in nodes_of(meta)} - functions))


def compiled_places(meta: meta_graph_pb2.MetaGraphDef) -> list[str]:
    """Returns the names of nodes and functions that must be compiled by XLA (`jit_compile=True`)."""
    functions = [(f"function {function.signature.name}", function.attr) for function in meta.graph_def.library.function]
    nodes = [(f"node {node.name}", node.attr) for node in nodes_of(meta)]
    # Tested with `in`, since reading a missing key of a protobuf map creates it.
    return [name for name, attr in functions + nodes if "_XlaMustCompile" in attr and attr["_XlaMustCompile"].b]


def scan_graph(graphs: list[meta_graph_pb2.MetaGraphDef], registered: frozenset[str] | None) -> Verdict:
    """Searches the graph for everything that a C++ server cannot run.

    Args:
        graphs: The MetaGraphs with the tag `serve`.
        registered: The ops of TensorFlow's core and of tensorflow-text; `None` if the runtime could not list them.

    Returns:
        The faults, and the number of distinct ops as text.
    """
    if len(graphs) != 1:
        return [f"{len(graphs)} MetaGraphs with the tag serve, wanted 1"], ""
    kinds, compiled = set(kinds_of_op(graphs[0])), compiled_places(graphs[0])
    faults = [f"{op} runs Python" for op in sorted(kinds & PYTHON_OPS)]
    faults += [f"{op} needs XLA" for op in sorted(kinds) if op.lstrip("_").startswith("Xla")]
    faults += [f"{compiled[0]} must be compiled by XLA ({len(compiled)} places)"] if compiled else []
    faults += [f"{op} is missing from TF Serving up to 2.19.1" for op in sorted(kinds & OPS_SERVING_LACKS)]
    if registered is not None:
        faults += [f"{op} is an op of neither TensorFlow nor tensorflow-text" for op in sorted(kinds - registered)]
    return faults, f"{len(kinds)} kinds of op"
