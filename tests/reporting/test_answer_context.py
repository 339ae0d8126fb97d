import dataclasses

from answer_records import PARAGRAPH, answered
from hypothesis import given, strategies as st

from bert_keras.reporting import AnsweredQuestion, Span
from bert_keras.reporting.answer_context import marked_context

LONG = " ".join(f"[{number}] {PARAGRAPH}" for number in range(100))


def asked(context: str, gold: list[tuple[int, int]], best: tuple[int, int] | None) -> AnsweredQuestion:
    spans = tuple(Span(context[start:end], start, end) for start, end in gold)
    found = Span(context[best[0] : best[1]], *best) if best else None
    return dataclasses.replace(answered("?", context, [], None, 0.0), gold=spans, best=found)


PLACES = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda pair: (pair[0], sum(pair)))


@given(st.text(min_size=40, max_size=60), st.lists(PLACES, max_size=4), st.none() | PLACES)
def test_every_code_point_of_a_context_is_shown_once_with_its_marks(
    context: str, gold: list[tuple[int, int]], best: tuple[int, int] | None
) -> None:
    pieces = marked_context(asked(context, gold, best))
    assert "".join(piece.text for piece in pieces) == context
    found = [(piece.gold, piece.best) for piece in pieces for _ in piece.text]
    wanted = [
        (any(a <= place < b for a, b in gold), best is not None and best[0] <= place < best[1])
        for place in range(len(context))
    ]
    assert found == wanted


def test_where_gold_and_predicted_overlap_a_piece_is_both() -> None:
    pieces = marked_context(asked("one two three four", [(4, 13)], (8, 18)))
    assert [(piece.text, piece.gold, piece.best) for piece in pieces] == [
        ("one ", False, False),
        ("two ", True, False),
        ("three", True, True),
        (" four", False, True),
    ]


def test_a_long_context_is_cut_to_what_is_around_the_answers() -> None:
    gold, best = LONG.index("[70]"), LONG.index("[20]")
    pieces = marked_context(asked(LONG, [(gold, gold + 14)], (best, best + 14)))
    assert [piece.text for piece in pieces if piece.best] == ["[20] The light"]
    assert [piece.text for piece in pieces if piece.gold] == ["[70] The light"]
    shown = sum(len(piece.text) for piece in pieces)
    assert 1_200 <= shown < 1_400
    assert shown + sum(piece.left_out for piece in pieces) == len(LONG)
    assert [bool(piece.left_out) for piece in pieces] == [True, False, False, True, False, False, True]


def test_a_long_context_is_cut_at_blanks_where_there_are_some() -> None:
    place = LONG.index("[50]")
    first, *_, last = marked_context(asked(LONG, [(place, place + 4)], None))[:-1]
    assert first.text.startswith(" ") and LONG[LONG.index(first.text) + len(first.text) - 1] == " "
    assert LONG[LONG.index(last.text) + len(last.text)] == " "
    chinese = "灯塔" * 5_000
    assert sum(len(piece.text) for piece in marked_context(asked(chinese, [(5_000, 5_002)], None))) == 602


def test_of_an_answer_of_pages_the_beginning_and_the_end_are_shown() -> None:
    pieces = marked_context(asked("x" * 50_000, [], (10_000, 40_000)))
    assert [(len(piece.text), piece.best, piece.left_out) for piece in pieces] == [
        (300, False, 9_700),
        (300, True, 0),
        (300, True, 29_400),
        (300, False, 0),
        (0, False, 9_700),
    ]


def test_of_a_long_context_without_answers_the_beginning_is_shown() -> None:
    shown, rest = marked_context(asked(LONG, [], None))
    assert LONG.startswith(shown.text) and 300 <= len(shown.text) < 320
    assert rest.left_out == len(LONG) - len(shown.text)
    assert marked_context(asked("", [], None)) == []
