import numpy as np

from bert_keras.text import passes_by_length

LENGTHS = np.random.default_rng(5).integers(3, 61, 1003)


def tokens_of(rows: np.ndarray) -> int:
    """The tokens of a pass, padding included."""
    return len(rows) * int(LENGTHS[rows].max())


def test_each_row_is_in_one_pass_longest_first_within_the_budget() -> None:
    passes = passes_by_length(LENGTHS, 700)
    assert sorted(np.concatenate(passes).tolist()) == list(range(1003))
    assert max(map(tokens_of, passes)) <= 700
    lengths = np.concatenate([LENGTHS[rows] for rows in passes])
    assert lengths.tolist() == sorted(lengths, reverse=True)
    for rows, following in zip(passes[:-1], passes[1:], strict=True):
        assert tokens_of(np.append(rows, following[0])) > 700  # no room for one more


def test_a_row_beyond_the_budget_is_a_pass_by_itself() -> None:
    assert [rows.tolist() for rows in passes_by_length(np.array([2, 9, 3]), 5)] == [[1], [2], [0]]


def test_no_pass_has_more_rows_than_asked_for() -> None:
    passes = passes_by_length(LENGTHS, 10_000, most_rows=10)
    assert {len(rows) for rows in passes[:-1]} == {10}
    assert sorted(np.concatenate(passes).tolist()) == list(range(1003))


def test_no_rows_make_no_passes() -> None:
    assert passes_by_length(np.array([], np.int64), 700) == []
