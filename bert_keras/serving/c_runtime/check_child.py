"""The child process of the check: loads and runs a SavedModel through TensorFlow's C API, as a C++ server does.

It runs as a script on the standard library alone: never TensorFlow's Python, never this package. The job is one JSON
object on stdin. The answers are JSON objects on stdout, one per line, each flushed at once so that a crash loses none
before it: first the runtime's version and ops, then whether the export loads, then one answer per request.
"""

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO

# Imported by their bare names: a script finds the modules of its own folder, and must not import the package.
from c_library import CallError, Library
from c_sessions import GraphSession, LoadedModel
from frames import STRING, RawTensor


def from_json(value: dict[str, Any]) -> RawTensor:
    """Returns the tensor of a JSON object."""
    strings = [base64.b64decode(row) for row in value.get("strings", [])]
    data = base64.b64decode(value.get("data", ""))
    return value["dtype"], value["shape"], strings if value["dtype"] == STRING else data


def to_json(tensor: RawTensor) -> dict[str, Any]:
    """Returns a tensor as a JSON object."""
    dtype, shape, data = tensor
    head = {"dtype": dtype, "shape": shape}
    if isinstance(data, bytes):
        return head | {"data": base64.b64encode(data).decode()}
    return head | {"strings": [base64.b64encode(row).decode() for row in data]}


def load(library: Library, job: dict[str, Any]) -> LoadedModel | GraphSession:
    """Loads the export, or makes a session of its graph and runs the steps that restore and initialize it."""
    if not job["graph"]:
        return LoadedModel(library, job["folder"])
    session = GraphSession(library, base64.b64decode(job["graph"]["definition"]))
    for step in job["graph"]["steps"]:
        session.run({name: from_json(value) for name, value in step["feeds"].items()}, [], step["targets"])
    return session


def run(session: LoadedModel | GraphSession, request: dict[str, Any]) -> list[dict[str, Any]]:
    """Runs one request, and returns its fetched tensors in order."""
    feeds = {name: from_json(value) for name, value in request["feeds"].items()}
    return [to_json(tensor) for tensor in session.run(feeds, request["fetches"])]


def answer(work: Callable[[], Any]) -> dict[str, Any]:
    """Returns the result of a call, or TensorFlow's error, with the seconds that it took."""
    start = time.perf_counter()
    try:
        reply = {"result": work()}
    except CallError as error:
        reply = {"error": str(error)}
    return reply | {"seconds": time.perf_counter() - start}


def main(job: dict[str, Any], answers: TextIO) -> None:
    """Runs one job, and writes its answers."""

    def tell(reply: dict[str, Any]) -> None:
        answers.write(json.dumps(reply) + "\n")
        answers.flush()

    library = Library(job["libraries"])
    core_ops = library.ops()
    all_ops = library.ops() if library.load_ops(job["text_libraries"]) else core_ops
    tell({"version": library("TF_Version").decode(), "core_ops": core_ops, "all_ops": all_ops})
    sessions: list[LoadedModel | GraphSession] = []
    tell(answer(lambda: sessions.append(load(library, job))))
    for request in job["requests"] if sessions else []:
        tell(answer(partial(run, sessions[0], request)))


if __name__ == "__main__":
    # Whatever C++ prints to stdout must not mix with the answers.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(json.load(sys.stdin), replies)
    replies.flush()
    # Skips the destructors of TensorFlow's globals: a server does not reach them, and a crash there says nothing about
    # the export.
    os._exit(0)
