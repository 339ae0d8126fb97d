"""The child process: loads and runs a SavedModel through TensorFlow's C API, as a C++ server does.

Run as a script, with nothing but the standard library: never TensorFlow's Python, never this package. The job is one
JSON object on stdin. The answers are JSON objects on stdout, one a line, flushed at once so that a crash loses none
before it: first the runtime's version and ops, then whether the export loads, then one for each request.
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

# By its bare name: a script finds its neighbours in its own folder, and the package is not to be imported here.
from c_library import CallError, Library, Place, Pointer, Tensor


class LoadedModel:
    """A SavedModel that the C API's own loader has loaded.

    Args:
        library: The C library.
        folder: The version folder.
    """

    def __init__(self, library: Library, folder: str) -> None:
        self.library, self.graph = library, library("TF_NewGraph")
        options, tags = library("TF_NewSessionOptions"), (ctypes.c_char_p * 1)(b"serve")
        # The MetaGraphDef is not asked for: the parent has parsed it.
        self.session = library.checked(
            "TF_LoadSessionFromSavedModel", options, None, os.fsencode(folder), tags, 1, self.graph, None
        )

    def place(self, name: str) -> Place:
        """Finds a tensor by its name in the graph, such as `StatefulPartitionedCall:0`."""
        operation, _, index = name.rpartition(":")
        found = self.library("TF_GraphOperationByName", self.graph, operation.encode())
        if not found:
            raise CallError(f"NOT_FOUND: the graph has no operation {operation}")
        return Place(found, int(index))

    def run(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Answers one request with the tensors it asks for, in its order."""
        feeds, fetches = (
            (Place * len(names))(*map(self.place, names)) for names in (request["feeds"], request["fetches"])
        )

        def call(values: Any, results: Any) -> None:
            ends = (feeds, values, len(feeds), fetches, results, len(fetches))
            self.library.checked("TF_SessionRun", self.session, None, *ends, None, 0, None)

        return exchange(self.library, request, call)


class GraphSession:
    """A session made of the graph alone, its variables restored by hand: the steps of the C++ loader.

    The C API's loader also imports the graph into a `TF_Graph`, and fails there if any function holds an op that is not
    registered, even one that no call reaches. The C++ loader, which is TensorFlow Serving's, does not.

    Args:
        library: The C library.
        graph: The serialized GraphDef, and the requests that restore and initialize.
    """

    def __init__(self, library: Library, graph: dict[str, Any]) -> None:
        self.library = library
        self.session = library.checked("TF_NewDeprecatedSession", library("TF_NewSessionOptions"))
        definition = base64.b64decode(graph["definition"])
        library.checked("TF_ExtendGraph", self.session, definition, len(definition))
        for request in graph["steps"]:
            self.run(request)

    def run(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """Answers one request with the tensors it asks for, in its order."""
        lists = [request["feeds"], request["fetches"], request.get("targets", [])]
        feeds, fetches, targets = (
            (ctypes.c_char_p * len(names))(*[name.encode() for name in names]) for names in lists
        )

        def call(values: Any, results: Any) -> None:
            ends = (feeds, values, len(feeds), fetches, results, len(fetches), targets, len(targets))
            self.library.checked("TF_Run", self.session, None, *ends, None)

        return exchange(self.library, request, call)


def exchange(library: Library, request: dict[str, Any], call: Callable[[Any, Any], None]) -> list[dict[str, Any]]:
    """Makes the tensors of a request, calls, and reads what came back; all tensors are freed."""
    owned = [Tensor.encode(library, value) for value in request["feeds"].values()]
    results = (Pointer * len(request["fetches"]))()
    try:
        call((Pointer * len(owned))(*[tensor.handle for tensor in owned]), results)
        # Before the feeds, whose strings an output may share: outputs are read and freed first.
        owned = [Tensor(library, result) for result in results] + owned
        return [tensor.decode() for tensor in owned[: len(results)]]
    finally:
        for tensor in owned:
            tensor.free()


def answer(work: Callable[[], Any]) -> dict[str, Any]:
    """The answer to one piece of work: its result or TensorFlow's error, and the seconds it took."""
    start = time.perf_counter()
    try:
        reply = {"result": work()}
    except CallError as error:
        reply = {"error": str(error)}
    return reply | {"seconds": time.perf_counter() - start}


def main(job: dict[str, Any], answers: TextIO) -> None:
    """Does one job."""

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
    # What C++ prints to stdout must not come between the answers.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    main(json.load(sys.stdin), replies)
    replies.flush()
    # Past the destructors of TensorFlow's globals: a server does not reach them, and a crash there says nothing about
    # the export.
    os._exit(0)
