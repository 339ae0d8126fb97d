"""What BERT's text normalisation does to single Unicode code points, as arrays that a TensorFlow graph can look up.

The reference (BasicTokenizer of the BERT release, and `tokenizers`) cleans, decomposes, strips accents and lower-cases
character by character, each with the Unicode tables of its own day. `unicode.json` holds what it does to every code
point, so a graph that carries these arrays normalises alike wherever it runs: neither Python's nor TensorFlow's Unicode
version has a say.
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
    """Normalisation of code points; all arrays are int32.

    Attributes:
        changed: Sorted code points that do not simply stay, `[entries]`.
        lengths: How many code points each becomes; 0 where it is removed, `[entries]`.
        offsets: Where its replacement begins in `replacements`, `[entries]`.
        replacements: The replacements, end to end.
        isolated: Sorted boundaries `first, last + 1, …` of the ranges whose code points (after the replacement) are
            words of their own: punctuation and CJK ideographs.
    """

    changed: np.ndarray
    lengths: np.ndarray
    offsets: np.ndarray
    replacements: np.ndarray
    isolated: np.ndarray


@functools.cache
def character_table(lowercase: bool, strip_accents: bool) -> CharacterTable:
    """Builds the table of one kind of tokenizer.

    Args:
        lowercase: Whether characters are lower-cased, one by one (so a final sigma is as any other).
        strip_accents: Whether characters are decomposed (NFD) and non-spacing marks dropped.

    Returns:
        The table; made once for each kind.
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
    # Hangul decomposes by arithmetic that has not changed since Unicode 2.0, so the file does without these 11,172
    # rows.
    hangul = {chr(point): unicodedata.normalize("NFD", chr(point)) for point in _HANGUL_SYLLABLES}
    return {**unicode["decomposed"], **accents, **hangul}


def _characters(ranges: list[list[int]]) -> list[str]:
    return [chr(point) for first, last in ranges for point in range(first, last + 1)]


def _boundaries(ranges: list[list[int]]) -> np.ndarray:
    return np.array([edge for first, last in sorted(ranges) for edge in (first, last + 1)], np.int32)
