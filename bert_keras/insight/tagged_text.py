"""A text as a token classifier reads it: its words, its windows, and the entities that are found in it."""

from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.tokens import Tokens, row_of, text_tokens
from bert_keras.models import Entity, TokenClassifier
from bert_keras.qa.decoding import best_windows

_ELSEWHERE = -1


@dataclass(frozen=True, slots=True)
class TaggedText:
    """A text over all windows.

    Attributes:
        entities: The entities of the whole text, as `TokenClassifier.tag` finds them.
        starts: The first code point of each word, `[words]`.
        ends: The index after its last one, `[words]`.
        columns: The place of each word's first token in the row of the inspected window, `[words]`; -1 for a word that
            another window decides, where it has more context.
        windows: The number of windows.
        shown: The index of the window that was inspected.
    """

    entities: tuple[Entity, ...]
    starts: np.ndarray
    ends: np.ndarray
    columns: np.ndarray
    windows: int
    shown: int

    def words(self, start: int, end: int) -> range:
        """Returns the words of a span of the text, given by its code points."""
        first = int(np.searchsorted(self.ends, start, side="right"))
        return range(first, max(first, int(np.searchsorted(self.starts, end, side="left"))))

    def decided(self, words: range) -> bool:
        """Returns whether there are words, all of which the inspected window decides."""
        return bool(len(words)) and bool((self.columns[words.start : words.stop] != _ELSEWHERE).all())


def read_tagged(tagger: TokenClassifier, text: str, window: int | None = None) -> tuple[TaggedText, Tokens]:
    """Finds the entities of a text, and the window to inspect.

    Args:
        tagger: A token classifier with a preprocessor.
        text: The text, of any length.
        window: The index of the window to inspect, from 0; `None` means the one that decides the most entities.

    Returns:
        The text, and the row of the window to inspect.

    Raises:
        InputError: The text has no word, or the window does not exist.
    """
    worded = tagger.preprocessor.worded([text])
    begins, lengths, places = (values.numpy() for values in worded.windows[1:])
    firsts, starts, ends = (values.numpy() for values in (worded.firsts, worded.starts, worded.ends))
    if not len(firsts):
        raise InputError(f"the text has no word to tag. Received: {text!r:.60}")
    if window is not None and not 0 <= window < len(begins):
        raise InputError(f"the text has {len(begins)} windows, numbered from 0. Received: {window}")
    columns = _columns(firsts, begins, lengths, places)
    (entities,) = tagger.tag([text])
    made = [
        TaggedText(entities, starts, ends, of_window, len(begins), shown) for shown, of_window in enumerate(columns)
    ]
    found = max(made, key=_decided_entities) if window is None else made[window]
    (tokens,) = text_tokens(tagger.preprocessor.tokenizer, [text])
    part = tokens.part(int(begins[found.shown]), int(lengths[found.shown]))
    return found, row_of(tagger.preprocessor.tokenizer, [part], text, None)


def _columns(firsts: np.ndarray, begins: np.ndarray, lengths: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Returns where each window's row has the words that it decides, `[windows, words]`; -1 for all others."""
    best = best_windows(np.zeros_like(begins), begins, lengths)
    offsets = firsts - begins[:, np.newaxis]
    inside = (offsets >= 0) & (offsets < lengths[:, np.newaxis])
    mine = inside & np.take_along_axis(best, np.where(inside, offsets, 0), axis=1)
    columns: np.ndarray = np.where(mine, places[:, np.newaxis] + offsets, _ELSEWHERE)
    return columns


def _decided_entities(text: TaggedText) -> int:
    return sum(text.decided(text.words(entity.start, entity.end)) for entity in text.entities)
