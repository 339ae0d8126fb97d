"""Finished runs of question answering, made up: a reader that is right, near, wrong, and silent by turns."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from run_records import NASTY

from bert_keras.qa.question_scores import token_f1
from bert_keras.reporting import AnsweredQuestion, AnswerRunRecord, Curve, Span

PARAGRAPH = (
    "The lighthouse of Skagen was lit for the first time on 1 November 1858. It was drawn by the architect Niels "
    "Sigfred Nebelong and is forty-six metres high. Until the tower of Dueodde was built in 1962, no lighthouse "
    "of Denmark was higher. A keeper and two assistants lived beside the tower with their families; a path of "
    "two kilometres through the dunes led to the town, and in winter they walked it with a rope. The first lamp "
    "burned rapeseed oil, later ones paraffin. In 1946 electric light took their place, and since 1988 nobody "
    "has lived there. Today the houses belong to a museum about the migration of birds."
)
ASKED = (
    ("When was the lighthouse lit for the first time?", ("1 November 1858", "November 1858"), "1 November 1858"),
    (
        "Who drew the lighthouse?",
        ("the architect Niels Sigfred Nebelong", "Niels Sigfred Nebelong"),
        "Niels Sigfred Nebelong and is forty",
    ),
    ("How high is it?", ("forty-six metres",), "two kilometres"),
    ("What did the first lamp burn?", ("rapeseed oil",), "rapeseed oil"),
    ("Who paid for the lighthouse?", (), "A keeper and two assistants"),
    ("In which year did the last keeper write a book?", (), "1988"),
    (
        "What is in the houses today?",
        ("a museum about the migration of birds", "a museum"),
        "a museum about the migration of birds",
    ),
    ("Which tower is higher?", ("the tower of Dueodde", "Dueodde"), "no lighthouse of Denmark"),
)


def span(context: str, text: str) -> Span:
    """The first place of a text."""
    start = context.index(text)
    return Span(text, start, start + len(text))


def windows(context: str, length: int, overlap: int) -> tuple[tuple[int, int], ...]:
    """Windows of so many code points."""
    starts = range(0, max(1, len(context) - overlap), length - overlap)
    return tuple((start, min(start + length, len(context))) for start in starts)


def answered(
    question: str,
    context: str,
    gold: Sequence[str],
    best: str | None,
    odds: float,
    number: int = 0,
    threshold: float = 0.0,
) -> AnsweredQuestion:
    """A question as a reader answers it whose best span and null odds are known."""
    golden = tuple(span(context, text) for text in gold)
    found = None if best is None else span(context, best)
    answers = found is not None and odds <= threshold
    probability = 0.9 / (1 + np.exp(odds))
    right = 0.0 if found is None else max((token_f1(one.text, found.text) for one in golden), default=0.0)
    f1 = (right if golden else 0.0) if answers else float(not golden)
    near = (
        [Span(found.text[: size + 1], found.start, found.start + size + 1) for size in range(0, len(found.text) - 1, 6)]
        if found
        else []
    )
    shares = [0.1 * 0.5**place for place in range(1, len(near) + 1)]
    loss = 0.1 + (1 - f1) * (2 + abs(odds)) + 0.001 * number
    return AnsweredQuestion(
        id=f"q{number:05}",
        question=question,
        context=context,
        article="Lighthouses",
        place=f"dev.json, article 1, paragraph {number // 8 + 1}",
        gold=golden,
        best=found,
        answered=answers,
        probability=float(probability),
        null_odds=odds,
        null_probability=float(0.9 - probability),
        windows=windows(context, 400, 130),
        n_best=((found, float(probability)), *zip(near, shares, strict=True)) if found else (),
        exact=float(f1 == 1),
        f1=f1,
        loss=float(loss),
        tokens=len(context.split()),
    )


def questions(count: int = 80, seed: int = 0) -> list[AnsweredQuestion]:
    """The questions above again and again, with odds that mostly say the right thing."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        question, gold, best = ASKED[number % len(ASKED)]
        odds = float(random.normal(-1.5 if gold else 1.5, 2))
        made.append(answered(question, PARAGRAPH, gold, best, odds, number))
    return made


def nasty_questions() -> list[AnsweredQuestion]:
    """Questions, answers and titles of all signs, wrongly answered."""
    made = []
    for number, text in enumerate(NASTY):
        context = f"{text} before {text[::-1]} after"
        made.append(answered(text, context, [text], "after", -1.0, number))
        made[-1] = dataclasses.replace(made[-1], id=text, article=text, place=text)
    return made


