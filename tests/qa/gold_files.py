"""Small SQuAD files as parsed JSON."""

from typing import Any


def entry(name: Any, answers: list[str], question: str = "What is it?", **more: Any) -> dict[str, Any]:
    """A question with its gold answers."""
    return {"id": name, "question": question, "answers": [{"text": text, "answer_start": 0} for text in answers]} | more


def gold_file(*entries: dict[str, Any], title: str | None = "Rivers", **more: Any) -> dict[str, Any]:
    """A file of one article with one paragraph."""
    article = {"paragraphs": [{"context": "…", "qas": list(entries)}]} | ({"title": title} if title else {})
    return {"data": [article]} | more
