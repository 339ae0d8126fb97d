"""Documents cut into windows at random, with logits, and decoding by loops."""

import math
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

COLUMNS = 20
LEVELS = (-2.0, -1.0, 0.0, 0.5)


class Windows(NamedTuple):
    """What the model's rows are about, and its logits."""

    start: np.ndarray
    end: np.ndarray
    places: np.ndarray
    lengths: np.ndarray
    begins: np.ndarray
    documents: np.ndarray
    count: int


@st.composite
def windows(draw: st.DrawFn) -> Windows:
    """Draws several documents, some without windows or with an empty one, with any overlap and often equal scores."""
    count = draw(st.integers(1, 4))
    places, lengths, begins, documents = [], [], [], []
    for document in range(count):
        begin, place = 0, draw(st.integers(2, 6))
        for length in draw(st.lists(st.integers(1, 9), max_size=4)) or draw(st.sampled_from([[], [0], [1]])):
            places.append(place)
            lengths.append(length)
            begins.append(begin)
            documents.append(document)
            begin += draw(st.integers(min(1, length), length))
    few_levels, random = draw(st.booleans()), np.random.default_rng(draw(st.integers(0, 10**6)))
    shape = (2, len(places), COLUMNS)
    logits = random.choice(LEVELS, shape) if few_levels else random.normal(scale=4.0, size=shape)
    start, end = logits.astype(np.float32)
    for row, (place, length) in enumerate(zip(places, lengths, strict=True)):
        for values in (start, end):
            values[row, 1:place] = 50.0  # the question, which must not be found
            values[row, place + length] = 60.0  # [SEP]
            values[row, place + length + 1 :] = -1e9
    return Windows(start, end, *(np.array(column, np.int64) for column in (places, lengths, begins, documents)), count)


def loop_best(rows: Windows) -> list[list[bool]]:
    """For each window and token of it, whether no other window has more context around the token."""
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for row, (document, begin, length) in enumerate(zip(rows.documents, rows.begins, rows.lengths, strict=True)):
        for offset in range(length):
            context = min(offset, int(length) - 1 - offset) * 100 + int(length)
            token = (int(document), int(begin) + offset)
            best[token] = max(best.get(token, (-1, 0)), (context, -row))
    return [
        [best[int(document), int(begin) + offset][1] == -row for offset in range(length)]
        for row, (document, begin, length) in enumerate(zip(rows.documents, rows.begins, rows.lengths, strict=True))
    ]


def loop_spans(rows: Windows, max_answer_tokens: int) -> list[list[tuple[float, int, int]]]:
    """All allowed spans of each window, best first: score, first and last token in the document."""
    mine, spans = loop_best(rows), []
    for row, (place, length, begin) in enumerate(zip(rows.places, rows.lengths, rows.begins, strict=True)):
        found = [
            (float(rows.start[row, place + first] + rows.end[row, place + last]), int(begin) + first, int(begin) + last)
            for first in range(length)
            if mine[row][first]
            for last in range(first, min(int(length), first + max_answer_tokens))
        ]
        spans.append(sorted(found, key=lambda span: (-span[0], span[1], span[2])))
    return spans


def loop_document(rows: Windows, document: int, max_answer_tokens: int, with_null: bool) -> dict[str, Any]:
    """A document's spans over all windows, best first, and what is said of its null."""
    mine = [row for row, owner in enumerate(rows.documents) if owner == document]
    by_window = loop_spans(rows, max_answer_tokens)
    spans = sorted((span for row in mine for span in by_window[row]), key=lambda span: -span[0])
    null = min((float(rows.start[row, 0] + rows.end[row, 0]) for row in mine), default=0.0)
    total = sum(math.exp(span[0]) for span in spans) + (math.exp(null) if with_null else 0.0)
    return {
        "spans": spans,
        "probabilities": [math.exp(span[0]) / total for span in spans],
        "null": null,
        "null_odds": null - spans[0][0] if spans else 1e4,
        "null_probability": math.exp(null) / total if with_null else 0.0,
    }
