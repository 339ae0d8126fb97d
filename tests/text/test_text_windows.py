"""Windows of texts alone: every token is in one, and rows are [CLS] part [SEP]."""

import numpy as np
import tensorflow as tf

from bert_keras.text import SpecialIds, cut_text_windows, pack_text_windows


def test_windows_hold_all_tokens_and_overlap() -> None:
    lengths = [0, 1, 6, 7, 15]
    windows = cut_text_windows(tf.constant(lengths, tf.int64), 8, 2)  # rooms for 6 tokens
    documents, begins, held, places = (values.numpy().tolist() for values in windows)
    assert documents == [0, 1, 2, 3, 3, 4, 4, 4, 4]
    assert begins == [0, 0, 0, 0, 4, 0, 4, 8, 12]
    assert held == [0, 1, 6, 6, 3, 6, 6, 6, 3]
    assert places == [1] * 9


def test_rows_hold_the_part_of_their_text_between_special_tokens() -> None:
    texts = tf.ragged.constant([[], [10, 11, 12, 13, 14], [20]], dtype=tf.int32)
    windows = cut_text_windows(texts.row_lengths(), 6, 1)
    packed = pack_text_windows(texts, windows, SpecialIds(0, 2, 3))
    assert packed.token_ids.to_list() == [[2, 3], [2, 10, 11, 12, 13, 3], [2, 13, 14, 3], [2, 20, 3]]
    assert not np.any(packed.segment_ids.flat_values)
    assert packed.segment_ids.row_lengths().numpy().tolist() == [2, 6, 4, 3]


def test_no_texts_have_no_windows() -> None:
    windows = cut_text_windows(tf.zeros([0], tf.int64), 8, 2)
    assert [len(values) for values in windows] == [0, 0, 0, 0]
