import pyarrow
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, example, given, settings, strategies as st

from bert_keras.models import TextClassifierPreprocessor
from bert_keras.text import BertTokenizer, is_arrow, string_tensor

LETTERS = [
    "a",
    "b",
    "E",
    "é",
    "e\u0301",
    "\u0301",
    "ß",
    "東",
    "한",
    ",",
    "'",
    "2",
    "\u200b",
    "\x00",
    "\x0b",
    "\ufffd",
    "😀",
]
BLANKS = [" ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2028", "\u3000"]
TEXTS = st.lists(st.lists(st.sampled_from([*LETTERS, *BLANKS]), max_size=12).map("".join), max_size=12)


@pytest.fixture(scope="module")
def tokenizers(vocabulary: list[str]) -> dict[bool, BertTokenizer]:
    """A tokenizer of lower case, and one of both."""
    return {lowercase: BertTokenizer(vocabulary, lowercase=lowercase) for lowercase in (False, True)}


@settings(
    derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(TEXTS, st.sampled_from([pyarrow.string(), pyarrow.large_string()]), st.booleans())
@example([], pyarrow.string(), True)
@example(["", ""], pyarrow.large_string(), True)
@example(["", " ", "a" * 101 + " " + "b" * 100, "  cab  "], pyarrow.string(), True)
def test_texts_in_arrow_are_split_into_the_same_pieces(
    tokenizers: dict[bool, BertTokenizer], texts: list[str], kind: pyarrow.DataType, lowercase: bool
) -> None:
    tokenizer = tokenizers[lowercase]
    expected = tokenizer.tokenize(tf.constant(texts, tf.string, [len(texts)]))
    array = pyarrow.array(["cut off", *texts, "too"], kind).slice(1, len(texts))
    found = tokenizer.tokenize(array)
    assert found.to_list() == expected.to_list()
    assert (found.dtype, found.row_splits.dtype) == (expected.dtype, expected.row_splits.dtype)
    assert [text.decode() for text in string_tensor(array).numpy()] == texts


@pytest.mark.parametrize("max_length", [4, 5, 6, 7, 64])
def test_rows_of_arrow_are_packed_as_those_of_lists(tokenizer: BertTokenizer, max_length: int) -> None:
    preprocessor = TextClassifierPreprocessor(tokenizer, max_length)
    texts = ["a film", "", "the bad bad film was not good", "café, naïve"]
    pairs = ["", "good", "a b c d e", "the film was a play"]
    for rows in (texts, (texts, pairs)):
        given = tuple(map(pyarrow.array, rows)) if isinstance(rows, tuple) else pyarrow.array(rows)
        for found, expected in zip(preprocessor.pack(given), preprocessor.pack(rows), strict=True):
            assert found.to_list() == expected.to_list()


def test_only_arrow_is_arrow() -> None:
    assert is_arrow(pyarrow.array(["a"]))
    assert not any(map(is_arrow, (["a"], "a", tf.constant(["a"]))))
