r"""Grapheme clusters: what readers take for one character, as some languages and editors count it.

The rules are those of UAX #29 (Unicode 15) for the clusters that matter in texts: marks, emoji with modifiers and
joiners, flags, Hangul in letters, and "\r\n". Conjuncts of Indic scripts are not joined, as before Unicode 15.1.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence

_JOINER = "\u200d"
# Neither marks by their category, nor letters of their own: joiners, Thai and Lao AM, half-width voicing marks,
# modifiers of skin, tags.
_CONTINUING = re.compile("[\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_MARKS = ("Mn", "Mc", "Me")
_CONTROL = "\\x00-\\x1f\\x7f-\\x9f\u200b\u2028\u2029"
_FLAG = "[\U0001f1e6-\U0001f1ff]{1,2}"
_LEADS, _VOWELS, _TAILS = "\u1100-\u115f\ua960-\ua97c", "\u1160-\u11a7\ud7b0-\ud7c6", "\u11a8-\u11ff\ud7cb-\ud7fb"
_HANGUL = f"[{_LEADS}]*(?:[\uac00-\ud7a3]|[{_VOWELS}])[{_VOWELS}]*[{_TAILS}]*|[{_LEADS}]+|[{_TAILS}]+"
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_SPECIAL = re.compile(f"\r\n|[\U0001f1e6-\U0001f1ff{_LEADS}{_VOWELS}{_TAILS}]")


@functools.lru_cache(maxsize=16)  # the questions of a context follow each other
def cluster_starts(text: str) -> Sequence[int]:
    """Finds the grapheme clusters of a text.

    Args:
        text: The text.

    Returns:
        The first code point of each cluster, ascending, and the length of the text at the end.
    """
    continuing = [character for character in set(text) if continues(character)]
    if not continuing and not _SPECIAL.search(text):
        return range(len(text) + 1)
    more = f"[{''.join(map(re.escape, continuing))}]*" if continuing else ""
    pictures = f"{_PICTURE}(?:{more}(?<={_JOINER}){_PICTURE})*" if _JOINER in continuing else "(?!)"
    base = f"(?:{_FLAG}|{_HANGUL}|{pictures}|[^{_CONTROL}])"
    pattern = re.compile(f"\r\n|[{_CONTROL}]|{base}{more}", re.DOTALL)
    return [*(match.start() for match in pattern.finditer(text)), len(text)]


def continues(character: str) -> bool:
    """Returns whether a character belongs to the one before it: a mark, a joiner, a modifier."""
    return unicodedata.category(character) in _MARKS or bool(_CONTINUING.match(character))
