"""Runs the signatures on token ids without tensorflow-text, which other signatures of the export need."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tensorflow.core.protobuf import meta_graph_pb2

from bert_keras.serving.c_runtime.runtime import Runtime
from bert_keras.serving.check.case import Case, Signature
from bert_keras.serving.check.child import ChildRun, run_cases
from bert_keras.serving.check.signatures import INIT_SIGNATURE
from bert_keras.serving.check.tensor_json import encode

ONLY_CPP = "in C++ loaders; those of the C API (Java, Go) and of Python want tensorflow-text"


def run_without_text(
    folder: Path,
    runtime: Runtime,
    meta: meta_graph_pb2.MetaGraphDef,
    signatures: dict[str, Signature],
    cases: Sequence[Case],
) -> tuple[ChildRun, str]:
    """Runs cases in a process that never loads the libraries of tensorflow-text.

    If another signature's functions hold ops of tensorflow-text, the C API's loader refuses the whole export, called or
    not. C++ loaders, such as those of TensorFlow Serving and Triton, accept it; in that case their steps are taken one
    by one.

    Args:
        folder: The version's folder.
        runtime: The libraries.
        meta: The MetaGraph with the tag `serve`.
        signatures: The export's signatures by name.
        cases: The calls.

    Returns:
        The answers, and the kinds of loaders that they hold for; empty for all loaders.
    """
    bare = replace(runtime, text_libraries=())
    run = run_cases(folder, bare, signatures, cases)
    if "Op type not registered" not in run.load.error:
        return run, ""
    return run_cases(folder, bare, signatures, cases, graph=_graph_steps(folder, meta)), ONLY_CPP


def _graph_steps(folder: Path, meta: meta_graph_pb2.MetaGraphDef) -> dict[str, Any]:
    """Returns the graph and the runs that restore and initialize it, as in tensorflow/cc/saved_model/loader.cc."""
    assets = {asset.tensor_info.name: _path(folder / "assets" / asset.filename) for asset in meta.asset_file_def}
    prefix = folder / "variables" / "variables"
    steps = []
    if prefix.with_suffix(".index").is_file():
        feeds = assets | {meta.saver_def.filename_tensor_name: _path(prefix)}
        steps.append({"feeds": feeds, "fetches": [], "targets": [meta.saver_def.restore_op_name]})
    if INIT_SIGNATURE in meta.signature_def:
        targets = [tensor.name for tensor in meta.signature_def[INIT_SIGNATURE].outputs.values()]
        steps.append({"feeds": assets, "fetches": [], "targets": targets})
    return {"definition": base64.b64encode(meta.graph_def.SerializeToString()).decode(), "steps": steps}


def _path(path: Path) -> dict[str, Any]:
    """Returns a path as a scalar string tensor."""
    return encode(np.array(str(path).encode(), dtype=object))
