"""Answers as someone reads them: the answer, its sentence, its place; and as JSON lines."""

import dataclasses
import json
import math
from collections.abc import Sequence
from typing import Any

from rich.text import Text

from bert_keras.retrieval import AnswerPlace, DocumentAnswer

from ..console.consoles import console
from .preparing import clean, shown_line

_AROUND = 160  # code points of a sentence on either side of the answer
_INDENT = "  "
_MOST_PLACES = 3
_LEAST_WIDTH = 20
_json = json.JSONEncoder(ensure_ascii=False).encode


def show(lines: Sequence[Text]) -> None:
    """Prints lines, which fit the terminal already."""
    for line in lines:
        console.print(line)


def answer_lines(answer: DocumentAnswer, asked_aloud: bool) -> list[Text]:
    """Returns the lines that show an answer.

    Args:
        answer: The answer.
        asked_aloud: Whether its question stands on the screen already.

    Returns:
        The lines, no wider than the terminal; the last one is empty.
    """
    lines = [] if asked_aloud else _wrapped(Text(clean(answer.question), "bold"), "")
    if not answer.text:
        lines += _wrapped(Text(f"no answer ({_percent(answer.score)})", "yellow"), _INDENT)
        if answer.candidates:
            best = answer.candidates[0]
            lines += _wrapped(_labelled("perhaps", f"{best.text} ({_percent(best.score)})"), _INDENT)
            lines += _wrapped(Text(place_of(best.places[0]), "cyan"), _INDENT)
        return [*lines, Text()]
    said = Text.assemble((clean(answer.text), "bold green"), f" ({_percent(answer.score)})")
    lines += _wrapped(said, _INDENT)
    lines += _wrapped(_in_sentence(answer.places[0]), _INDENT * 2)
    lines += _wrapped(Text(place_of(answer.places[0]), "cyan"), _INDENT * 2)
    others = answer.places[1:]
    for place in others[: _MOST_PLACES - 1]:
        lines += _wrapped(Text(f"also {place_of(place)}", "cyan"), _INDENT * 2)
    if len(others) >= _MOST_PLACES:
        lines += _wrapped(Text(f"and {len(others) - _MOST_PLACES + 1} more places", "cyan"), _INDENT * 2)
    return [*lines, Text()]


def place_of(place: AnswerPlace) -> str:
    """Returns where an answer stands, e.g. `docs/harbour.txt, page 2, line 49`."""
    parts = [place.file]
    parts += [f"{name} {number}" for name, number in (("page", place.page), ("line", place.line)) if number is not None]
    return clean(", ".join(parts))


def json_line(answer: DocumentAnswer, id: Any = None) -> str:
    """Returns the JSON line of an answer.

    Args:
        answer: The answer.
        id: The id of its question, if it has one.

    Returns:
        The line, with its line feed.
    """
    content = dataclasses.asdict(answer)
    content["answer"] = content.pop("text")
    content["null_odds"] = answer.null_odds if math.isfinite(answer.null_odds) else None
    order = ("question", "answer", "score", "null_odds", "places", "candidates")
    named = {} if id is None else {"id": id}
    line = _json(named | {name: content[name] for name in order})
    return shown_line(line) + "\n"


def _in_sentence(place: AnswerPlace) -> Text:
    """Returns the sentence with the answer marked, of a long one what is around it."""
    start, end = place.start - place.sentence_start, place.end - place.sentence_start
    before, after = place.sentence[:start], place.sentence[end:]
    if len(before) > _AROUND:
        before = "… " + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + " …"
    mark = "" if console.is_terminal and not console.no_color else "**"
    # A sentence may go over several lines of its file.
    return Text.assemble(_joined(before), (f"{mark}{_joined(place.sentence[start:end])}{mark}", "bold"), _joined(after))


def _joined(part: str) -> str:
    """Returns a part of a sentence on one line, with a blank at either end where it has white space."""
    words = clean(" ".join(part.split()))
    return f"{' ' * part[:1].isspace()}{words}{' ' * (part[-1:].isspace() and bool(words))}"


def _labelled(label: str, content: str) -> Text:
    return Text.assemble((f"{label} ", "dim"), clean(content))


def _wrapped(text: Text, indent: str) -> list[Text]:
    width = max(console.width - len(indent), _LEAST_WIDTH)
    return [Text(indent) + line for line in text.wrap(console, width)]


def _percent(score: float) -> str:
    return f"{score:.0%}" if 0.01 <= score <= 0.99 else "<1%" if score < 0.01 else ">99%"
