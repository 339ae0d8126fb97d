"""The sentences of a row: runs of words that are masked together in long texts."""

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from bert_keras.insight.tokens import Tokens
from bert_keras.text import sentences

LONGEST = 48
"""The maximum number of words of a sentence; what has no full stop is split into parts of this size."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A run of words within one text.

    Attributes:
        first_word: The number of its first word.
        end_word: One past the number of its last word.
        text: The index of its text: 0 the first, 1 the second.
        start: Its first code point in the text.
        end: Its end in code points, exclusive.
    """

    first_word: int
    end_word: int
    text: int
    start: int
    end: int

    def words(self) -> np.ndarray:
        """Returns the numbers of its words."""
        return np.arange(self.first_word, self.end_word)


def sentences_of(tokens: Tokens) -> list[Sentence]:
    """Splits the words of a row into the sentences of `text.sentences`, and long ones into parts.

    Args:
        tokens: The tokens of the row.

    Returns:
        The sentences, which hold every word exactly once, in order.
    """
    spans = word_spans(tokens)
    begins = [[begin for begin, _ in sentences(text or "")] for text in (tokens.first, tokens.second)]
    numbers = [(text, bisect_right(begins[text], start)) for text, start, _ in spans]
    found: list[Sentence] = []
    first = 0
    for word in range(1, len(spans) + 1):
        if word == len(spans) or word - first == LONGEST or numbers[word] != numbers[word - 1]:
            (text, start, _), (_, _, end) = spans[first], spans[word - 1]
            found.append(Sentence(first, word, text, start, end))
            first = word
    return found if spans else []


def word_spans(tokens: Tokens) -> list[tuple[int, int, int]]:
    """Returns the text, the first code point and the exclusive end of each word of a row."""
    spans: list[tuple[int, int, int]] = []
    columns = (tokens.words, tokens.texts, tokens.starts, tokens.ends)
    for word, text, start, end in zip(*(column.tolist() for column in columns), strict=True):
        if word == len(spans):
            spans.append((text, start, end))
        elif word >= 0:
            spans[word] = (text, spans[word][1], end)
    return spans
