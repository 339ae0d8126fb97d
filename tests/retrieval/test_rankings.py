import math

import numpy as np

from bert_keras import BertTokenizer
from bert_keras.retrieval.fusion import best_first, fused
from bert_keras.retrieval.word_index import K1, B, index_words, word_scores
from bert_keras.retrieval.words import Words


def test_words_are_whole_and_normalised_and_have_no_punctuation(tokenizer: BertTokenizer) -> None:
    words = Words(tokenizer)
    found, counts = words.of(["The film, good!", "the FILM good", "", "caféing", "CAFEING 東京", "?!", "東京 filmed"])
    assert counts.tolist() == [3, 3, 0, 1, 2, 0, 2]
    rows = [row.tolist() for row in np.split(found, np.cumsum(counts)[:-1])]
    assert rows[0] == rows[1]
    assert rows[3][0] == rows[4][0]
    assert rows[4][1] == rows[6][0]  # a word that the tokenizer does not know is known by its characters
    assert len({*rows[0], *rows[3], *rows[4], *rows[6]}) == 6


def test_a_word_is_not_its_pieces_in_another_order_or_context(tokenizer: BertTokenizer) -> None:
    texts = ["ab", "ba", "a b", "a", "aab", "aba"]
    found, counts = Words(tokenizer).of(texts)
    rows = [tuple(row) for row in np.split(found, np.cumsum(counts)[:-1])]
    assert len(set(rows)) == len(texts)
    assert rows[2][0] == rows[3][0]


def test_scores_are_those_of_bm25() -> None:
    rows = [[1, 2, 2, 3], [2], [4, 4, 4, 1, 5, 6]]
    words = np.array([word for row in rows for word in row], np.uint64)
    arrays = index_words(words, np.array([len(row) for row in rows]))
    found = word_scores(arrays, np.array([2, 1, 9], np.uint64), 3)
    mean = sum(map(len, rows)) / 3

    def part(word: int, row: list[int]) -> float:
        holding = sum(word in other for other in rows)
        frequency = row.count(word)
        share = frequency / (frequency + K1 * (1 - B + B * len(row) / mean))
        return math.log(1 + (3 - holding + 0.5) / (holding + 0.5)) * share

    np.testing.assert_allclose(found, [part(1, row) + part(2, row) for row in rows], rtol=1e-5)
    assert word_scores(arrays, np.array([9], np.uint64), 3).tolist() == [0, 0, 0]


def test_paragraphs_without_words_can_be_indexed() -> None:
    arrays = index_words(np.zeros(0, np.uint64), np.zeros(2, np.int64))
    assert word_scores(arrays, np.array([1], np.uint64), 2).tolist() == [0, 0]


def test_the_best_come_first_and_of_equal_ones_the_first() -> None:
    scores = np.array([1.0, 3.0, 2.0, 3.0, 2.0, 0.0])
    assert best_first(scores, 4).tolist() == [1, 3, 2, 4]
    assert best_first(scores, 3).tolist() == [1, 3, 2]
    assert best_first(scores, 99).tolist() == [1, 3, 2, 4, 0, 5]


def test_rankings_are_merged_by_reciprocal_ranks() -> None:
    order, scores = fused([np.array([5, 7, 9]), np.array([7, 3])], 3)
    assert order.tolist() == [7, 5, 3]
    np.testing.assert_allclose(scores, [1 / 62 + 1 / 61, 1 / 61, 1 / 62])


def test_a_place_that_is_left_out_of_a_ranking_keeps_the_ranks_of_the_others() -> None:
    order, scores = fused([np.array([4, 2]), np.array([-1, 2])], 5)
    assert order.tolist() == [2, 4]
    np.testing.assert_allclose(scores, [2 / 62, 1 / 61])
