"""Questions with their gold answers in the layout of SQuAD, as evaluation scripts take them."""

from collections.abc import Iterable, Sequence
from typing import Any

from bert_keras.data.questions.question import GivenAnswer, Question


def gold_document(
    questions: Iterable[tuple[Question, Sequence[GivenAnswer]]], contexts: Sequence[str], unanswerable: bool
) -> dict[str, Any]:
    """Returns questions as a parsed SQuAD file.

    Args:
        questions: The questions with their answers as stated.
        contexts: The contexts.
        unanswerable: Whether questions may have no answer, as in version 2.0, which has `is_impossible`.

    Returns:
        The file, with -1 for a missing offset.
    """
    articles: dict[str, dict[int, list[dict[str, Any]]]] = {}
    for question, answers in questions:
        given = [
            {"text": answer.text, "answer_start": -1 if answer.start is None else answer.start} for answer in answers
        ]
        entry: dict[str, Any] = {"id": question.id, "question": question.text, "answers": given}
        if unanswerable:
            entry["is_impossible"] = not answers
        articles.setdefault(question.article, {}).setdefault(question.context, []).append(entry)
    data = [
        {
            "title": title,
            "paragraphs": [{"context": contexts[place], "qas": qas} for place, qas in paragraphs.items()],
        }
        for title, paragraphs in articles.items()
    ]
    return {"version": "v2.0" if unanswerable else "1.1", "data": data}
