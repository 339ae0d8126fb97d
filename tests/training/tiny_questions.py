"""Questions made on the spot, of words of the tiny vocabulary: the answer is the word after "good"."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bert_keras.data import QuestionSource

MARKER = "good"
_WORDS = (
    "film",
    "was",
    "bad",
    "not",
    "b",
    "c",
    "d",
    "e",
    "un",
    "play",
    "playing",
    "café",
)  # no articles, which count for nothing

Asked = tuple[str, str, Sequence[tuple[str, int]]]


def source_of(folder: Path, *asked: Asked, name: str = "questions.json") -> QuestionSource:
    """Writes a SQuAD file of (question, context, answers as pairs of text and offset), and reads it."""
    paragraphs = []
    for number, (question, context, answers) in enumerate(asked):
        given = [{"text": text, "answer_start": start} for text, start in answers]
        paragraphs.append({"context": context, "qas": [{"id": f"q{number}", "question": question, "answers": given}]})
    path = folder / name
    path.write_text(json.dumps({"data": [{"title": "Films", "paragraphs": paragraphs}]}))
    return QuestionSource(str(path))


def tiny_source(
    folder: Path,
    count: int,
    seed: int,
    unanswered: int = 0,
    longest: int = 14,
    answers: int = 1,
    name: str = "questions.json",
) -> QuestionSource:
    """Makes questions that can be learned.

    Args:
        folder: Where the file goes.
        count: How many.
        seed: Of their words.
        unanswered: Every so manieth context has no "good", and so no answer; 0 for none.
        longest: One more than most words of a context beside "good".
        answers: The longest answer counts as this many answers, each a word longer than the one before.
        name: Of the file.

    Returns:
        The questions.
    """
    random = np.random.default_rng(seed)
    asked: list[Asked] = []
    for number in range(count):
        words = random.choice(_WORDS, random.integers(answers + 2, longest)).tolist()
        if unanswered and number % unanswered == 0:
            asked.append(("the film ?", " ".join(words), []))
            continue
        place = int(random.integers(0, len(words) - answers + 1))
        context = " ".join([*words[:place], MARKER, *words[place:]])
        start = context.index(MARKER) + len(MARKER) + 1
        asked.append(
            ("the film ?", context, [(" ".join(words[place : place + more]), start) for more in range(1, answers + 1)])
        )
    return source_of(folder, *asked, name=name)
