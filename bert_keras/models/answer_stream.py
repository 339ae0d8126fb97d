"""Answers many questions fast: tokenizes each context once and batches windows of similar length."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras.models.classify_stream import TokenRows
from bert_keras.models.span_answers import SpanAnswer, answers_of
from bert_keras.qa.decoding import best_windows, document_spans, window_bounds, window_candidates
from bert_keras.qa.places import TokenPlaces
from bert_keras.qa.spans import Candidates, DocumentSpans, WindowBounds
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.text import MOST_ROWS, Windows, bound_levels, passes_by_length

Logits = dict[str, np.ndarray]


def answer_documents(extractor: Any, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
    """Answers a list of questions.

    Args:
        extractor: A `SpanExtractor` with a preprocessor.
        documents: Tuples (question, context).
        token_budget: The maximum number of tokens per batch, padding included.

    Returns:
        One answer per question, in order.
    """
    contexts = list(dict.fromkeys(context for _, context in documents))
    place_of = {context: place for place, context in enumerate(contexts)}
    context_of = np.array([place_of[context] for _, context in documents], np.int64)
    made = extractor.preprocessor.documents([question for question, _ in documents], contexts, context_of)
    rows = TokenRows.of(extractor.preprocessor.pack(made, made.windows))
    windows = Windows(*(values.numpy() for values in made.windows))
    run = extractor.logits.prepared(rows.lengths, token_budget)
    places = TokenPlaces(
        made.starts.flat_values.numpy(),
        made.span_ends.flat_values.numpy(),
        made.levels.flat_values.numpy(),
        made.starts.row_starts().numpy(),
    )
    spans = decoded(
        rows.lengths,
        windows,
        places,
        lambda places: {name: logits.numpy() for name, logits in run(rows.inputs(places)).items()},
        extractor.settings,
        token_budget,
    )
    return answers_of(spans, [context for _, context in documents], places, extractor.null_threshold)


def allowed_bounds(windows: Windows, places: TokenPlaces, settings: dict[str, Any]) -> WindowBounds:
    """Finds where the spans of each window may begin and end, in its text and among the windows of its document.

    Args:
        windows: The windows, as NumPy arrays.
        places: The positions of the contexts' tokens.
        settings: The `settings` of the span extractor.

    Returns:
        The bounds.
    """
    best = best_windows(windows.documents, windows.begins, windows.lengths)
    levels = bound_levels(settings["part_words"], settings["across_paragraphs"])
    firsts = places.firsts[windows.documents]
    bounds = window_bounds(places.levels, firsts, windows.begins, windows.lengths, *levels)
    return bounds._replace(may_begin=best & bounds.may_begin)


def decoded(
    lengths: np.ndarray,
    windows: Windows,
    places: TokenPlaces,
    run: Callable[[np.ndarray], Logits],
    settings: dict[str, Any],
    token_budget: int,
) -> DocumentSpans:
    """Runs the windows in batches of similar length and finds the best spans of each document.

    Args:
        lengths: The number of tokens in each window's row, `[windows]`.
        windows: The windows, as NumPy arrays.
        places: The positions of the contexts' tokens.
        run: A function from window indices to "start" and "end" logits, each `[rows, tokens]`.
        settings: The `settings` of the span extractor.
        token_budget: The maximum number of tokens per batch, padding included.

    Returns:
        The best spans, as token positions in the contexts.
    """
    bounds = allowed_bounds(windows, places, settings)
    n_best, most = settings["n_best"], settings["max_answer_tokens"]

    def candidates(rows: np.ndarray) -> Candidates:
        logits = run(rows)
        columns, held, begins = (of[rows] for of in (windows.places, windows.lengths, windows.begins))
        here = WindowBounds(*(of[rows] for of in bounds))
        return window_candidates(logits["start"], logits["end"], columns, held, begins, here, n_best, most)

    passes = passes_by_length(lengths, token_budget, MOST_ROWS)
    found = list(made_ahead(candidates, passes, lanes()))
    order = np.argsort(np.concatenate([*passes, np.zeros(0, np.int64)]))
    together = Candidates(*(np.concatenate(part)[order] for part in zip(*found, strict=True)))
    return document_spans(
        together, windows.documents, len(places.firsts), n_best, settings["null_threshold"] is not None
    )
