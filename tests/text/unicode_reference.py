"""Extracts from the reference tokenizer its treatment of each code point, for `bert_keras/text/unicode.json`.

Run `python -m tests.text.unicode_reference` to write that file anew when the reference's Unicode tables change;
`test_characters.py` fails when they do.
"""

import json
import sys
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
    decomposed = _changed(_bert(strip_accents=True))
    return {
        "removed": _ranges(p for p in CODE_POINTS if clean(chr(p)) == ""),
        "whitespace": _ranges(p for p in CODE_POINTS if clean(chr(p)) == " "),
        "cjk": _ranges(p for p in CODE_POINTS if cjk(chr(p)) != chr(p)),
        "punctuation": _ranges(p for p in CODE_POINTS if len(split(f"a{chr(p)}a")) == 3),
        "accents": _ranges(ord(c) for c, new in decomposed.items() if new == ""),
        "decomposed": {c: new for c, new in decomposed.items() if new and not 0xAC00 <= ord(c) <= 0xD7A3},
        "lowercase": _changed(_bert(lowercase=True)),
    }


if __name__ == "__main__":
    TABLE.write_text(json.dumps(read(), ensure_ascii=True, separators=(",", ":"), indent=0) + "\n", encoding="ascii")
