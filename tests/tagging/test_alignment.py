"""Spans of texts as words: widened, left out and told, never lost."""

import numpy as np

from bert_keras.tagging import Span, align

# "New York, Ann-Lena"
STARTS, ENDS = np.array([0, 4, 8, 10, 13, 14]), np.array([3, 8, 9, 13, 14, 18])


def test_spans_of_whole_words_are_kept_in_the_order_of_the_text() -> None:
    found = align([Span(10, 18, "PER"), Span(0, 8, "LOC")], STARTS, ENDS)
    assert found == ([(0, 1, 1), (3, 5, 0)], [], [], [])


def test_blanks_at_the_ends_of_a_span_are_no_part_of_a_word() -> None:
    assert align([Span(3, 10, "LOC")], STARTS, ENDS) == ([(1, 2, 0)], [], [], [])


def test_a_span_within_a_word_is_widened_to_it() -> None:
    assert align([Span(5, 8, "LOC")], STARTS, ENDS).words == [(1, 1, 0)]
    assert align([Span(5, 8, "LOC"), Span(10, 17, "PER")], STARTS, ENDS).widened == [0, 1]


def test_of_overlapping_spans_the_longest_is_kept_and_of_equal_ones_the_first() -> None:
    spans = [Span(10, 13, "A"), Span(10, 18, "B"), Span(14, 18, "C"), Span(0, 3, "D"), Span(0, 3, "E")]
    found = align(spans, STARTS, ENDS)
    assert (found.words, found.overlapping) == ([(0, 0, 3), (3, 5, 1)], [0, 2, 4])


def test_spans_that_share_a_word_after_widening_overlap() -> None:
    found = align([Span(4, 6, "A"), Span(6, 8, "B")], STARTS, ENDS)
    assert (found.words, found.widened, found.overlapping) == ([(1, 1, 0)], [0], [1])


def test_a_span_without_a_word_is_left_out() -> None:
    assert align([Span(3, 4, "A"), Span(18, 18, "B")], STARTS, ENDS) == ([], [], [], [0, 1])
    assert align([Span(5, 5, "A"), Span(4, 4, "B")], STARTS, ENDS).wordless == [0, 1]  # empty, within and before a word
    assert align([Span(0, 1, "A")], np.zeros(0, np.int64), np.zeros(0, np.int64)).wordless == [0]
