import numpy as np
import pytest

from bert_keras.data.masked.shared_rows import Pieces, share_rows


def shared(lengths: list[int], width: int, continued: tuple[int, ...] = ()) -> Pieces:
    begins_word = np.ones(sum(lengths), bool)
    begins_word[list(continued)] = False
    of_each = np.array(lengths)
    return share_rows(np.cumsum(of_each) - of_each, of_each, begins_word, width)


@pytest.mark.parametrize("width", [5, 8, 16])
def test_every_token_is_in_one_piece_and_no_row_is_too_long(width: int) -> None:
    lengths = np.random.default_rng(width).integers(1, 40, 200).tolist()
    pieces = shared(lengths, width)
    places = np.concatenate([np.arange(at, at + size) for at, size in zip(pieces.begins, pieces.lengths, strict=True)])
    assert sorted(places) == list(range(sum(lengths)))
    assert np.bincount(pieces.rows, weights=pieces.lengths + 2).max() <= width
    assert (np.diff(pieces.rows) >= 0).all() and set(pieces.rows) == set(range(pieces.rows.max() + 1))
    firsts = np.cumsum(lengths) - lengths
    inside = pieces.begins - firsts[pieces.documents]
    assert ((inside >= 0) & (inside + pieces.lengths <= np.array(lengths)[pieces.documents])).all()


def test_documents_that_fit_in_a_row_are_never_cut_and_rows_are_filled() -> None:
    lengths = np.random.default_rng(0).integers(1, 31, 1000)
    pieces = shared(lengths.tolist(), 32)
    assert len(pieces.documents) == 1000
    assert (lengths + 2).sum() / (32 * (pieces.rows.max() + 1)) > 0.96


def test_a_long_document_is_cut_between_words() -> None:
    pieces = shared([10], 6, continued=(4, 5))  # rows of four tokens; the word of tokens 3 to 5 stays together
    assert sorted(zip(pieces.begins.tolist(), pieces.lengths.tolist(), strict=True)) == [(0, 3), (3, 4), (7, 3)]


def test_a_word_as_long_as_a_row_is_cut_all_the_same() -> None:
    pieces = shared([9], 6, continued=tuple(range(1, 9)))
    assert sorted(pieces.lengths.tolist()) == [1, 4, 4]
