"""Scores a reader on sets of questions as it is shipped: with its own threshold and its own scores.

    python benchmarks/reader_scores.py minilm_l6_en_squad2 DATA/squad/dev-v2.0.json DATA/covidqa/covidqa.json

For each set: F1 and exact match of the best span on the questions that have an answer, how many of those get none, how
many without an answer get one, F1 over all, and by how much scores are off (expected calibration error).
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bert_keras.runtime.tensorflow_import import import_tensorflow

HEADS = ("set", "questions", "best-span F1", "exact", "silent", "answered wrongly", "F1 over all", "best", "ECE")
console = Console()


def main() -> int:
    """Scores all sets, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a preset, run or folder with a reader")
    parser.add_argument("sets", nargs="+", help="files of questions with their answers")
    flags = parser.parse_args()
    import_tensorflow()
    from bert_keras import SpanExtractor

    reader = SpanExtractor.from_preset(flags.model, dtype="float32")
    if reader.null_threshold is None:
        parser.error(f"{flags.model}: always answers, and what is measured here is when it does")
    table = Table(title=f"{flags.model}, null odds up to {reader.null_threshold:.2f} are answered; percent")
    for place, head in enumerate(HEADS):
        table.add_column(head, justify="right" if place else "left")
    for name in flags.sets:
        table.add_row(Path(name).name, *figures_of(reader, name))
    console.print(table)
    return 0


def figures_of(reader: Any, name: str) -> list[str]:
    """Returns the figures of a set, as texts."""
    from bert_keras import data, evaluation, qa, training

    source = data.QuestionSource(name)
    windowed = data.encode_questions(source, source.asked, reader.preprocessor)
    found = training.predict_spans(reader, windowed)
    ids = [question.id for question in source.asked]
    gold = source.gold()
    best, given = (
        qa.question_scores(gold, dict(zip(ids, found.texts(threshold), strict=True)))
        for threshold in (None, reader.null_threshold)
    )
    answerable = np.array([best.has_answer[one] for one in ids])
    silent = np.array([not text for text in found.texts(reader.null_threshold)])
    f1, exact, over_all = (np.array([of[one] for one in ids]) for of in (best.f1, best.exact, given.f1))
    odds = np.array([answer.null_odds for answer in found.answers])
    scores = np.array([answer.n_best[0].score if answer.n_best else 0.0 for answer in found.answers])
    right = ((exact > 0) & answerable)[:, np.newaxis]
    error = evaluation.reliability(right, scores[:, np.newaxis]).error
    tuned = qa.tune_thresholds(odds, exact, f1, answerable).f1.score if not answerable.all() else None
    figures = (
        f1[answerable].mean(),
        exact[answerable].mean(),
        silent[answerable].mean(),
        None if answerable.all() else (~silent[~answerable]).mean(),
        over_all.mean(),
        None if tuned is None else tuned / 100,
        error,
    )
    return [f"{len(ids):,}", *("" if value is None else f"{100 * value:.1f}" for value in figures)]


if __name__ == "__main__":
    sys.exit(main())
