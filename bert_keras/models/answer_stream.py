"""How many questions go through a span extractor at full speed: contexts tokenized once, windows run by length, then put together."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras.errors import InputError
from bert_keras.models.classify_stream import TokenRows
from bert_keras.models.span_answers import SpanAnswer, answers_of
from bert_keras.qa.decoding import best_windows, document_spans, window_candidates
from bert_keras.qa.places import TokenPlaces
from bert_keras.qa.spans import Candidates, DocumentSpans
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.text import MOST_ROWS, Windows, passes_by_length

Logits = dict[str, np.ndarray]


def answer_documents(extractor: Any, documents: Sequence[tuple[str, str]], token_budget: int) -> Iterator[SpanAnswer]:
    """Answers some questions, all together.

    Args:
        extractor: A `SpanExtractor` with a preprocessor.
        documents: Tuples (question, context).
        token_budget: Most tokens that go through the model together.

    Returns:
        The answers, in order.
    """
    for document in documents:
        pair = isinstance(document, tuple | list) and len(document) == 2
        if not pair or not all(isinstance(text, str) for text in document):
            raise InputError(f"expected texts: a question and its context. Received: {document!r:.60}")
    contexts = list(dict.fromkeys(context for _, context in documents))
    place_of = {context: place for place, context in enumerate(contexts)}
    context_of = np.array([place_of[context] for _, context in documents], np.int64)
    made = extractor.preprocessor.documents([question for question, _ in documents], contexts, context_of)
    rows = TokenRows.of(extractor.preprocessor.pack(made, made.windows))
    windows = Windows(*(values.numpy() for values in made.windows))
    spans = decoded(
        rows.lengths,
        windows,
        len(documents),
        lambda places: {name: logits.numpy() for name, logits in extractor.logits(rows.inputs(places)).items()},
        extractor.settings,
        token_budget,
    )
    places = TokenPlaces(
        made.starts.flat_values.numpy(), made.ends.flat_values.numpy(), made.starts.row_starts().numpy()
    )
    return answers_of(spans, [context for _, context in documents], places, extractor.null_threshold)


def decoded(
    lengths: np.ndarray,
    windows: Windows,
    documents: int,
    run: Callable[[np.ndarray], Logits],
    settings: dict[str, Any],
    token_budget: int,
) -> DocumentSpans:
    """Runs windows of like length together, and finds the best spans of each document.

    Args:
        lengths: Tokens of each window's row, `[windows]`.
        windows: The windows, as NumPy arrays.
        documents: How many documents there are.
        run: Makes "start" and "end" logits `[rows, tokens]` of the windows at some places.
        settings: Of the span extractor.
        token_budget: Most tokens of a pass, padding included.

    Returns:
        The spans, in tokens of the contexts.
    """
    best = best_windows(windows.documents, windows.begins, windows.lengths)
    n_best, most = settings["n_best"], settings["max_answer_tokens"]

    def candidates(places: np.ndarray) -> Candidates:
        logits = run(places)
        columns, held, begins, here = (
            values[places] for values in (windows.places, windows.lengths, windows.begins, best)
        )
        return window_candidates(logits["start"], logits["end"], columns, held, begins, here, n_best, most)

    passes = passes_by_length(lengths, token_budget, MOST_ROWS)
    found = list(made_ahead(candidates, passes, lanes()))
    order = np.argsort(np.concatenate([*passes, np.zeros(0, np.int64)]))
    together = Candidates(*(np.concatenate(part)[order] for part in zip(*found, strict=True)))
    return document_spans(together, windows.documents, documents, n_best, settings["null_threshold"] is not None)
