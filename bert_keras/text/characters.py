"""What the reference does to single Unicode code points, as arrays for look-ups in a TensorFlow graph.

The reference (`tokenizers`, and BasicTokenizer of the BERT release) has the Unicode tables of its time. `unicode.json`
holds what it does to every code point, so a graph with these arrays gives the same results everywhere, whatever Unicode
version Python or TensorFlow have.
"""

import functools
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np

_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)
LEADS, VOWELS, TAILS = range(0x1100, 0x1113), range(0x1161, 0x1176), range(0x11A8, 0x11C3)
"""The letters of which Hangul syllables are composed."""

# The bits of a code point's classes; the lowest six are the rank of its combining class among all, 0 for a starter.
COMBINING = 63
WHITESPACE, PUNCTUATION, WORD, IDEOGRAPH, FIRST, SECOND = (1 << place for place in range(6, 12))


@dataclass(frozen=True, eq=False)
class CharacterTable:
    """The replacements of code points; all arrays are int32.

    Attributes:
        changed: The code points that are replaced or removed, sorted, `[entries]`; at least one.
        lengths: The number of code points in each replacement, `[entries]`; 0 where the code point is removed.
        offsets: The index in `replacements` where each replacement begins, `[entries]`.
        replacements: The code points of all replacements, concatenated; at least one.
        classes: The classes of `replacements`.
    """

    changed: np.ndarray
    lengths: np.ndarray
    offsets: np.ndarray
    replacements: np.ndarray
    classes: np.ndarray


@dataclass(frozen=True, eq=False)
class CharacterClasses:
    """The classes of all code points: those from `edges[i]` on have `bits[i]`; int32."""

    edges: np.ndarray
    bits: np.ndarray

    def of(self, points: np.ndarray) -> np.ndarray:
        """Returns the classes of code points."""
        return self.bits[np.searchsorted(self.edges, points, side="right") - 1]


@functools.cache
def unicode_data() -> dict[str, Any]:
    """Returns the content of `unicode.json`."""
    return json.loads(resources.files(__package__).joinpath("unicode.json").read_text(encoding="ascii"))


@functools.cache
def changes(name: str) -> Mapping[str, str]:
    """Returns which characters a step of a normalizer changes, and to what.

    Args:
        name: "clean", "ideographs", "lowercase"; "NFD" and "NFKD", which also reorder marks; "accents", which removes
            what BertNormalizer takes for accents after NFD; "marks", which removes what StripAccents does.

    Returns:
        The new text of each character that changes.
    """
    data = unicode_data()
    if name == "clean":
        removed, blank = (characters(data[part]) for part in ("removed", "blank"))
        return dict.fromkeys(removed, "") | dict.fromkeys(blank, " ")
    if name == "ideographs":
        return {c: f" {c} " for c in characters(data["cjk"])}
    if name in ("accents", "marks"):
        return dict.fromkeys(characters(data[name]), "")
    if name == "lowercase":
        return data["lowercase"]
    # Hangul syllables decompose by a rule that has not changed since Unicode 2.0, so the file omits these 11,172 rows.
    hangul = {chr(point): unicodedata.normalize("NFD", chr(point)) for point in _HANGUL_SYLLABLES}
    return {**data["decomposed"], **hangul, **(data["compatible"] if name == "NFKD" else {})}


def chained(*steps: Mapping[str, str]) -> dict[str, str]:
    """Returns the changes that several changes of single characters make one after the other."""
    result: dict[str, str] = {}
    for step in steps:
        result = {**step, **{old: "".join(step.get(c, c) for c in new) for old, new in result.items()}}
    return result


def table_of(changed: Mapping[str, str]) -> CharacterTable:
    """Returns the arrays of changes."""
    changed = changed if any(changed.values()) else {**changed, " ": changed.get(" ", " ")}
    order = sorted(changed)
    lengths = np.array([len(changed[c]) for c in order], np.int32)
    replacements = np.array([ord(c) for old in order for c in changed[old]] or [0], np.int32)
    return CharacterTable(
        changed=np.array([ord(c) for c in order], np.int32),
        lengths=lengths,
        offsets=(np.cumsum(lengths) - lengths).astype(np.int32),
        replacements=replacements,
        classes=character_classes().of(replacements),
    )


@functools.cache
def character_classes() -> CharacterClasses:
    """Returns the classes of all code points."""
    data = unicode_data()
    bits = np.zeros(0x110000, np.int32)
    for name, bit in (("whitespace", WHITESPACE), ("punctuation", PUNCTUATION), ("word", WORD), ("cjk", IDEOGRAPH)):
        for first, last in data[name]:
            bits[first : last + 1] |= bit
    for first, last, rank in data["combining"]:
        bits[first : last + 1] |= rank
    bits[[ord(pair[0]) for pair in data["composed"]] + list(LEADS)] |= FIRST
    bits[[ord(pair[1]) for pair in data["composed"]] + list(VOWELS) + list(TAILS)] |= SECOND
    edges = np.flatnonzero(np.diff(bits, prepend=-1))
    return CharacterClasses(edges.astype(np.int32), bits[edges])


@functools.cache
def spaced_marks() -> np.ndarray:
    """Returns the code points that BertNormalizer does not remove as accents though NFD reorders them, int32 sorted.

    Only beside these does the order matter into which NFD brings marks before the accents are removed.
    """
    accents, classes = changes("accents"), character_classes()
    ranked = np.flatnonzero(classes.of(np.arange(0x110000)) & COMBINING)
    marks = {chr(point) for point in ranked.tolist()} - set(accents)
    composed = {c for c, parts in changes("NFD").items() if marks & set(parts)}
    return np.array(sorted(map(ord, marks | composed)), np.int32)


def characters(ranges: list[list[int]]) -> list[str]:
    """Returns the characters of ranges of code points."""
    return [chr(point) for first, last in ranges for point in range(first, last + 1)]
