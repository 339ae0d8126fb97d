"""Files of questions written on the spot, and the message with which they are refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from data_files import write

from bert_keras.data import QuestionSource
from bert_keras.errors import DataError


def qa(id_: Any, question: str = "Who?", answers: Any = (), **more: Any) -> dict[str, Any]:
    """A question of a SQuAD file; answers are pairs of text and offset."""
    given = (
        [{"text": text, "answer_start": start} for text, start in answers]
        if isinstance(answers, list | tuple)
        else answers
    )
    return {"id": id_, "question": question, "answers": given} | more


def squad(*paragraphs: tuple[str, list[dict[str, Any]]], title: str | None = "Normans", **more: Any) -> dict[str, Any]:
    """A SQuAD file of one article; paragraphs are pairs of context and questions."""
    named = {} if title is None else {"title": title}
    return {"data": [named | {"paragraphs": [{"context": context, "qas": qas} for context, qas in paragraphs]}]} | more


def write_json(folder: Path, document: Any, name: str = "dev.json") -> str:
    """Writes a JSON file; returns its path."""
    return write(folder, json.dumps(document), name)


def write_lines(folder: Path, *entries: Any, name: str = "dev.jsonl") -> str:
    """Writes JSON lines; returns the file's path."""
    return write(folder, "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), name)


def refusal(name: str | list[str], **settings: Any) -> str:
    """The line with which a source is refused, without the (last) file's name in front."""
    with pytest.raises(DataError) as error:
        QuestionSource(name, **settings)
    message, file = str(error.value), name if isinstance(name, str) else name[-1]
    assert "\n" not in message
    assert message.startswith(file)
    return message.removeprefix(file)
