"""Worker of this project for labels, predicted as `bert-keras predict` does, and for the memory of a stream."""

import argparse
import time
from pathlib import Path
from typing import Any

from peers.process_memory import watched_memory
from peers.protocol import Requests

from bert_keras.runtime.tensorflow_import import import_tensorflow


def main() -> None:
    """Loads a model, and answers requests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a preset")
    parser.add_argument("--table", required=True, type=Path)
    parser.add_argument("--precision", default="auto", choices=("auto", "float32", "bfloat16"))
    flags = parser.parse_args()
    requests, begun = Requests(), time.perf_counter()
    import_tensorflow()
    from bert_keras import TextClassifier, data
    from bert_keras.training.precision import choose_precision

    precision = choose_precision(flags.precision)
    classifier = TextClassifier.from_preset(flags.model, dtype=precision.policy)
    facts = {"precision": precision.why, "loading": time.perf_counter() - begun}
    rows = data.Source(str(flags.table))
    texts: list[str] = []

    def classify(first: int, last: int) -> dict[str, Any]:
        texts[:] = texts or (row.text for row in rows)
        begun = time.perf_counter()
        answers = classifier.classify(texts[first:last])
        seconds = time.perf_counter() - begun
        return {"seconds": seconds, "labels": [classifier.labels.index(answer.label) for answer in answers]}

    def stream(count: int) -> dict[str, Any]:
        found, begun = 0, time.perf_counter()
        some = (row.text for _, row in zip(range(count), rows, strict=False))
        with watched_memory() as peak:
            for found, _ in enumerate(classifier.classify_stream(some), 1):
                if found == 1:
                    first = time.perf_counter() - begun
        return {"rows": found, "first": first, "seconds": peak["seconds"], "anonymous": peak["anonymous"]}

    requests.serve({"facts": lambda: facts, "classify": classify, "stream": stream})


if __name__ == "__main__":
    main()
