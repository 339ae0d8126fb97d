"""Sessions of a SavedModel through TensorFlow's C API; a module of the child processes of this folder."""

import ctypes
import os
from collections.abc import Callable, Sequence
from typing import Any

# Imported by their bare names: a script finds the modules of its own folder, and must not import the package.
from c_library import CallError, Library, Place, Pointer
from c_tensor import Tensor
from frames import RawTensor


class LoadedModel:
    """A SavedModel loaded by the C API's own loader; it may run in several threads at once.

    Args:
        library: The C library.
        folder: The version folder.
        config: A serialized ConfigProto; empty for TensorFlow's defaults.
        run_options: A serialized RunOptions; empty for TensorFlow's defaults.
    """

    def __init__(self, library: Library, folder: str, config: bytes = b"", run_options: bytes = b"") -> None:
        self.library, self.graph = library, library("TF_NewGraph")
        options, tags = library("TF_NewSessionOptions"), (ctypes.c_char_p * 1)(b"serve")
        if config:
            library.checked("TF_SetConfig", options, config, len(config))
        # The MetaGraphDef is not requested: the parent has parsed it.
        self.session = library.checked(
            "TF_LoadSessionFromSavedModel", options, None, os.fsencode(folder), tags, 1, self.graph, None
        )
        self.places: dict[str, Place] = {}
        self.run_options = library("TF_NewBufferFromString", run_options, len(run_options)) if run_options else None

    def place(self, name: str) -> Place:
        """Returns the output of a tensor's name in the graph, such as `StatefulPartitionedCall:0`."""
        if name not in self.places:
            operation, _, index = name.rpartition(":")
            found = self.library("TF_GraphOperationByName", self.graph, operation.encode())
            if not found:
                raise CallError(5, f"the graph has no operation {operation}")
            self.places[name] = Place(found, int(index))
        return self.places[name]

    def run(
        self, feeds: dict[str, RawTensor], fetches: Sequence[str], wanted: Sequence[int] | None = None
    ) -> list[RawTensor]:
        """Runs the graph.

        Args:
            feeds: The tensors by the graph's names.
            fetches: The graph's names of the tensors to compute.
            wanted: The places in `fetches` of those to return; `None` means all.

        Returns:
            The tensors, in the order of `wanted`.
        """
        starts, ends = ((Place * len(names))(*map(self.place, names)) for names in (feeds, fetches))

        def call(values: Any, results: Any) -> None:
            tensors = (starts, values, len(starts), ends, results, len(ends))
            self.library.checked("TF_SessionRun", self.session, self.run_options, *tensors, None, 0, None)

        count = len(fetches)
        return _exchange(self.library, feeds, count, range(count) if wanted is None else wanted, call)


class GraphSession:
    """A session made from the graph alone, with the variables restored step by step as the C++ loader does it.

    The C API's loader also imports the graph into a `TF_Graph`, and fails there if any function holds an op that is not
    registered, even one that no call reaches. The C++ loader, which TensorFlow Serving uses, does not.

    Args:
        library: The C library.
        definition: The serialized GraphDef.
    """

    def __init__(self, library: Library, definition: bytes) -> None:
        self.library = library
        self.session = library.checked("TF_NewDeprecatedSession", library("TF_NewSessionOptions"))
        library.checked("TF_ExtendGraph", self.session, definition, len(definition))

    def run(self, feeds: dict[str, RawTensor], fetches: Sequence[str], targets: Sequence[str] = ()) -> list[RawTensor]:
        """Runs the graph, `targets` included, and returns the fetched tensors in order."""
        names, wanted, ends = (
            (ctypes.c_char_p * len(some))(*[name.encode() for name in some]) for some in (feeds, fetches, targets)
        )

        def call(values: Any, results: Any) -> None:
            places = (names, values, len(names), wanted, results, len(wanted), ends, len(ends))
            self.library.checked("TF_Run", self.session, None, *places, None)

        return _exchange(self.library, feeds, len(fetches), range(len(fetches)), call)


def _exchange(
    library: Library,
    feeds: dict[str, RawTensor],
    count: int,
    wanted: Sequence[int],
    call: Callable[[Any, Any], None],
) -> list[RawTensor]:
    """Makes the tensors to feed, calls the library for `count` results, and returns some; frees all tensors."""
    owned = [Tensor.make(library, raw) for raw in feeds.values()]
    results = (Pointer * count)()
    try:
        call((Pointer * len(owned))(*[tensor.handle for tensor in owned]), results)
        # An output may share the strings of a feed, so outputs are read and freed before the feeds.
        owned = [Tensor(library, result) for result in results] + owned
        return [owned[place].read() for place in wanted]
    finally:
        for tensor in owned:
            tensor.free()
