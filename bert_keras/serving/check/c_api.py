"""The child process of the check: loads and runs a SavedModel through TensorFlow's C API, as a C++ server does.

It runs as a script on the standard library alone: never TensorFlow's Python, never this package. The job is one JSON
object on stdin. The answers are JSON objects on stdout, one per line, each flushed at once so that a crash loses none
before it: first the runtime's version and ops, then whether the export loads, then one answer per request.
"""

import base64
import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TextIO

# Imported by its bare name: a script finds the modules of its own folder, and must not import the package.
from c_library import CallError, Library, Place, Pointer, Tensor


class LoadedModel:
    """A SavedModel loaded by the C API's own loader.

    Args:
        library: The C library.
        folder: The version folder.
    """

    def __init__(self, library: Library, folder: str) -> None:
        self.library, self.graph = library, library("TF_NewGraph")
        options, tags = library("TF_NewSessionOptions"), (ctypes.c_char_p * 1)(b"serve")
        # The MetaGraphDef is not requested: the parent has parsed it.
        self.session = library.checked(
            "TF_LoadSessionFromSavedModel", options, None, os.fsencode(folder), tags, 1, self.graph, None
        )

    def place(self, name: str) -> Place:
        """Returns the output of a tensor's name in the graph, such as `StatefulPartitionedCall:0`."""
        operation, _, index = name.rpartition(":")
        found = self.library("TF_GraphOperationByName", self.graph, operation.encode())
        if not found:
            raise CallError(f"NOT_FOUND: the graph has no operation {operation}")
        return Place(found, int(index))

    def run(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Runs one request, and returns its fetched tensors in order."""
        feeds, fetches = (
            (Place * len(names))(*map(self.place, names)) for names in (request["feeds"], request["fetches"])
        )

        def call(values: Any, results: Any) -> None:
            ends = (feeds, values, len(feeds), fetches, results, len(fetches))
            self.library.checked("TF_SessionRun", self.session, None, *ends, None, 0, None)

        return exchange(self.library, request, call)


class GraphSession:
    """A session made from the graph alone, with the variables restored step by step as the C++ loader does it.

    The C API's loader also imports the graph into a `TF_Graph`, and fails there if any function holds an op that is not
    registered, even one that no call reaches. The C++ loader, which TensorFlow Serving uses, does not.

    Args:
        library: The C library.
        graph: The serialized GraphDef, and the requests that restore and initialize the variables.
    """

    def __init__(self, library: Library, graph: dict[str, Any]) -> None:
        self.library = library
        self.session = library.checked("TF_NewDeprecatedSession", library("TF_NewSessionOptions"))
        definition = base64.b64decode(graph["definition"])
        library.checked("TF_ExtendGraph", self.session, definition, len(definition))
        for request in graph["steps"]:
            self.run(request)

    def run(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Runs one request, and returns its fetched tensors in order."""
        lists = [request["feeds"], request["fetches"], request.get("targets", [])]
        feeds, fetches, targets = (
            (ctypes.c_char_p * len(names))(*[name.encode() for name in names]) for names in lists
        )

        def call(values: Any, results: Any) -> None:
            ends = (feeds, values, len(feeds), fetches, results, len(fetches), targets, len(targets))
            self.library.checked("TF_Run", self.session, None, *ends, None)

        return exchange(self.library, request, call)


def exchange(library: Library, request: dict[str, Any], call: Callable[[Any, Any], None]) -> list[dict[str, Any]]:
    """Makes a request's tensors, calls the library, and returns the results as JSON objects; frees all tensors."""
    owned = [Tensor.encode(library, value) for value in request["feeds"].values()]
    results = (Pointer * len(request["fetches"]))()
    try:
        call((Pointer * len(owned))(*[tensor.handle for tensor in owned]), results)
        # An output may share the strings of a feed, so outputs are read and freed before the feeds.
        owned = [Tensor(library, result) for result in results] + owned
        return [tensor.decode() for tensor in owned[: len(results)]]
    finally:
        for tensor in owned:
            tensor.free()


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
    handles = [library.checked("TF_LoadLibrary", os.fsencode(file)) for file in job["text_libraries"]]
    tell(
        {
            "version": library("TF_Version").decode(),
            "core_ops": core_ops,
            "all_ops": library.ops() if handles else core_ops,
        }
    )
    sessions: list[LoadedModel | GraphSession] = []

    def load() -> None:
        graph = job["graph"]
        sessions.append(GraphSession(library, graph) if graph else LoadedModel(library, job["folder"]))

    tell(answer(load))
    for request in job["requests"] if sessions else []:
        tell(answer(partial(sessions[0].run, request)))


if __name__ == "__main__":
    # Whatever C++ prints to stdout must not mix with the answers.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(json.load(sys.stdin), replies)
    replies.flush()
    # Skips the destructors of TensorFlow's globals: a server does not reach them, and a crash there says nothing about
    # the export.
    os._exit(0)
