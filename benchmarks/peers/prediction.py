"""The common part of the workers that label texts: they label slices of a table in one of their ways."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from peers.protocol import Requests
from peers.token_rows import read_table, tokenizer_of

Classify = Callable[[list[str]], np.ndarray]


def serve(prepare: Callable[..., Classify]) -> None:
    """Answers the requests `prepare`, with the options of a way, and `classify`, with the first and last row.

    Args:
        prepare: A function from the model's folder, the tokenizer and the options to a function from texts to label
            indices `[rows]`.
    """
    requests = Requests()
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", required=True, type=Path, help="a Hugging Face folder")
    parser.add_argument("--table", required=True, type=Path)
    flags = parser.parse_args()
    texts, _ = read_table(flags.table)
    tokenizer = tokenizer_of(flags.model, 256)
    way: list[Classify] = []

    def ready(**options: Any) -> dict[str, Any]:
        way[:] = [prepare(flags.model, tokenizer, **options)]
        return {}

    def classify(first: int, last: int) -> dict[str, Any]:
        begun = time.perf_counter()
        labels = way[0](texts[first:last])
        return {"seconds": time.perf_counter() - begun, "labels": labels.tolist()}

    requests.serve({"prepare": ready, "classify": classify})


def batches_by_length(lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Returns the row indices of each batch, rows of similar length together, longest first."""
    order = np.argsort(-lengths, kind="stable")
    return [order[first : first + batch_size] for first in range(0, len(order), batch_size)]
