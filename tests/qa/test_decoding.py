import json

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from windows import Windows, apart, loop_best, loop_document, loop_spans, windows

from bert_keras.qa.decoding import best_windows, document_spans, window_bounds, window_candidates
from bert_keras.qa.spans import Candidates, DocumentSpans, WindowBounds

N_BEST = st.sampled_from([1, 2, 5, 40])
MAX_ANSWER_TOKENS = st.sampled_from([1, 2, 4, 30])
LEVELS = st.sampled_from([(least, stop) for least in (1, 2) for stop in (3, 4)])


def bounds(rows: Windows, levels: tuple[int, int] = (1, 3)) -> WindowBounds:
    """Where spans of each window may begin and end."""
    found = window_bounds(rows.levels, rows.firsts, rows.begins, rows.lengths, *levels)
    return found._replace(may_begin=found.may_begin & best_windows(rows.documents, rows.begins, rows.lengths))


def decode(
    rows: Windows,
    n_best: int = 3,
    max_answer_tokens: int = 30,
    with_null: bool = True,
    levels: tuple[int, int] = (1, 3),
) -> tuple[Candidates, DocumentSpans]:
    candidates = window_candidates(*rows[:5], bounds(rows, levels), n_best, max_answer_tokens)
    return candidates, document_spans(candidates, rows.documents, rows.count, n_best, with_null)


def one_window(start: list[float], end: list[float], question: int = 2, tokens: int = 4) -> Windows:
    """A row `[CLS] question [SEP] context [SEP]` of one document."""
    columns = [np.array([column]) for column in (question + 2, tokens, 0, 0, 0)]
    levels = np.full(tokens, 2)
    return Windows(np.array([start], np.float32), np.array([end], np.float32), *columns, levels, 1)


def listed(spans: Candidates | DocumentSpans, row: int = 0) -> list[tuple[float, int, int]]:
    """The spans of a window or document that are there."""
    columns = (spans.scores[row].tolist(), spans.starts[row].tolist(), spans.ends[row].tolist())
    return [span for span in zip(*columns, strict=True) if span[0] > -np.inf]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(windows())
def test_each_token_belongs_to_the_window_that_loops_find(rows: Windows) -> None:
    best = best_windows(rows.documents, rows.begins, rows.lengths)
    expected = loop_best(rows)
    assert best.dtype == bool
    assert best.shape == (len(rows.lengths), rows.lengths.max(initial=0))
    for row, length in enumerate(rows.lengths):
        assert best[row, :length].tolist() == expected[row]
        assert not best[row, length:].any()
    tokens = {
        (rows.documents[row], rows.begins[row] + offset)
        for row, length in enumerate(rows.lengths)
        for offset in range(length)
    }
    assert best.sum() == len(tokens)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(windows(), N_BEST, MAX_ANSWER_TOKENS, LEVELS)
def test_the_candidates_of_each_window_are_those_that_loops_find(
    rows: Windows, n_best: int, max_answer_tokens: int, levels: tuple[int, int]
) -> None:
    candidates, _ = decode(rows, n_best, max_answer_tokens, levels=levels)
    for row, spans in enumerate(loop_spans(rows, max_answer_tokens, *levels)):
        assert listed(candidates, row) == apart(spans, n_best)
        total = np.logaddexp.reduce([span[0] for span in spans]) if spans else -np.inf
        assert candidates.totals[row] == pytest.approx(total, rel=1e-5, abs=1e-5)
        assert candidates.nulls[row] == rows.start[row, 0] + rows.end[row, 0]
    missing = np.isneginf(candidates.scores)
    assert not candidates.starts[missing].any()
    assert (candidates.ends[missing] == -1).all()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(windows(), N_BEST, MAX_ANSWER_TOKENS, st.booleans(), LEVELS)
def test_the_spans_of_each_document_are_those_that_loops_find(
    rows: Windows, n_best: int, max_answer_tokens: int, with_null: bool, levels: tuple[int, int]
) -> None:
    _, found = decode(rows, n_best, max_answer_tokens, with_null, levels)
    for document in range(rows.count):
        expected = loop_document(rows, document, max_answer_tokens, with_null, n_best, levels)
        assert listed(found, document) == expected["spans"]
        shares = np.zeros(n_best)
        shares[: len(expected["spans"])] = expected["probabilities"]
        np.testing.assert_allclose(found.probabilities[document], shares, rtol=1e-4, atol=1e-6)
        assert found.nulls[document] == expected["null"]
        assert found.null_odds[document] == pytest.approx(expected["null_odds"], rel=1e-5, abs=1e-5)
        assert found.null_probability[document] == pytest.approx(expected["null_probability"], rel=1e-4, abs=1e-6)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(windows(), st.integers(1, 3))
