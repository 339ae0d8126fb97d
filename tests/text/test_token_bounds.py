import unicodedata

import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st
from word_search import end_with_marks, is_letter, is_mark, is_unseen, levels_of

from bert_keras.text import span_bounds
from bert_keras.text.token_bounds import _LETTER, _MARK, _NUMBER, _UNSEEN, _classes

# Letters and digits, marks, joiners and soft hyphens, points, ends of lines and pages, and scripts without blanks.
CHARACTERS = "aZé7½5٣x .,'-$\n\n\n\r\r\f\x85\u2028\u2029\u0301\u0308\u20dd\u200d\u200b\xad\x00東の京ไทยี한कि한"


def bounds(text: str, starts: list[int], ends: list[int]) -> tuple[list[int], list[int]]:
    levels, span_ends = graph(["b\u0301", text], starts, ends, [0, len(starts)])
    return levels.numpy().tolist(), span_ends.numpy().tolist()


@tf.function(
    input_signature=[tf.TensorSpec([None], tf.string), *[tf.TensorSpec([None], tf.int64)] * 3], autograph=False
)
def graph(texts: tf.Tensor, starts: tf.Tensor, ends: tf.Tensor, lengths: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    found = span_bounds(texts, *(tf.RaggedTensor.from_row_lengths(side, lengths) for side in (starts, ends)))
    return found.levels.flat_values, found.ends.flat_values


def cut(text: str, places: str = "|") -> tuple[str, list[int], list[int]]:
    """A text with the tokens that bars divide; blanks belong to none."""
    starts, ends, place = [], [], 0
    for piece in text.split(places):
        begin = place + len(piece) - len(piece.lstrip())
        if piece.strip():
            starts.append(begin)
            ends.append(begin + len(piece.strip()))
        place += len(piece)
    return text.replace(places, ""), starts, ends


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("in| 20|35| .", [2, 2, 1, 2]),
        ("(|2035|)", [2, 2, 2]),
        ("$|5|.|2| million", [2, 2, 1, 1, 2]),
        ("1|,|200|,| 3", [2, 1, 1, 2, 2]),
        ("in| 5|.| 2", [2, 2, 2, 2]),
        ("U|.|S|.", [2, 2, 2, 2]),
        ("don|'|t", [2, 2, 2]),
        ("well|-|known", [2, 2, 2]),
        ("play|ing", [2, 1]),
        ("5|½", [2, 1]),
        ("東|京|は|Tokyo", [2, 2, 2, 2]),
        ("พ|ระ|2|5|6", [2, 2, 2, 1, 1]),
        ("한|국|어", [2, 1, 1]),
        ("soft|\xadly", [2, 1]),
        ("zero\u200b|wide", [2, 2]),
        ("snake|_|case", [2, 2, 2]),
        ("page\f|two", [2, 3]),
        ("title\n\n|text", [2, 3]),
        ("title\r\n \t\r\n|text", [2, 3]),
        ("a line\r\n|another", [2, 2]),
        ("a\n\r|b", [2, 3]),
        ("a\u2029|b", [2, 3]),
        ("\n\n|a\n| \n|b", [2, 3]),
    ],
)
def test_a_word_is_a_run_of_letters_and_digits_and_of_the_points_in_numbers(text: str, levels: list[int]) -> None:
    assert bounds(*cut(text))[0] == levels


def test_marks_belong_to_the_span_before_them_and_no_span_begins_with_one() -> None:
    cafe = "cafe\u0301\u0302 !"
    assert bounds(cafe, [0, 7], [4, 8]) == ([2, 2], [6, 8])  # an uncased tokenizer takes the marks away
    assert bounds("cafe\u0301", [0, 4], [4, 5]) == ([2, 0], [5, 5])  # a cased one makes a token of them
    assert bounds("☀\ufe0f!", [0, 2], [1, 3]) == ([2, 2], [2, 3])
    assert bounds("a \u0301", [0, 2], [1, 3])[0] == [2, 2]  # a mark on nothing


def test_a_character_of_several_tokens_is_not_divided() -> None:
    assert bounds("한 글", [0, 0, 2], [1, 1, 3])[0] == [2, 0, 2]


@st.composite
def tokens(draw: st.DrawFn) -> tuple[str, list[int], list[int]]:
    """Draws a text and tokens in it, some with gaps between them and some with a character in common."""
    text = draw(st.text(st.sampled_from(CHARACTERS), max_size=14))
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=10)))
    starts, ends = [], []
    for start, end in zip(edges, edges[1:], strict=False):
        if start < end and draw(st.integers(0, 4)):
            shared = bool(ends) and ends[-1] == start and not draw(st.integers(0, 9))
            starts.append(start - shared)
            ends.append(end)
    return text, starts, ends


@settings(max_examples=300, deadline=None, derandomize=True)
@given(tokens())
def test_bounds_are_those_of_a_search_character_by_character(made: tuple[str, list[int], list[int]]) -> None:
    text, starts, ends = made
    levels, span_ends = bounds(text, starts, ends)
    assert levels == levels_of(text, starts, ends)
    assert span_ends == [end_with_marks(text, end) for end in ends]


def test_the_classes_of_characters_are_those_of_unicode() -> None:
    classes = _classes()
    # Those that all versions of Unicode have.
    points = [p for p in (*range(0x500), *range(0x900, 0x970)) if unicodedata.category(chr(p))[0] not in "C"]
    of = dict(zip(points, classes.of(points).tolist(), strict=True))
    marks = {p for p in points if is_mark(chr(p))}
    assert {p for p in points if of[p] & _MARK} == marks
    assert not {p for p in points if of[p] & _UNSEEN}
    numbers = {p for p in points if unicodedata.category(chr(p))[0] == "N"}
    assert {p for p in points if of[p] & _NUMBER} == numbers
    assert [p for p in points if p not in marks and bool(of[p] & _LETTER) != is_letter(chr(p))] == []
    assert is_unseen("\xad") and classes.of([0xAD])[0] & _UNSEEN


def test_no_texts_have_no_bounds() -> None:
    none = tf.zeros([0], tf.int64)
    assert [len(values) for values in graph(tf.zeros([0], tf.string), none, none, none)] == [0, 0]
    assert bounds("", [], []) == ([], [])