def as_squad_1(questions: Sequence[AnsweredQuestion]) -> list[AnsweredQuestion]:
    """Only those with an answer, always answered."""
    return [
        answered(of.question, of.context, [span.text for span in of.gold], of.best.text, -abs(of.null_odds))
        for of in questions
        if of.gold and of.best
    ]


def answer_record(questions: Sequence[AnsweredQuestion], squad_1: bool = False, steps: int = 60) -> AnswerRunRecord:
    """A run that answered these questions."""
    random = np.random.default_rng(1)
    at = list(range(1, steps + 1))
    fall = 0.9 + 4 * np.exp(-np.arange(steps) / (0.3 * steps)) + random.normal(0, 0.15, steps)
    train = {
        "loss": Curve(at, fall.tolist()),
        "learning_rate": Curve(at, np.interp(at, [0, steps / 10, steps], [0, 2e-4, 0]).tolist()),
        "gradient_norm": Curve(at, (fall * 3).tolist()),
    }
    ends = [steps // 3, 2 * steps // 3, steps]
    dev = {
        "loss": Curve(ends, [2.6, 1.9, 1.8]),
        "f1": Curve(ends, [40.2, 52.5, 55.3]),
        "best_span_f1": Curve(ends, [45, 57, 59.0]),
    }
    lengths = random.normal(170, 60, 400).clip(20, 384).astype(int)
    lengths[:60] = 384
    report = answer_report(questions, squad_1)
    return AnswerRunRecord(
        "my <reader>", report, train, dev, lengths, lengths[:90], "runs/my reader", "saved_models/my reader"
    )


def answer_report(questions: Sequence[AnsweredQuestion], squad_1: bool) -> dict[str, Any]:
    """What `report.json` of that run holds."""
    split = {
        "file": "data/<b>squad</b>.json",
        "questions_read": 4763,
        "left_out": {"answer not found": 12},
        "repaired": {"blanks": 3, "bytes": 1},
        "contexts": 1204,
        "questions": 4751,
        "windows": 4900,
        "windows_without_answer": 2500,
        "windows_kept": 4900,
    }
    return {
        "metrics": _metrics(questions, squad_1) | _tables(),
        "training": {
            "seconds": 873.25,
            "steps": 60,
            "examples_per_second": 82.34,
            "epochs": 3,
            "history": {"loss": [1.0, 0.5, 0.4]},
            "recipe": {"learning_rate": 2e-4, "batch_size": 16, "seed": 0},
        },
        "data": {"train": split, "dev": split | {"file": "data/dev.json"}},
        "model": {
            "preset": "minilm_l6_en_uncased",
            "task": "span",
            "parameters": 22_566_914,
            "trainable_parameters": 590_594,
            "adapter": {"rank": 16, "alpha": 32},
        },
        "environment": {
            "python": "3.11.2",
            "versions": {"keras": "3.15.1", "tensorflow": "2.21.0"},
            "cores": 2,
            "precision": "bfloat16",
        },
        "seed": 0,
    }


def _tables() -> dict[str, list[dict[str, Any]]]:
    names = {
        "by_length": ["65-128", "129-256", "513+"],
        "by_question_word": ["when", "who", "how", "what", "which", "why", "other"],
        "by_article": [f"Article <b>{number}</b>" for number in range(60)],
    }
    return {
        key: [
            {"name": name, "questions": 25 + place, "exact": place * 37 % 100 / 2, "f1": float(place * 37 % 100)}
            for place, name in enumerate(of)
        ]
        for key, of in names.items()
    }


def _metrics(questions: Sequence[AnsweredQuestion], squad_1: bool) -> dict[str, float]:
    """The figures of these questions, by the names of the official scripts."""

    def mean(values: Sequence[float]) -> float:
        return float(100 * np.mean(values))

    exact, f1 = mean([of.exact for of in questions]), mean([of.f1 for of in questions])
    if squad_1:
        return {"exact_match": exact, "f1": f1, "best_span_f1": f1, "best_span_exact": exact, "null_threshold": 0.0}
    some, none = [of for of in questions if of.gold], [of for of in questions if not of.gold]
    return {
        "exact": exact,
        "f1": f1,
        "total": len(questions),
        "HasAns_exact": mean([of.exact for of in some]),
        "HasAns_f1": mean([of.f1 for of in some]),
        "HasAns_total": len(some),
        "NoAns_exact": mean([of.exact for of in none]),
        "NoAns_f1": mean([of.f1 for of in none]),
        "NoAns_total": len(none),
        "best_exact": exact + 1,
        "best_exact_thresh": 0.25,
        "best_f1": f1 + 1.5,
        "best_f1_thresh": 0.5,
        "best_span_f1": 58.7,
        "best_span_exact": 48.2,
        "null_threshold": 0.0,
    }