def test_windows_that_go_through_in_chunks_give_the_same(rows: Windows, size: int) -> None:
    whole, spans = decode(rows)
    columns, of_windows = rows[:5], bounds(rows)

    def part(columns: tuple[np.ndarray, ...], first: int) -> list[np.ndarray]:
        return [column[first : first + size] for column in columns]

    chunks = [
        window_candidates(*part(columns, first), WindowBounds(*part(of_windows, first)), 3, 30)
        for first in range(0, max(len(rows.lengths), 1), size)
    ]
    joined = Candidates(*map(np.concatenate, zip(*chunks, strict=True)))
    for name, values in joined._asdict().items():
        np.testing.assert_array_equal(values, getattr(whole, name), strict=True)
    again = document_spans(joined, rows.documents, rows.count, 3, with_null=True)
    assert [listed(again, row) for row in range(rows.count)] == [listed(spans, row) for row in range(rows.count)]


def test_outputs_have_the_types_that_callers_rely_on() -> None:
    candidates, spans = decode(one_window([0] * 9, [0] * 9))
    kinds = {name: values.dtype.name for name, values in (candidates._asdict() | spans._asdict()).items()}
    assert {name for name, kind in kinds.items() if kind == "int64"} == {"starts", "ends"}
    assert set(kinds.values()) == {"int64", "float32"}


def test_a_token_belongs_to_the_window_with_the_most_context_on_its_poorer_side() -> None:
    # Devlin's example: "the man went to the | to the store and bought | and bought a gallon of"; "bought" is of the
    # third.
    best = best_windows(np.zeros(3, int), np.array([0, 3, 6]), np.array([5, 5, 5]))
    assert best.astype(int).tolist() == [[1, 1, 1, 1, 0], [0, 1, 1, 1, 0], [0, 1, 1, 1, 1]]


def test_of_windows_with_equal_context_the_longer_has_the_token_and_of_equally_long_ones_the_first() -> None:
    assert best_windows(np.zeros(2, int), np.array([0, 2]), np.array([3, 4])).tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]
    assert best_windows(np.zeros(2, int), np.array([0, 2]), np.array([3, 3])).tolist() == [[1, 1, 1], [0, 1, 1]]


def test_documents_do_not_share_tokens() -> None:
    assert best_windows(np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([2, 2, 2])).tolist() == [
        [1, 1],
        [1, 1],
        [0, 1],
    ]


def test_no_span_ends_before_it_starts() -> None:
    # The best start (token 3) comes after the best end (token 0).
    rows = one_window([0, 0, 0, 0, 1, 0, 0, 9, 0], [0, 0, 0, 0, 9, 0, 0, 1, 0])
    assert listed(decode(rows)[1])[:2] == [(10.0, 0, 0), (10.0, 3, 3)]


def test_nothing_of_the_question_or_of_special_tokens_is_found() -> None:
    rows = one_window([5, 99, 99, 99, 1, 0, 0, 0, 99], [5, 99, 99, 99, 0, 0, 2, 0, 99], tokens=4)
    assert listed(decode(rows, n_best=1)[1]) == [(3.0, 0, 2)]


def test_a_span_may_have_as_many_tokens_as_allowed_and_no_more() -> None:
    rows = one_window([0, 0, 0, 0, 9, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1, 5, 0])
    assert listed(decode(rows, n_best=1, max_answer_tokens=4)[1]) == [(14.0, 0, 3)]
    assert listed(decode(rows, n_best=1, max_answer_tokens=3)[1]) == [(10.0, 0, 2)]


def test_a_span_stays_in_its_paragraph_unless_it_may_run_over_its_end() -> None:
    rows = one_window([0, 0, 0, 0, 9, 0, 0, 4, 0], [0, 0, 0, 0, 0, 0, 1, 5, 0])
    rows.levels[2] = 3  # the third of four tokens begins a paragraph
    assert listed(decode(rows)[1]) == [(9.0, 0, 0), (9.0, 3, 3), (1.0, 2, 2)]
    assert listed(decode(rows, levels=(1, 4))[1]) == [(14.0, 0, 3)]


def two_windows(first: list[float], second: list[float], nulls: tuple[float, float] = (0.0, 0.0)) -> Windows:
    """Two windows of two tokens side by side; each list has the start logits of a window, the end logits are 0."""
    start = np.array([[nulls[0], 0, *first, 0], [nulls[1], 0, *second, 0]], np.float32)
    columns = [np.array(column) for column in ([2, 2], [2, 2], [0, 2], [0, 0], [0, 0])]
    return Windows(start, np.zeros_like(start), *columns, np.full(4, 2), 1)


