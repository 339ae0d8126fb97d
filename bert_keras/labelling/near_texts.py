"""Texts that are nearly the same, so that nobody labels one of them twice."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"\w+")
_SHARED, _OF = 4, 5  # of the pairs of adjacent words of both texts together, as in data.near_duplicates


class NearTexts:
    """Texts, of which it is asked whether another is nearly the same.

    Two are if they have the same words but for case and signs, or if the Jaccard index of their pairs of adjacent words
    is at least 0.8.

    Args:
        texts: The texts to begin with.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._words: set[str] = set()
        self._with: dict[tuple[str, str], list[set[tuple[str, str]]]] = {}
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Adds a text."""
        words = _WORD.findall(text.casefold())
        pairs = _pairs(words)
        self._words.add(_key(text, words))
        for pair in pairs:
            self._with.setdefault(pair, []).append(pairs)

    def __contains__(self, text: str) -> bool:
        """Returns whether a text is nearly the same as one of them."""
        words = _WORD.findall(text.casefold())
        if _key(text, words) in self._words:
            return True
        pairs = _pairs(words)
        # A text that shares four fifths shares one of any fifth and one more.
        few = sorted(pairs, key=lambda pair: len(self._with.get(pair, ())))[: len(pairs) // _OF + 1]
        others = (other for pair in few for other in self._with.get(pair, ()))
        return any(_OF * len(pairs & other) >= _SHARED * len(pairs | other) for other in others)


def _pairs(words: list[str]) -> set[tuple[str, str]]:
    return set(zip(words, words[1:], strict=False))


def _key(text: str, words: list[str]) -> str:
    return " ".join(words) or text.strip()
