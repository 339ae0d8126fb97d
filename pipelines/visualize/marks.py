"""The masks and the entities of a record in words, for tables."""

from collections.abc import Mapping
from typing import Any

from ..console.short_texts import short

Header = Mapping[str, Any]

AT_TOKENS = ("fill_mask", "tags")
"""The tasks of models that decide at tokens of a text."""
_CANDIDATES, _LONGEST = 3, 40


def marked_text(header: Header) -> str:
    """Returns what a model says of a text: the likeliest tokens of each mask, or the entities.

    Args:
        header: The header of a record of such a model.

    Returns:
        A line for each candidate or entity, with its probability.
    """
    if header["task"] == "fill_mask":
        told = [_candidates(prediction) for prediction in _predictions(header)]
        titles = [decision["title"] for decision in header["decisions"]]
        return told[0] if len(told) == 1 else "\n".join(map("{}:\n{}".format, titles, told))
    found = [mark for mark in header["marks"] if mark["state"] in ("found", "wrong")]
    return "\n".join(f"{_text(header, of)} {of['label']} {of['score']:.3f}" for of in found) or "no entity"


def true_marks(header: Header) -> str:
    """Returns the entities that there are.

    Args:
        header: The header of a record of a model that decides at tokens.

    Returns:
        A line for each, of one that was found otherwise what is true instead; "" if they are not known.
    """
    marks = [mark for mark in header["marks"] if mark["true"] is not None]
    told = [f"{_text(header, mark)} {mark['true']}" for mark in marks if mark["state"] != "none"]
    return "\n".join(told) or ("no entity" if marks else "")


def decided_text(header: Header) -> str:
    """Returns which mask or entity the attributions of a record's header are about.

    Args:
        header: The header of a record of a model that decides at tokens.

    Returns:
        A text such as "at Kiel (the first of 3)".
    """
    first, *more = header["decisions"]
    return f"at {short(first['title'], _LONGEST)}" + (f" (the first of {1 + len(more)})" if more else "")


def _predictions(header: Header) -> list[Mapping[str, Any]]:
    more = (decision["told"]["prediction"] for decision in header["decisions"][1:])
    return [header["prediction"], *more]


def _candidates(prediction: Mapping[str, Any]) -> str:
    named = list(zip(prediction["labels"], prediction["probabilities"], strict=True))[:_CANDIDATES]
    return "\n".join(f"{name} {probability:.3f}" for name, probability in named)


def _text(header: Header, mark: Mapping[str, Any]) -> str:
    return short(header["first"][mark["start"] : mark["end"]], _LONGEST)
