"""The common part of the workers that compute vectors of texts."""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from peers.protocol import Requests

Encode = Callable[[list[str]], np.ndarray]


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """Returns a parser of the options that all these workers have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", required=True, type=Path, help="a folder of sentence-transformers")
    parser.add_argument("--table", required=True, type=Path)
    return parser


def serve(requests: Requests, table: Path, prepare: Callable[[list[str], Sequence[int]], tuple[str, Encode]]) -> None:
    """Answers the requests `prepare`, with the batch sizes to try, and `vectors`.

    Args:
        requests: The worker's end of the protocol.
        table: The table with the texts.
        prepare: A function from texts and batch sizes to a description of the way, and a function from texts to vectors
            `[texts, dimension]`.
    """
    texts = [line.split("\t")[0] for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    way: list[Encode] = []

    def ready(sizes: Sequence[int]) -> dict[str, Any]:
        how, encode = prepare(texts[:512], sizes)
        way[:] = [encode]
        encode(texts)  # not counted: the first pass of each shape is slow
        return {"how": how}

    def vectors() -> dict[str, Any]:
        begun = time.perf_counter()
        found = way[0](texts)
        seconds = time.perf_counter() - begun
        with tempfile.NamedTemporaryFile(suffix=".npy", delete=False) as file:
            np.save(file, found)
        return {"seconds": seconds, "vectors": file.name}

    requests.serve({"prepare": ready, "vectors": vectors})


def fastest(ways: dict[str, Encode], texts: list[str]) -> str:
    """Returns the name of the way that takes the least time, measured twice after a pass that warms up."""

    def seconds(encode: Encode) -> float:
        begun = time.perf_counter()
        encode(texts)
        return time.perf_counter() - begun

    times = {name: min([seconds(encode) for _ in range(3)][1:]) for name, encode in ways.items()}
    return min(times, key=lambda name: times[name])
