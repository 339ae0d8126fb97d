import dataclasses

import pytest
from answer_records import PARAGRAPH, answered, windows
from hypothesis import given, strategies as st

from bert_keras.reporting.answer_windows import WIDTH, strip


@given(st.integers(1, 5_000), st.integers(2, 300), st.data())
def test_windows_that_overlap_stand_in_different_rows(length: int, size: int, data: st.DataObject) -> None:
    context = "x" * length
    question = dataclasses.replace(
        answered("?", context, [], None, 0.0), windows=windows(context, size, data.draw(st.integers(0, size - 1)))
    )
    drawn = strip(question)
    by_row: dict[float, float] = {}
    for bar in drawn.windows:
        assert by_row.get(bar.y, -1.0) < bar.x
        by_row[bar.y] = bar.x + bar.width
    assert max(by_row.values()) == pytest.approx(WIDTH)
    assert all(bar.y + bar.height <= drawn.height for bar in drawn.windows)


def test_the_best_span_stands_above_the_windows_and_gold_below_at_their_places() -> None:
    drawn = strip(answered("?", "x" * 600 + "gold" + "x" * 200 + "best" + "x" * 192, ["gold"], "best", -1.0))
    (gold,), (best,) = drawn.gold, drawn.best
    assert (gold.x + gold.width / 2, best.x + best.width / 2) == (602, 806)
    assert best.y + best.height < min(bar.y for bar in drawn.windows)
    assert gold.y >= max(bar.y + bar.height for bar in drawn.windows)


def test_an_answer_of_a_letter_in_a_long_document_is_still_seen_at_its_very_end() -> None:
    (bar,) = strip(answered("?", "x" * 60_000 + "y", ["y"], None, 0.0)).gold
    assert (bar.x, bar.width) == (WIDTH - 5, 5)


def test_words_say_which_windows_hold_the_answers() -> None:
    about = strip(answered("?", PARAGRAPH, ["November 1858"], "birds", -1.0)).about
    assert about == "614 characters, 111 tokens, 2 windows, gold in window 1, best span in window 2"
    cut = dataclasses.replace(answered("?", PARAGRAPH, ["November 1858"], None, 0.0), windows=((0, 65), (65, 614)))
    assert strip(cut).about.endswith("2 windows, gold in no window")


def test_an_empty_context_has_an_empty_strip() -> None:
    question = dataclasses.replace(answered("?", "", [], None, 0.0), windows=())
    assert strip(question).about == "0 characters, 0 tokens, 0 windows"
    assert strip(question).windows == []
