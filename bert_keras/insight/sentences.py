"""The sentences of a row: runs of words that are masked together in long texts."""

from dataclasses import dataclass

import numpy as np

from bert_keras.insight.tokens import Tokens

LONGEST = 48
"""The maximum number of words of a sentence; what has no full stop is split into parts of this size."""
_ENDS = frozenset(".!?…。！？;")
_WITHOUT_SPACE = frozenset("。！？")
_CLOSING = frozenset("\"')]}”’»›")


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
    """Splits the words of a row into sentences: after a full stop with a space behind it, and at line ends.

    Abbreviations end a sentence too; the parts need not be those of a linguist, but they must be small and contiguous.

    Args:
        tokens: The tokens of the row.

    Returns:
        The sentences, which hold every word exactly once, in order.
    """
    spans = word_spans(tokens)
    sentences: list[Sentence] = []
    first = 0
    for word in range(1, len(spans) + 1):
        if word == len(spans) or word - first == LONGEST or _begins(tokens, spans, word):
            (text, start, _), (_, _, end) = spans[first], spans[word - 1]
            sentences.append(Sentence(first, word, text, start, end))
            first = word
    return sentences if spans else []


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


def _begins(tokens: Tokens, spans: list[tuple[int, int, int]], word: int) -> bool:
    """Returns whether a sentence begins with a word that is not the first of all."""
    (text, _, end), (own_text, start, _) = spans[word - 1], spans[word]
    if text != own_text:
        return True
    written = tokens.first if text == 0 else str(tokens.second)
    between = written[end:start]
    if "\n" in between:
        return True
    before = written[:end].rstrip("".join(_CLOSING))[-1:]
    return before in _ENDS and (bool(between) or before in _WITHOUT_SPACE) if before else False
