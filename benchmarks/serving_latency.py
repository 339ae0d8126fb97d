"""Measures the latency of an exported span extractor, beside the bare model's forward pass on the same tokens.

One question about a paragraph of 200 words at a time, in turns: the export on strings; the export's signature on token
ids; the model in Keras on prepared inputs without padding. The first does what the others leave out: tokenizing,
windows, decoding, and the way back to the text.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

DOCUMENT = Path(__file__).parents[1] / "pipelines" / "samples" / "questions" / "harbour.txt"
QUESTION = "Who had the breakwater built, and when was it begun?"
WORDS = 200
EXPORT, TOKENS, BARE = "the export, from strings", "the export, from token ids", "the bare model"
MOST = 1.2


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if the export takes over 1.2 times the model's time."""
    flags = parse()
    import_tensorflow()
    ways, tokens = ways_to_answer(flags.preset)
    for way in ways.values():
        timed(way, 20)
    turns = [{name: timed(way, 1) for name, way in ways.items()} for _ in range(flags.turns)]
    Console().print(table_of(turns, tokens))
    return int(ratio(turns, EXPORT) > MOST)


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", help="of the reader; without it the default weights, with a fresh head")
    parser.add_argument("--turns", type=int, default=300, help="default %(default)s")
    return parser.parse_args()


def ways_to_answer(preset: str | None) -> tuple[dict[str, Callable[[], Any]], int]:
    """Prepares the calls to measure.

    Args:
        preset: The preset of the reader; `None` means the default weights with a new head.

    Returns:
        A function for each way by name, and the number of tokens that the model reads.
    """
    import tensorflow as tf

    from bert_keras import SpanExtractor, checkpoints, serving

    extractor = SpanExtractor.from_preset(preset or checkpoints.DEFAULT_PRESET, new_head=preset is None)
    with tempfile.TemporaryDirectory() as folder:
        loaded = tf.saved_model.load(str(serving.export(extractor, Path(folder, "reader"))))
    strings, tokens = (loaded.signatures[name] for name in ("serving_default", "token_ids"))
    question, context = (
        tf.constant([QUESTION]),
        tf.constant([" ".join(DOCUMENT.read_text(encoding="utf-8").split()[:WORDS])]),
    )
    inputs = unpadded(extractor, question, context)
    ways = {
        EXPORT: lambda: strings(question=question, context=context)["answer"].numpy(),
        TOKENS: lambda: tokens(**inputs)["start"].numpy(),
        BARE: lambda: extractor.logits(inputs)["start"].numpy(),
    }
    return ways, int(inputs["token_ids"].shape[1])


def unpadded(extractor: Any, question: Any, context: Any) -> dict[str, Any]:
    """Returns the inputs of a model for one window, without padding."""
    import tensorflow as tf

    documents = extractor.preprocessor.documents(question, context)
    ids, segments = (rows.to_tensor() for rows in extractor.preprocessor.pack(documents, documents.windows))
    return {"token_ids": ids, "segment_ids": segments, "padding_mask": tf.ones_like(ids)}


def timed(way: Callable[[], Any], times: int) -> float:
    """Returns the seconds of some calls."""
    begun = time.perf_counter()
    for _ in range(times):
        way()
    return time.perf_counter() - begun


def ratio(turns: list[dict[str, float]], name: str) -> float:
    """Returns the median over the turns of a way's time divided by the bare model's."""
    return statistics.median(turn[name] / turn[BARE] for turn in turns)


def table_of(turns: list[dict[str, float]], tokens: int) -> Table:
    """Returns a table with a line per way."""
    table = Table(
        "",
        "median, ms",
        "fastest, ms",
        "times the bare model",
        title=f"one window of {tokens} tokens, {len(turns)} turns",
    )
    for name in turns[0]:
        seconds = [turn[name] for turn in turns]
        figures = (f"{number * 1000:.2f}" for number in (statistics.median(seconds), min(seconds)))
        table.add_row(name, *figures, f"{ratio(turns, name):.3f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
