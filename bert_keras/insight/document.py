"""A question with its whole context as a reader processes it: windows, and start and end probabilities."""

from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.tokens import TextTokens, Tokens, row_of, text_tokens
from bert_keras.models import SpanAnswer, SpanExtractor
from bert_keras.models.classify_stream import TOKEN_BUDGET, TokenRows
from bert_keras.qa.decoding import best_windows
from bert_keras.text import MOST_ROWS, passes_by_length


@dataclass(frozen=True, slots=True)
class DocumentWindow:
    """A part of the context that passes through the model in one row.

    Attributes:
        start: The code point of the context at which the window starts.
        end: The code point of the context at which it ends, exclusive.
        first_token: The index of its first token among the tokens of the context.
        tokens: The number of context tokens in it.
        row_place: The column of its first context token in the packed row.
    """

    start: int
    end: int
    first_token: int
    tokens: int
    row_place: int


@dataclass(frozen=True, slots=True)
class Document:
    """A question and its context over all windows.

    Attributes:
        question: The question.
        context: The whole context.
        windows: The windows of the context, in order.
        shown: The index of the window that was inspected.
        token_starts: The first code point of each context token, `[context tokens]`.
        token_ends: The end of each context token in code points, exclusive, `[context tokens]`.
        start_probabilities: The probability that the answer starts at each token, `[context tokens]`, from the window
            in which the token has the most context. It is a softmax over the whole document, which includes "no answer"
            if the reader may give none.
        end_probabilities: The probability that the answer ends with each token, computed likewise.
        answer: The reader's answer.
    """

    question: str
    context: str
    windows: tuple[DocumentWindow, ...]
    shown: int
    token_starts: np.ndarray
    token_ends: np.ndarray
    start_probabilities: np.ndarray
    end_probabilities: np.ndarray
    answer: SpanAnswer

    def columns(self, start: int, end: int) -> tuple[int, int] | None:
        """Returns the columns of a span in the row of the inspected window.

        Args:
            start: The first code point of the span in the context.
            end: The end of the span in code points, exclusive.

        Returns:
            The first and the last column; `None` if the window does not hold the whole span.
        """
        window = self.windows[self.shown]
        first = int(np.searchsorted(self.token_ends, start, side="right"))
        last = int(np.searchsorted(self.token_starts, end, side="left")) - 1
        if last < first or first < window.first_token or last >= window.first_token + window.tokens:
            return None
        begin = window.row_place - window.first_token
        return first + begin, last + begin


def read_document(
    reader: SpanExtractor, question: str, context: str, window: int | None = None
) -> tuple[Document, Tokens]:
    """Runs a reader on a question and its context and keeps the intermediate results.

    Args:
        reader: A reader with a preprocessor.
        question: The question.
        context: The context, of any length.
        window: The index of the window to inspect, from 0; `None` means the one with the best answer.

    Returns:
        The document, and the row of the window to inspect.

    Raises:
        InputError: The window does not exist.
    """
    made = reader.preprocessor.documents([question], [context])
    begins, lengths, places = (values.numpy() for values in made.windows[1:])
    asked, read = text_tokens(reader.preprocessor.tokenizer, [question, context])
    owners = _owners(best_windows(np.zeros_like(begins), begins, lengths), begins)
    logits = _window_logits(reader, TokenRows.of(reader.preprocessor.pack(made, made.windows)))
    start, end = (_probabilities(of, owners, places - begins, reader.null_threshold is not None) for of in logits)
    answer = reader.answer(question, context)
    shown = _shown(window, len(begins), answer, read, owners)
    row = [asked.part(0, int(places[shown]) - 2), read.part(int(begins[shown]), int(lengths[shown]))]
    windows = tuple(
        DocumentWindow(*_reach(read, begin, length), begin, length, place)
        for begin, length, place in zip(begins.tolist(), lengths.tolist(), places.tolist(), strict=True)
    )
    document = Document(question, context, windows, shown, read.starts, read.ends, start, end, answer)
    return document, row_of(reader.preprocessor.tokenizer, row, question, context)


def _window_logits(reader: SpanExtractor, rows: TokenRows) -> tuple[np.ndarray, np.ndarray]:
    """Returns start and end logits, each `[windows, columns]`, with -inf beyond the end of a row."""
    start, end = (np.full((len(rows.lengths), int(rows.lengths.max())), -np.inf, np.float32) for _ in range(2))
    for places in passes_by_length(rows.lengths, TOKEN_BUDGET, MOST_ROWS):
        found = reader.logits(rows.inputs(places))
        for table, name in ((start, "start"), (end, "end")):
            logits = found[name].numpy()
            table[places, : logits.shape[1]] = logits
    return start, end


def _owners(mine: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Returns the window in which each context token has the most context, `[context tokens]`."""
    window, offset = np.nonzero(mine)
    owners = np.empty(len(window), np.int64)
    owners[begins[window] + offset] = window
    return owners


def _probabilities(logits: np.ndarray, owners: np.ndarray, shifts: np.ndarray, with_null: bool) -> np.ndarray:
    """Returns a softmax over the context tokens, each in its owner window, and over "no answer" if that is allowed."""
    of_tokens = logits[owners, np.arange(len(owners)) + shifts[owners]].astype(np.float64)
    null = [logits[:, 0].min()] if with_null else []
    highest = max([*of_tokens.tolist(), *null], default=0.0)
    shares = np.exp(of_tokens - highest)
    return (shares / (shares.sum() + np.exp(np.array(null, np.float64) - highest).sum())).astype(np.float32)


def _shown(window: int | None, count: int, answer: SpanAnswer, read: TextTokens, owners: np.ndarray) -> int:
    if window is not None:
        if not 0 <= window < count:
            raise InputError(f"the context has {count} windows, numbered from 0. Received: {window}")
        return window
    if not answer.n_best:
        return 0
    return int(owners[np.searchsorted(read.ends, answer.n_best[0].start, side="right")])


def _reach(read: TextTokens, begin: int, length: int) -> tuple[int, int]:
    """Returns the first code point of a window and its exclusive end."""
    return (int(read.starts[begin]), int(read.ends[begin + length - 1])) if length else (0, 0)
