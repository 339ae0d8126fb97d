"""The rules for answers with spans, whatever the model: places, texts and scores must agree."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from bert_keras.serving.check.case import ANSWER_OUTPUTS, Arrays

SPANS = ("answers", "starts", "ends")
# Spans whose scores differ by less, as a share of the larger, may swap their order from runtime to runtime.
_TIE = 1e-3


def span_faults(feeds: Arrays, outputs: Arrays) -> list[str]:
    """Checks answers against their contexts.

    Args:
        feeds: The inputs by name: `context` `[batch]`.
        outputs: The outputs by name: `answer`, `start`, `end` and `score` `[batch]`; `answers`, `starts`, `ends` and
            `scores` `[batch, spans]`.

    Returns:
        The first fault of each faulty row.
    """
    contexts = [context.decode(errors="replace") for context in feeds["context"]]
    if any(outputs[name].shape[:1] != (len(contexts),) for name in ANSWER_OUTPUTS):
        return [f"outputs without a row for each of {len(contexts)} contexts"]
    rows = ([*_text_faults(context, outputs, row), *_list_faults(outputs, row)] for row, context in enumerate(contexts))
    return [f"row {row}: {faults[0]}" for row, faults in enumerate(rows) if faults]


def with_ties_as(outputs: Arrays, wanted: Arrays) -> Arrays:
    """Reorders spans with nearly equal scores as another runtime orders them.

    Args:
        outputs: The other runtime's outputs by name, without faults.
        wanted: The expected outputs by name.

    Returns:
        `wanted`, with the spans of `outputs` where a tie explains the difference.
    """
    if any(outputs[name].shape != wanted[name].shape for name in ANSWER_OUTPUTS):
        return wanted
    settled = dict(wanted) | {name: wanted[name].copy() for name in ("answer", "start", "end", *SPANS)}
    for row, scores in enumerate(wanted["scores"]):
        places = {span: place for place, span in enumerate(_spans(wanted, row))}
        for place, span in enumerate(_spans(outputs, row)):
            # A span that is missing among the wanted ones was cut off after the last of them.
            if _tied(scores[place], scores[places.get(span, -1)]):
                for name in SPANS:
                    settled[name][row, place] = outputs[name][row, place]
        if wanted["answer"][row] and outputs["answer"][row]:
            for name, best in zip(("answer", "start", "end"), SPANS, strict=True):
                settled[name][row] = settled[best][row, 0]
    return settled


def _tied(one: float, other: float) -> bool:
    return abs(one - other) <= _TIE * max(one, other)


def _spans(outputs: Arrays, row: int) -> list[tuple[int, int]]:
    return list(zip(outputs["starts"][row].tolist(), outputs["ends"][row].tolist(), strict=True))


def _text_faults(context: str, outputs: Arrays, row: int) -> Iterator[str]:
    """Yields the spans whose start and end do not slice the context to exactly their text."""
    for names in (("answer", "start", "end"), SPANS):
        values: Any = (np.atleast_1d(outputs[name][row]).tolist() for name in names)
        for text, start, end in zip(*values, strict=True):
            if not 0 <= start <= end <= len(context):
                yield f"{names[1]} {start} and {names[2]} {end} of {len(context)} code points"
            elif context[start:end].encode() != text:
                yield f"{names[0]} {text!r:.40} is not what stands from {start} to {end}, {context[start:end]!r:.40}"


def _list_faults(outputs: Arrays, row: int) -> Iterator[str]:
    """Yields faults of the scores and of the list of spans: no probabilities, wrong order, duplicates, wrong answer."""
    scores, score = outputs["scores"][row], outputs["score"][row]
    if not (0 <= score <= 1 and ((scores >= 0) & (scores <= 1)).all()):
        yield "a score is not from 0 to 1"
    if (scores[:-1] < scores[1:]).any():
        yield "scores are not sorted"
    # Two token spans may have the same code points, since a character may be several tokens; but their scores differ.
    there = [entry for entry in zip(_spans(outputs, row), scores.tolist(), strict=True) if entry[0][1] and entry[1] > 0]
    if len(set(there)) < len(there):
        yield "a span is listed twice"
    if outputs["answer"][row] and (outputs["start"][row], outputs["end"][row], score) != (
        *_spans(outputs, row)[0],
        scores[0],
    ):
        yield "the answer is not the best of the answers"
