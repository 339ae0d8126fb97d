"""A question with its whole context, as a reader sees it: windows, and where it takes the answer to begin and end."""

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
    """A part of the context that goes through the model at once.

    Attributes:
        start: Its first code point in the context.
        end: One past its last.
        first_token: Number of its first token in the context.
        tokens: How many it holds.
        row_place: Where the first of them stands in the window's row.
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
        context: The context, whole.
        windows: Its windows, in order.
        shown: The window that the attention is of.
        token_starts: First code point of each token of the context, `[context tokens]`.
        token_ends: One past its last.
        start_probabilities: That the answer begins at a token, `[context tokens]`, of the window where the token has
            most context. A softmax over the whole document, in which a reader that may decline also has "no answer".
        end_probabilities: That it ends with a token, likewise.
        answer: What the reader answers.
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
        """Finds a span in the row of the window shown.

        Args:
            start: Its first code point in the context.
            end: One past its last.

        Returns:
            Its first and last column; None where the window does not hold it whole.
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
    """Asks a reader, and keeps what it found on the way.

    Args:
        reader: With a preprocessor.
        question: The question.
        context: The context, of any length.
        window: The window to show, from 0; without it the one that holds the best answer.

    Returns:
        The document, and the row of the window shown.

    Raises:
        InputError: A window that is not there.
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
    """Start and end logits, each `[windows, columns]`; -inf beyond a row's end."""
    start, end = (np.full((len(rows.lengths), int(rows.lengths.max())), -np.inf, np.float32) for _ in range(2))
    for places in passes_by_length(rows.lengths, TOKEN_BUDGET, MOST_ROWS):
        found = reader.logits(rows.inputs(places))
        for table, name in ((start, "start"), (end, "end")):
            logits = found[name].numpy()
            table[places, : logits.shape[1]] = logits
    return start, end


def _owners(mine: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """The window in which each token of the context has most context, `[context tokens]`."""
    window, offset = np.nonzero(mine)
    owners = np.empty(len(window), np.int64)
    owners[begins[window] + offset] = window
    return owners


def _probabilities(logits: np.ndarray, owners: np.ndarray, shifts: np.ndarray, with_null: bool) -> np.ndarray:
    """A softmax over the tokens of the context, each in its own window, and over "no answer" where it counts as an answer."""
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
    """First code point of a window and one past its last."""
    return (int(read.starts[begin]), int(read.ends[begin + length - 1])) if length else (0, 0)
