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
    firsts: np.ndarray
    levels: np.ndarray
    count: int


@st.composite
def windows(draw: st.DrawFn) -> Windows:
    """Draws several documents, some without windows or with an empty one, with any overlap and often equal scores."""
    count = draw(st.integers(1, 4))
    places, lengths, begins, documents, firsts, tokens = [], [], [], [], [], [0]
    for document in range(count):
        begin, place = 0, draw(st.integers(2, 6))
        for length in draw(st.lists(st.integers(1, 9), max_size=4)) or draw(st.sampled_from([[], [0], [1]])):
            places.append(place)
            lengths.append(length)
            begins.append(begin)
            documents.append(document)
            firsts.append(tokens[-1])
            begin += draw(st.integers(min(1, length), length))
        tokens.append(
            max([tokens[-1], *(firsts[row] + begins[row] + lengths[row] for row in _of(document, documents))])
        )
    few_levels, random = draw(st.booleans()), np.random.default_rng(draw(st.integers(0, 10**6)))
    shape = (2, len(places), COLUMNS)
    logits = random.choice(LEVELS, shape) if few_levels else random.normal(scale=4.0, size=shape)
    start, end = logits.astype(np.float32)
    for row, (place, length) in enumerate(zip(places, lengths, strict=True)):
        for values in (start, end):
            values[row, 1:place] = 50.0  # the question, which must not be found
            values[row, place + length] = 60.0  # [SEP]
            values[row, place + length + 1 :] = -1e9
    levels = random.choice(draw(st.sampled_from([[2], [1, 2], [2, 2, 3], [0, 1, 2, 2, 2, 3]])), tokens[-1]).astype(
        np.int32
    )
    levels[[first for first in tokens[:-1] if first < len(levels)]] = 2  # the first token of each document
    columns = (np.array(column, np.int64) for column in (places, lengths, begins, documents, firsts))
    return Windows(start, end, *columns, levels, count)


def _of(document: int, documents: list[int]) -> list[int]:
    return [row for row, owner in enumerate(documents) if owner == document]


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


def loop_spans(rows: Windows, max_answer_tokens: int, least: int, stop: int) -> list[list[tuple[float, int, int]]]:
    """All allowed spans of each window, best first: score, first and last token in the document."""
    mine, spans = loop_best(rows), []
    levels = [*rows.levels.tolist(), 2]
    for row, (place, length, begin) in enumerate(zip(rows.places, rows.lengths, rows.begins, strict=True)):
        before = levels[rows.firsts[row] + begin :]
        found = [
            (float(rows.start[row, place + first] + rows.end[row, place + last]), int(begin) + first, int(begin) + last)
            for first in range(length)
            if mine[row][first] and before[first] >= least
            for last in range(first, min(int(length), first + max_answer_tokens))
            if before[last + 1] >= least and all(level < stop for level in before[first + 1 : last + 1])
        ]
        spans.append(sorted(found, key=lambda span: (-span[0], span[1], span[2])))
    return spans


def apart(spans: list[tuple[float, int, int]], n_best: int) -> list[tuple[float, int, int]]:
    """The first spans of a list that overlap none before them."""
    kept: list[tuple[float, int, int]] = []
    for span in spans:
        if len(kept) < n_best and all(span[2] < other[1] or span[1] > other[2] for other in kept):
            kept.append(span)
    return kept


def loop_document(
    rows: Windows, document: int, max_answer_tokens: int, with_null: bool, n_best: int, levels: tuple[int, int]
) -> dict[str, Any]:
    """A document's spans over all windows that overlap no better one, best first, and what is said of its null."""
    mine = _of(document, rows.documents.tolist())
    by_window = loop_spans(rows, max_answer_tokens, *levels)
    spans = [span for row in mine for span in by_window[row]]
    listed = sorted((span for row in mine for span in apart(by_window[row], n_best)), key=lambda span: -span[0])
    null = min((float(rows.start[row, 0] + rows.end[row, 0]) for row in mine), default=0.0)
    total = sum(math.exp(span[0]) for span in spans) + (math.exp(null) if with_null else 0.0)
    best = apart(listed, n_best)
    return {
        "spans": best,
        "probabilities": [math.exp(span[0]) / total for span in best],
        "null": null,
        "null_odds": null - best[0][0] if best else 1e4,
        "null_probability": math.exp(null) / total if with_null else 0.0,
    }
