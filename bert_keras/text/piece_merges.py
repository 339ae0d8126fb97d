"""The joining of pieces of words, the most frequent pair first."""

import heapq
from collections.abc import Mapping, Sequence

PREFIX = "##"
"""The mark of pieces that continue a word."""


class PieceMerges:
    """Byte-pair encoding of words (Sennrich et al. 2016, section 3.2) with the prefix of WordPiece.

    Args:
        tokens: The first tokens by id, the pieces of one character of all words among them.
        words: The words with their counts.
        fewest: How often a pair must occur to be joined.

    Attributes:
        tokens: The tokens by id; `step` adds to them.
    """

    def __init__(self, tokens: Sequence[str], words: Mapping[str, int], fewest: int) -> None:
        self.tokens = list(tokens)
        self._ids = {token: place for place, token in enumerate(self.tokens)}
        self._fewest, self._counts = fewest, list(words.values())
        self._words = [
            [self._ids[word[0]], *(self._ids[PREFIX + character] for character in word[1:])] for word in words
        ]
        self._pairs: dict[tuple[int, int], int] = {}
        self._places: dict[tuple[int, int], set[int]] = {}  # the words that have, or had, a pair
        for place in range(len(self._words)):
            self._count(place, 1)
        self._waiting = [(-count, pair) for pair, count in self._pairs.items()]
        heapq.heapify(self._waiting)

    def step(self) -> bool:
        """Joins the most frequent pair of pieces in all words.

        Returns:
            Whether there was a pair. The token that it becomes may have been there before, from other pieces.
        """
        while self._waiting:
            count, pair = heapq.heappop(self._waiting)
            now = self._pairs.get(pair, 0)
            if -count != now and now:
                heapq.heappush(self._waiting, (-now, pair))  # fewer by now, and its turn comes later
            elif now:
                return now >= self._fewest and self._join(pair)
        return False

    def _join(self, pair: tuple[int, int]) -> bool:
        token = self.tokens[pair[0]] + self.tokens[pair[1]].removeprefix(PREFIX)
        joined = self._ids.setdefault(token, len(self.tokens))
        if joined == len(self.tokens):
            self.tokens.append(token)
        grown: set[tuple[int, int]] = set()
        for place in self._places.pop(pair):
            pieces = self._words[place]
            merged = _merged(pieces, pair, joined)
            if len(merged) == len(pieces):
                continue
            self._count(place, -1)
            self._words[place] = merged
            grown |= self._count(place, 1)
        for one in grown:
            heapq.heappush(self._waiting, (-self._pairs[one], one))
        return True

    def _count(self, place: int, sign: int) -> set[tuple[int, int]]:
        """Counts the pairs of a word, or takes them from the counts; returns them."""
        pieces, count = self._words[place], sign * self._counts[place]
        pairs = list(zip(pieces, pieces[1:], strict=False))
        for pair in pairs:
            self._pairs[pair] = self._pairs.get(pair, 0) + count
            if sign > 0:
                self._places.setdefault(pair, set()).add(place)
        return set(pairs)


def _merged(pieces: list[int], pair: tuple[int, int], joined: int) -> list[int]:
    """Returns the pieces of a word with each occurrence of a pair joined, from the left."""
    first, second = pair
    result: list[int] = []
    place, last = 0, len(pieces) - 1
    while place <= last:
        if pieces[place] == first and place < last and pieces[place + 1] == second:
            result.append(joined)
            place += 2
        else:
            result.append(pieces[place])
            place += 1
    return result
