"""The words of a corpus and how often each occurs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import tensorflow as tf

from bert_keras.text.splitter import Splitter, splitter_of
from bert_keras.text.vocabulary import SPECIAL_TOKENS
from bert_keras.text.word_rules import WordRules

_MOST_PARTS = 500_000  # distinct parts of texts that wait to be split into words
_BLOCK = 2**20  # characters of the parts that are split together
_MOST_WORDS = 1_000_000  # distinct words that are kept in the end; four times as many on the way


def count_words(
    texts: Iterable[str], rules: WordRules, on_texts: Callable[[int], object] = lambda texts: None
) -> dict[str, int]:
    """Counts the words of a corpus of any size, as a tokenizer normalises and splits them.

    Args:
        texts: The texts, each of which is read once.
        rules: The rules of the tokenizer; ones that split at blanks.
        on_texts: A function that receives the number of texts since its last call.

    Returns:
        The words with their counts, the most frequent first and equally frequent ones in the order of their code
        points. Of more than a million distinct words the most frequent million; words that the rules take for unknown
        because of their length are left out.
    """
    splitter = splitter_of(SPECIAL_TOKENS, rules, ())
    parts: Counter[str] = Counter()  # the same parts come again and again: each is split into words once
    words: Counter[str] = Counter()
    for text in texts:
        parts.update(text.replace("\n", " ").split(" "))
        if len(parts) > _MOST_PARTS:
            _add_words(words, parts, splitter)
            parts.clear()
            if len(words) > 4 * _MOST_WORDS:
                words = Counter(_most_frequent(words))
        on_texts(1)
    _add_words(words, parts, splitter)
    return _most_frequent(words)


def _add_words(words: Counter[str], parts: Counter[str], splitter: Splitter) -> None:
    for block in _blocks(parts):
        found, rows = splitter.words(tf.constant(block, tf.string))
        for word, row in zip(found.numpy().tolist(), rows.numpy().tolist(), strict=True):
            words[word.decode("utf-8")] += parts[block[row]]


def _blocks(parts: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    size = 0
    for part in parts:
        block.append(part)
        size += 1 + len(part)
        if size >= _BLOCK:
            yield block
            block, size = [], 0
    if block:
        yield block


def _most_frequent(words: Counter[str]) -> dict[str, int]:
    ordered = sorted(words.items(), key=lambda of: (-of[1], of[0]))
    return dict(ordered[:_MOST_WORDS])
