"""The questions of a SQuAD file as windows of token ids by `tokenizers`: the input of PyTorch's question answering."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from peers.token_rows import TokenRows, tokenizer_of

MAX_LENGTH, OVERLAP, LONGEST_QUESTION = 384, 128, 64  # tokens


@dataclass(frozen=True)
class Question:
    """A question with its context and its gold answers, each with its text and first code point."""

    id: str
    text: str
    context: str
    answers: list[tuple[str, int]]


def read_squad(file: Path) -> list[Question]:
    """Returns the questions of a SQuAD file in order."""
    paragraphs = (
        part for article in json.loads(file.read_text(encoding="utf-8"))["data"] for part in article["paragraphs"]
    )
    return [
        Question(
            asked["id"],
            asked["question"],
            paragraph["context"],
            [(a["text"], a["answer_start"]) for a in asked["answers"]],
        )
        for paragraph in paragraphs
        for asked in paragraph["qas"]
    ]


def qa_tokenizer(folder: Path) -> Any:
    """Returns the tokenizer of a Hugging Face folder, which neither pads nor truncates, and finds no special tokens."""
    tokenizer = tokenizer_of(folder, MAX_LENGTH)
    tokenizer.no_truncation()
    tokenizer.encode_special_tokens = True
    return tokenizer


@dataclass(frozen=True)
class Windows:
    """The windows of some questions, in the order of the questions.

    Attributes:
        rows: The tokens of each window: `[CLS]` question `[SEP]` part of the context `[SEP]`.
        questions: The index of each window's question, `[windows]`.
        contexts: The position of the context's first token in each window, `[windows]`.
        firsts: The index of that token in `offsets`, `[windows]`.
        central: Whether a token is of the context and no other window has more of the context around it, `[tokens]`.
        offsets: The first and one past the last code point of each token of all contexts, `[context tokens, 2]`.
    """

    rows: TokenRows
    questions: np.ndarray
    contexts: np.ndarray
    firsts: np.ndarray
    central: np.ndarray
    offsets: np.ndarray

    def batch(self, some: np.ndarray) -> dict[str, Any]:
        """Returns the inputs of some windows, padded to the longest of them."""
        batch = self.rows.batch(some)
        segments = np.arange(batch["input_ids"].shape[1]) >= self.contexts[some, np.newaxis]
        return batch | {"token_type_ids": torch.from_numpy(segments.astype(np.int64))}

    def targets(self, questions: list[Question]) -> np.ndarray:
        """Returns the first and last token of the first gold answer in each window.

        Args:
            questions: The questions.

        Returns:
            The tokens' positions, `[windows, 2]`; 0 and 0 if the window does not hold the whole answer.
        """
        found = np.zeros([len(self.firsts), 2], np.int64)
        for window, place in enumerate(self.questions):
            for text, begin in questions[place].answers[:1]:
                size = self.rows.lengths[window] - self.contexts[window] - 1
                begins, ends = self.offsets[self.firsts[window] :][:size].T
                if begins[0] <= begin and begin + len(text) <= ends[-1]:
                    tokens = np.flatnonzero((ends > begin) & (begins < begin + len(text)))
                    found[window] = self.contexts[window] + tokens[[0, -1]]
        return found


def windows_of(questions: list[Question], tokenizer: Any) -> Windows:
    """Returns the windows of all questions; a context of several questions is tokenized once."""
    contexts = list({question.context: None for question in questions})
    encoded = tokenizer.encode_batch(contexts, add_special_tokens=False)
    ids = {context: np.array(row.ids, np.int64) for context, row in zip(contexts, encoded, strict=True)}
    bases = dict(zip(contexts, np.cumsum([0] + [len(row) for row in encoded]), strict=False))
    asked = tokenizer.encode_batch_fast([question.text for question in questions], add_special_tokens=False)
    start, end = (np.array([tokenizer.token_to_id(name)], np.int64) for name in ("[CLS]", "[SEP]"))
    pieces, central, facts = [], [], []
    for place, (question, row) in enumerate(zip(questions, asked, strict=True)):
        head = np.concatenate([start, np.array(row.ids[:LONGEST_QUESTION], np.int64), end])
        context = ids[question.context]
        spans = np.array(list(spans_of(len(context), MAX_LENGTH - len(head) - 1)))
        for (first, last), best in zip(spans, central_tokens(spans, len(context)), strict=True):
            pieces.append(np.concatenate([head, context[first:last], end]))
            central.append(np.concatenate([np.zeros(len(head), bool), best[first:last], [False]]))
            facts.append((place, len(head), bases[question.context] + first, len(pieces[-1])))
    of, begins, firsts, lengths = np.array(facts).T
    rows = TokenRows(np.concatenate(pieces), np.cumsum(lengths) - lengths, lengths)
    offsets = np.concatenate([np.array(row.offsets, np.int64).reshape(-1, 2) for row in encoded])
    return Windows(rows, of, begins, firsts, np.concatenate(central), offsets)


def spans_of(tokens: int, room: int) -> Iterator[tuple[int, int]]:
    """Yields the first and one past the last token of each window of a context, given the room for it in a window."""
    first = 0
    while first + room < tokens:
        yield first, first + room
        first += room - OVERLAP
    yield first, tokens


def central_tokens(spans: np.ndarray, tokens: int) -> np.ndarray:
    """Returns whether each token has the most context around it in a window, as Google's `run_squad.py` defines it.

    Args:
        spans: The first and one past the last token of each window, `[windows, 2]`.
        tokens: The number of tokens of the context.

    Returns:
        The result, `[windows, tokens]` bool.
    """
    if len(spans) == 1:
        return np.ones([1, tokens], bool)
    first, last, place = spans[:, :1], spans[:, 1:], np.arange(tokens)
    score = np.minimum(place - first, last - 1 - place) + 0.01 * (last - first)
    score = np.where((place >= first) & (place < last), score, -np.inf)
    return score.argmax(0) == np.arange(len(spans))[:, np.newaxis]