def test_a_span_that_overlaps_a_better_one_of_another_window_is_left_out_and_the_next_takes_its_place() -> None:
    # Windows of four tokens, the second two tokens further; a token belongs to the window in which it is farther in.
    start, end = np.full((2, 2, 8), -9, np.float32)
    columns = [np.array(column) for column in ([2, 2], [4, 4], [0, 2], [0, 0], [0, 0])]
    rows = Windows(start, end, *columns, np.full(6, 2), 1)
    start[0, 4], end[0, 5] = 5, 4  # tokens 2 and 3 in the first window, 9 points
    start[1, 3], end[1, 4] = 6, 6  # tokens 3 and 4 in the second one, 12 points
    start[0, 2] = end[0, 2] = 1  # token 0
    _, spans = decode(rows, n_best=2)
    assert listed(spans) == [(12.0, 3, 4), (2.0, 0, 0)]


def test_windows_are_compared_by_logits_and_have_one_softmax() -> None:
    # Within its window, the second window's 5 has half the probability; the first window's 1 has nearly all of it.
    _, spans = decode(two_windows([1, -20], [5, 5], nulls=(-30, -30)), n_best=4)
    assert listed(spans) == [(5.0, 2, 2), (5.0, 3, 3), (1.0, 0, 0), (-20.0, 1, 1)]
    # The two tokens of the second window are a span too, and so are those of the first: each has its share.
    weights = np.exp([5, 5, 1, -20])
    total = weights.sum() + np.exp(5) + np.exp(1)
    np.testing.assert_allclose(spans.probabilities[0], weights / total, rtol=1e-5)


def test_of_equal_scores_the_earlier_window_comes_first() -> None:
    _, spans = decode(two_windows([2, 0], [2, 0]), n_best=4)
    assert listed(spans) == [(2.0, 0, 0), (2.0, 2, 2), (0.0, 1, 1), (0.0, 3, 3)]


def test_the_null_is_the_least_of_the_windows() -> None:
    _, spans = decode(two_windows([1, 0], [3, 0], nulls=(4, 2.5)), n_best=1)
    assert spans.nulls.tolist() == [2.5]
    assert spans.null_odds.tolist() == [-0.5]
    weights = np.exp([1, 1, 0, 3, 3, 0, 2.5])
    assert spans.null_probability[0] == pytest.approx(weights[-1] / weights.sum())


def test_where_every_span_scores_below_the_null_there_are_spans_nevertheless() -> None:
    _, spans = decode(one_window([50] + [-10] * 8, [50] + [-10] * 8), n_best=2)
    assert listed(spans) == [(-20.0, 0, 0), (-20.0, 1, 1)]
    assert spans.null_odds.tolist() == [120.0]
    assert spans.null_probability[0] == 1.0


@pytest.mark.parametrize("with_null", [True, False])
def test_empty_contexts_and_documents_without_window_have_no_span_and_finite_numbers(with_null: bool) -> None:
    rows = one_window([2, 0, 0, 0, 9], [1, 0, 0, 0, 9], tokens=0)._replace(count=2)
    _, spans = decode(rows, n_best=2, with_null=with_null)
    assert np.isneginf(spans.scores).all()
    assert spans.starts.tolist() == [[0, 0], [0, 0]]
    assert spans.ends.tolist() == [[-1, -1], [-1, -1]]
    assert spans.nulls.tolist() == [3.0, 0.0]
    assert spans.null_odds.tolist() == [1e4, 1e4]
    assert spans.null_probability.tolist() == [float(with_null)] * 2
    json.dumps([values.tolist() for values in spans[1:]], allow_nan=False)


def test_the_widest_logits_stay_finite() -> None:
    rows = one_window([-1e9, 0, 0, 0, 3, 3, 3, 3, 0], [-1e9, 0, 0, 0, 3, 3, 3, 3, 0])
    _, spans = decode(rows, n_best=2)
    assert spans.null_odds.tolist() == [-1e4]
    assert spans.null_probability.tolist() == [0.0]
    np.testing.assert_allclose(spans.probabilities, 0.1, rtol=1e-6)


def test_no_windows_at_all_are_no_mistake() -> None:
    none = np.zeros(0, np.int64)
    rows = Windows(np.zeros((0, 8), np.float32), np.zeros((0, 8), np.float32), *[none] * 6, 2)
    candidates, spans = decode(rows, n_best=2)
    assert candidates.scores.shape == (0, 2)
    assert spans.null_odds.tolist() == [1e4, 1e4]
