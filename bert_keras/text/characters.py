"""BERT's normalisation of single Unicode code points, as arrays for look-ups in a TensorFlow graph.

The reference (BasicTokenizer of the BERT release, and `tokenizers`) cleans, decomposes, strips accents and lower-cases
character by character, with the Unicode tables of its time. `unicode.json` holds the result for every code point, so a
graph with these arrays gives the same results everywhere, whatever Unicode version Python or TensorFlow have.
"""

import functools
import json
import unicodedata
from dataclasses import dataclass
from importlib import resources

import numpy as np

SPACE = 0x20
_HANGUL_SYLLABLES = range(0xAC00, 0xD7A4)


@dataclass(frozen=True)
class CharacterTable:
    """The replacement of each code point, and the code points that form words by themselves; all arrays are int32.

    Attributes:
        changed: The code points that are replaced or removed, sorted, `[entries]`.
        lengths: The number of code points in each replacement, `[entries]`; 0 where the code point is removed.
        offsets: The index in `replacements` where each replacement begins, `[entries]`.
        replacements: The code points of all replacements, concatenated.
        isolated: The boundaries `first, last + 1, …`, sorted, of the ranges of code points that form words by
            themselves after the replacement: punctuation and CJK ideographs.
    """

    changed: np.ndarray
    lengths: np.ndarray
    offsets: np.ndarray
    replacements: np.ndarray
    isolated: np.ndarray


@functools.cache
def character_table(lowercase: bool, strip_accents: bool) -> CharacterTable:
    """Returns the normalisation table for the given settings.

    Args:
        lowercase: Whether to lower-case characters, each by itself (so a final sigma gets no special form).
        strip_accents: Whether to decompose characters (NFD) and remove non-spacing marks.

    Returns:
        The table, which is cached.
    """
    unicode = json.loads(resources.files(__package__).joinpath("unicode.json").read_text(encoding="ascii"))
    replacement = _accent_free(unicode) if strip_accents else {}
    if lowercase:
        lower = unicode["lowercase"]
        replacement = {**lower, **{old: "".join(lower.get(c, c) for c in new) for old, new in replacement.items()}}
    replacement |= dict.fromkeys(_characters(unicode["whitespace"]), " ") | dict.fromkeys(
        _characters(unicode["removed"]), ""
    )
    changed = sorted(replacement)
    lengths = np.array([len(replacement[c]) for c in changed], np.int32)
    return CharacterTable(
        changed=np.array([ord(c) for c in changed], np.int32),
        lengths=lengths,
        offsets=(np.cumsum(lengths) - lengths).astype(np.int32),
        replacements=np.array([ord(c) for old in changed for c in replacement[old]], np.int32),
        isolated=_boundaries(unicode["punctuation"] + unicode["cjk"]),
    )


def _accent_free(unicode: dict) -> dict[str, str]:
    accents = dict.fromkeys(_characters(unicode["accents"]), "")
    # Hangul syllables decompose by a rule that has not changed since Unicode 2.0, so the file omits these 11,172 rows.
    hangul = {chr(point): unicodedata.normalize("NFD", chr(point)) for point in _HANGUL_SYLLABLES}
    return {**unicode["decomposed"], **accents, **hangul}


def _characters(ranges: list[list[int]]) -> list[str]:
    return [chr(point) for first, last in ranges for point in range(first, last + 1)]


def _boundaries(ranges: list[list[int]]) -> np.ndarray:
    return np.array([edge for first, last in sorted(ranges) for edge in (first, last + 1)], np.int32)
