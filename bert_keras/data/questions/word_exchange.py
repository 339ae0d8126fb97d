"""The exchange of a word of a question for one of near meaning from another question."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bert_keras.data.questions.hard_negatives import token_ids
from bert_keras.data.questions.question import Question
from bert_keras.text import BertTokenizer

_WORD = re.compile(r"\w+(?:[-'\N{RIGHT SINGLE QUOTATION MARK}]\w+)*")
# A word of more questions than these, such as "the" or "what", bears too little of the question's meaning.
_COMMON_SHARE, _COMMON_LEAST = 0.01, 3
_CANDIDATES = 400  # the nearest in the file, among which those of nearest meaning are sought
_DRAWN_FROM = 5
_LEAST_LENGTH = 1e-12
_STEM = 4  # letters that two forms of a word share


@dataclass(frozen=True)
class _Word:
    text: str
    start: int

    @property
    def folded(self) -> str:
        return self.text.casefold()

    @property
    def kind(self) -> str:
        """What a word that takes its place shares with it: digits, a capital letter, or the ending."""
        if self.text.isdigit():
            return f"{len(self.text)} digits"
        return "capital" if self.text[0].isupper() and self.start > 0 else self.folded[-2:]


class WordExchange:
    """Exchanges a word of a question for one of another question.

    Args:
        questions: All questions, from which words are taken.
        tokenizer: The tokenizer of the vectors.
        token_vectors: The input embedding of each token.
        random: The random numbers.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        tokenizer: BertTokenizer,
        token_vectors: np.ndarray,
        random: np.random.Generator,
    ) -> None:
        self._random = random
        self._texts = [question.text for question in questions]
        self._words = [_words(text) for text in self._texts]
        asked_in = Counter(folded for words in self._words for folded in {word.folded for word in words})
        most = max(_COMMON_LEAST, _COMMON_SHARE * len(questions))
        self._common = {folded for folded, count in asked_in.items() if count > most}
        by_kind: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for place, words in enumerate(self._words):
            for word in words:
                if word.folded not in self._common:
                    by_kind[word.kind].append((place, word.text))
        self._texts_of = {kind: [text for _, text in found] for kind, found in by_kind.items()}
        self._places_of = {kind: np.array([place for place, _ in found]) for kind, found in by_kind.items()}
        distinct = list(dict.fromkeys(text for texts in self._texts_of.values() for text in texts))
        self._rows = {text: row for row, text in enumerate(distinct)}
        self._vectors = _word_vectors(distinct, tokenizer, token_vectors)

    def with_other_word(self, place: int, context: str) -> str | None:
        """Returns the text of a question with a word exchanged; `None` if no word can be."""
        there = {word.folded for word in _words(context)}
        words = [word for word in self._words[place] if word.folded in there and word.folded not in self._common]
        for number in self._random.permutation(len(words)).tolist():
            new = self._other(words[number], place, there)
            if new is not None:
                text, start = self._texts[place], words[number].start
                return text[:start] + new + text[start + len(words[number].text) :]
        return None

    def _other(self, word: _Word, place: int, there: set[str]) -> str | None:
        """Draws one of the words of the same kind that are nearest in meaning and not in the context."""
        texts = self._texts_of[word.kind]
        stems = {folded[:_STEM] for folded in there}
        stems.update(of.folded[:_STEM] for of in self._words[place])
        around = dict.fromkeys(texts[number] for number in _around(self._places_of[word.kind], place))
        known = there if word.text.isdigit() else stems
        free = [text for text in around if text.casefold()[: None if text.isdigit() else _STEM] not in known]
        if not free:
            return None
        cosines = self._vectors[[self._rows[text] for text in free]] @ self._vectors[self._rows[word.text]]
        return free[int(self._random.choice(np.argsort(-cosines, kind="stable")[:_DRAWN_FROM]))]


def _words(text: str) -> list[_Word]:
    return [_Word(match.group(), match.start()) for match in _WORD.finditer(text)]


def _around(places: np.ndarray, place: int) -> range:
    """Returns the indices of the places around one."""
    middle = int(np.searchsorted(places, place))
    return range(max(0, middle - _CANDIDATES // 2), min(len(places), middle + _CANDIDATES // 2))


def _word_vectors(words: Sequence[str], tokenizer: BertTokenizer, token_vectors: np.ndarray) -> np.ndarray:
    """Returns the mean vectors of the tokens of words, of length 1, `[words, dimension]`."""
    vectors = token_vectors - token_vectors.mean(axis=0)  # what all tokens share would make all cosines high
    found = np.zeros([len(words), vectors.shape[1]], np.float32)
    for row, ids in enumerate(token_ids(tokenizer, words)):
        if ids:
            found[row] = vectors[ids].mean(axis=0)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), _LEAST_LENGTH)
