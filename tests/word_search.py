"""Where spans of a text may begin and end, found character by character: what `span_bounds` is held against."""

import re
import unicodedata

_BLANKLESS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN", "IDEOGRAPHIC")


def is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def is_unseen(character: str) -> bool:
    """Whether a tokenizer drops a character that is no blank and separates nothing."""
    return unicodedata.category(character) in ("Cc", "Cf") and character not in "\t\n\v\f\r\x85\u200b"


def is_number(character: str) -> bool:
    return unicodedata.category(character)[0] == "N"


def is_letter(character: str) -> bool:
    """Whether a character is a letter of a script with blanks between words, or a digit."""
    if is_number(character):
        return True
    name = unicodedata.name(character, "")
    return unicodedata.category(character)[0] == "L" and not any(script in name for script in _BLANKLESS)


def within_word(text: str, place: int) -> bool:
    """Whether the characters before and after a place are of one word."""
    before = [c for c in text[:place] if not (is_mark(c) or is_unseen(c))]
    after = [c for c in text[place:] if not (is_mark(c) or is_unseen(c))]
    if not before or not after:
        return False

    def joins(left: list[str], character: str, right: list[str]) -> bool:
        in_number = character in ".," and bool(left) and bool(right) and is_number(left[-1]) and is_number(right[0])
        return is_letter(character) or in_number

    return joins(before[:-1], before[-1], after) and joins(before, after[0], after[1:])


def between_paragraphs(gap: str) -> bool:
    """Whether there is a blank line or the end of a page in what is between two tokens."""
    return "\f" in gap or "\u2029" in gap or len(re.findall("\r\n|[\n\v\r\x85\u2028]", gap)) > 1


def levels_of(text: str, starts: list[int], ends: list[int]) -> list[int]:
    """The place before each token: 0 in a character or before its mark, 1 in a word, 3 between paragraphs, else 2."""
    levels = []
    for token, start in enumerate(starts):
        glued = token > 0 and (ends[token - 1] > start or (ends[token - 1] == start and is_mark(text[start])))
        at_least_word = 3 if token > 0 and between_paragraphs(text[ends[token - 1] : start]) else 2
        levels.append(0 if glued else 1 if within_word(text, start) else at_least_word)
    return levels


def end_with_marks(text: str, end: int) -> int:
    """The end of a span, behind the marks that follow it."""
    while end < len(text) and is_mark(text[end]):
        end += 1
    return end
