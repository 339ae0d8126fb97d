import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings, strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from bert_keras.text import PADDED_LENGTHS, SpecialIds, pack, pad, padded_length

SPECIAL = SpecialIds(pad=0, cls=1, sep=2)
WORDS = [f"w{number}" for number in range(3, 60)]


def reference(max_length: int) -> Tokenizer:
    vocabulary = {"[PAD]": 0, "[CLS]": 1, "[SEP]": 2, "[UNK]": 60} | {
        word: place for place, word in enumerate(WORDS, 3)
    }
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.enable_truncation(max_length, strategy="longest_first")
    return tokenizer


def words(count: int) -> list[str]:
    return [WORDS[place % len(WORDS)] for place in range(count)]


def ragged(counts: list[int]) -> tf.RaggedTensor:
    return tf.ragged.constant(
        [[3 + place % len(WORDS) for place in range(count)] for count in counts], tf.int32, ragged_rank=1
    )


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    counts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=5),
    max_length=st.integers(4, 50),
)
def test_pairs_are_cut_and_marked_as_the_reference_does_it(counts, max_length):
    packed = pack(ragged([a for a, _ in counts]), ragged([b for _, b in counts]), SPECIAL, max_length)
    tokenizer = reference(max_length)
    for row, (a, b) in enumerate(counts):
        known = tokenizer.encode(" ".join(words(a)), " ".join(words(b)))
        assert packed.token_ids[row].numpy().tolist() == known.ids, (a, b, max_length)
        assert packed.segment_ids[row].numpy().tolist() == known.type_ids, (a, b, max_length)


@pytest.mark.parametrize("max_length", [4, 5, 12, 50])
def test_single_texts_are_cut_as_the_reference_does_it(max_length):
    counts = [0, 1, 2, 3, 9, 10, 11, 40]
    packed = pack(ragged(counts), None, SPECIAL, max_length)
    tokenizer = reference(max_length)
    assert packed.token_ids.to_list() == [tokenizer.encode(" ".join(words(count))).ids for count in counts]
    assert set(packed.segment_ids.flat_values.numpy()) == {0}


def test_padding_reaches_the_longest_row_rounded_up_and_is_masked():
    inputs = {name: value.numpy() for name, value in pad(pack(ragged([3, 9]), None, SPECIAL, 64), SPECIAL, 64).items()}
    assert inputs["token_ids"].shape == (2, 16)
    np.testing.assert_array_equal(inputs["padding_mask"].sum(axis=1), [5, 11])
    np.testing.assert_array_equal(inputs["token_ids"] == 0, inputs["padding_mask"] == 0)
    assert {value.dtype for value in inputs.values()} == {np.dtype("int32")}


def test_rows_never_get_longer_than_the_limit():
    inputs = pad(pack(ragged([100]), None, SPECIAL, 21), SPECIAL, 21)
    assert inputs["token_ids"].shape == [1, 21]
    assert int(inputs["padding_mask"].numpy().sum()) == 21


def test_a_batch_of_no_rows_stays_one():
    inputs = pad(pack(ragged([]), ragged([]), SPECIAL, 64), SPECIAL, 64)
    assert {name: tuple(value.shape) for name, value in inputs.items()} == dict.fromkeys(inputs, (0, PADDED_LENGTHS[0]))


@pytest.mark.parametrize(
    ("longest", "max_length", "expected"), [(0, 512, 8), (8, 512, 8), (9, 512, 16), (200, 512, 256), (512, 512, 512)]
)
def test_lengths_round_up_to_one_of_few(longest, max_length, expected):
    assert int(padded_length(tf.constant(longest, tf.int64), max_length)) == expected


def test_the_packing_graph_holds_no_op_of_tensorflow_text():
    graph = tf.function(lambda a, b: pad(pack(a, b, SPECIAL, 16), SPECIAL, 16)).get_concrete_function(
        tf.RaggedTensorSpec([None, None], tf.int32), tf.RaggedTensorSpec([None, None], tf.int32)
    )
    assert not [node.op for node in graph.graph.as_graph_def().node if "TFText" in node.op]
