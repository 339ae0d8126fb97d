"""Extracts from the reference tokenizer its treatment of each code point, for `bert_keras/text/unicode.json`.

Run `python -m tests.text.unicode_reference` to write that file anew when the reference's Unicode tables change;
`test_characters.py` fails when they do.
"""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from tokenizers import normalizers, pre_tokenizers

TABLE = Path(__file__).parents[2] / "bert_keras" / "text" / "unicode.json"
CODE_POINTS = [point for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]


def _bert(**on: bool) -> Callable[[str], str]:
    off = {"clean_text": False, "handle_chinese_chars": False, "strip_accents": False, "lowercase": False}
    return normalizers.BertNormalizer(**(off | on)).normalize_str


def _ranges(points: Iterable[int]) -> list[list[int]]:
    """Joins ascending code points to [first, last] pairs."""
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return ranges


def _changed(change: Callable[[str], str]) -> dict[str, str]:
    """The characters that `change` alters, and what they become."""
    return {chr(point): new for point in CODE_POINTS if (new := change(chr(point))) != chr(point)}


def read() -> dict:
    """Asks the reference about every code point, one at a time."""
    clean, cjk = _bert(clean_text=True), _bert(handle_chinese_chars=True)
    split = pre_tokenizers.BertPreTokenizer().pre_tokenize_str
    accents = _changed(_bert(strip_accents=True))
    nfd, nfkd = (_changed(of().normalize_str) for of in (normalizers.NFD, normalizers.NFKD))
    marks = _changed(normalizers.StripAccents().normalize_str)
    return {
        "removed": _ranges(p for p in CODE_POINTS if clean(chr(p)) == ""),
        "blank": _ranges(p for p in CODE_POINTS if clean(chr(p)) == " "),
        "cjk": _ranges(p for p in CODE_POINTS if cjk(chr(p)) != chr(p)),
        "punctuation": _ranges(p for p in CODE_POINTS if len(split(f"a{chr(p)}a")) == 3),
        "whitespace": _ranges(p for p in CODE_POINTS if len(split(f"a{chr(p)}a")) == 2),
        "word": _ranges(p for p in CODE_POINTS if _is_word(chr(p))),
        "numeric": _ranges(p for p in CODE_POINTS if _is_number(chr(p))),
        "accents": _ranges(ord(c) for c, new in accents.items() if new == ""),
        "marks": _ranges(ord(c) for c, new in marks.items() if new == ""),
        "decomposed": _without_hangul(nfd),
        "compatible": {c: new for c, new in _without_hangul(nfkd).items() if nfd.get(c) != new},
        "composed": dict(_pairs(nfd)),
        "combining": _combining(nfd),
        "lowercase": _changed(_bert(lowercase=True)),
    }


def _without_hangul(changed: dict[str, str]) -> dict[str, str]:
    return {c: new for c, new in changed.items() if not 0xAC00 <= ord(c) <= 0xD7A3}


def _is_word(c: str) -> bool:
    return len(pre_tokenizers.Whitespace().pre_tokenize_str(f"a{c}a")) == 1


def _is_number(c: str) -> bool:
    return len(pre_tokenizers.Digits().pre_tokenize_str(f"a{c}a")) == 3


def _pairs(nfd: dict[str, str]) -> Iterable[tuple[str, str]]:
    """Yields each pair of characters, and the character that NFC makes of them."""
    compose = normalizers.NFC().normalize_str
    for c, parts in _without_hangul(nfd).items():
        if len(parts) > 1 and compose(c) == c:
            pair = compose(parts[:-1]) + parts[-1]
            assert len(pair) == 2 and compose(pair) == c, c
            yield pair, c


def _combining(nfd: dict[str, str]) -> list[list[int]]:
    """Returns [first, last, class] of the characters that NFD reorders; each class by its order among the others."""
    reorder = normalizers.NFD().normalize_str
    first, last = "\u0334", "\u0345"  # of the first and the last class
    # One mark of each class that Python knows, of those that the reference knows too.
    known = {unicodedata.combining(c): c for c in map(chr, reversed(CODE_POINTS)) if reorder(last + c) != last + c}
    marks = [known[place] for place in sorted(known)] + [last]
    ranges: list[list[int]] = []
    for point in CODE_POINTS:
        c = chr(point)
        if c in nfd or (reorder(c + first) == c + first and reorder(last + c) == last + c):
            continue
        over = sum(reorder(c + mark) != c + mark for mark in marks)  # the classes below that of c
        if ranges and ranges[-1][1:] == [point - 1, over + 1]:
            ranges[-1][1] = point
        else:
            ranges.append([point, point, over + 1])
    return ranges


if __name__ == "__main__":
    TABLE.write_text(json.dumps(read(), ensure_ascii=True, separators=(",", ":"), indent=0) + "\n", encoding="ascii")
