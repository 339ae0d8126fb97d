"""Measures which attribution method tells best what masking each word really does, so that it can be the default.

For each text that a classifier gets wrong, surest mistakes first, every word is masked in turn, and the fall of the
predicted label's logit is ranked beside the attributions. Signed methods are compared with the signed fall, others with
its magnitude; the second column compares all with the signed fall.
"""

import argparse
import csv
import math
import statistics
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

REVIEWS = Path(__file__).parents[1] / "pipelines" / "samples" / "reviews" / "dev.tsv"


def main() -> int:
    """Measures, prints a table, and returns the exit status: 1 if the default is not the best by mean."""
    flags = _parse()
    import_tensorflow()
    import bert_keras
    from bert_keras.insight.attribution import best_method

    model = bert_keras.TextClassifier.from_preset(flags.model)
    rows = _mistakes(model, flags.table, flags.limit)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in flags.methods}
    for text in rows:
        for name, pair in _correlations(model, text, flags.methods).items():
            found[name].append(pair)
    means = {name: [_mean(pair[side] for pair in of) for side in (0, 1)] for name, of in found.items()}
    table = Table("method", "as compared", "signed fall", "texts", title=f"rank correlation, {len(rows)} mistakes")
    for name, (own, signed) in sorted(means.items(), key=lambda item: -item[1][0]):
        table.add_row(name, f"{own:.2f}", f"{signed:.2f}", str(sum(not math.isnan(pair[0]) for pair in found[name])))
    Console().print(table)
    usual = best_method([name for name in flags.methods if name != "shapley"])
    return int(any(of[0] > means[str(usual)][0] for name, of in means.items() if name != "shapley"))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="runs/demo/model")
    parser.add_argument(
        "--table", type=Path, default=REVIEWS, help="tab-separated, with text and label or sentence and label"
    )
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--methods", nargs="+", default=["raw", "rollout", "gradient", "norm", "integrated_gradients"])
    return parser.parse_args()


def _mistakes(model: Any, table: Path, limit: int) -> list[str]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = [row.get("text") or row["sentence"] for row in rows]
    truth = [row["label"] if row["label"] in model.labels else model.labels[int(row["label"])] for row in rows]
    answers = zip(texts, truth, model.classify(texts), strict=True)
    wrong = [(answer.probability, text) for text, true, answer in answers if answer.label != true]
    return [text for _, text in sorted(wrong, reverse=True)[:limit]]


def _correlations(model: Any, text: str, methods: list[str]) -> dict[str, tuple[float, float]]:
    from bert_keras import insight

    seen = insight.attention(model, text)
    target = insight.target_of(seen)
    masked = insight.masked_predictions(seen)
    drops = masked.drops(target)
    found = {}
    for name, made in insight.attributions(seen, target, methods).items():
        pair = [
            float(insight.masking_correlation(made.values, seen.tokens, masked.words, drops, signed)[-1])
            for signed in (made.signed, True)
        ]
        found[name] = (pair[0], pair[1])
    return found


def _mean(values: Any) -> float:
    known = [value for value in values if not math.isnan(value)]
    return statistics.mean(known) if known else math.nan


if __name__ == "__main__":
    sys.exit(main())
