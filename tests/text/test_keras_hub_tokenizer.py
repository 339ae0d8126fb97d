import random
from typing import Any

import keras_hub
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.text import BertTokenizer, KerasHubTokenizer

VOCABULARY = [
    *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    *(chr(point) for point in range(0x21, 0x7F)),
    *(f"##{chr(point)}" for point in range(0x21, 0x7F)),
    *("é", "##é", "ï", "##ï", "中", "##⁄", "...", "cafe", "café"),
]
SETTINGS: list[dict[str, Any]] = [
    {"lowercase": True},
    {"lowercase": False},
    {"lowercase": True, "strip_accents": True},
    {"lowercase": False, "strip_accents": True},
]
TEXTS = [
    *("", " ", "Naïve CAFÉ… ½ ﬁne Straße", "e\u0301 cafe\u0301", "a\u00adb\u200dc\u0000d", "中文 字", "豈\u0301a"),
    *("[SEP] [MASK]", "x" * 100, "x" * 101, "é" * 50, "é" * 51, "ﬃ" * 33, "ﬃ" * 34, "a\u3000b\u2028c\u0085d", "İΣς"),
]


def keras_hub_ids(texts: list[Any], settings: dict[str, Any]) -> list[list[int]]:
    """The ids of KerasHub in a graph, as in training."""
    tokenizer = keras_hub.tokenizers.BertTokenizer(VOCABULARY, **settings)
    return tf.function(lambda strings: tokenizer(strings))(tf.constant(texts)).to_list()


@pytest.mark.parametrize("settings", SETTINGS)
def test_ids_equal_those_of_keras_hub(settings: dict[str, Any]) -> None:
    choose = random.Random(0)
    drawn = [
        chr(choose.choice([*range(1, 0x600), *range(0x1D00, 0x2FFF), *range(0xF900, 0xFFFF)])) for _ in range(9000)
    ]
    texts = TEXTS + ["".join(drawn[place : place + 30]) for place in range(0, 9000, 30)]
    tokenizer = KerasHubTokenizer(VOCABULARY, **settings)
    expected = keras_hub_ids(texts, settings)
    assert tokenizer.tokenize(texts).to_list() == expected
    assert tokenizer.tokenize_with_offsets(texts)[0].to_list() == expected


def test_every_character_has_the_ids_of_keras_hub() -> None:
    texts = [f"a{chr(point)}b" for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    settings = {"lowercase": True}
    assert KerasHubTokenizer(VOCABULARY, **settings).tokenize(texts).to_list() == keras_hub_ids(texts, settings)


def test_bytes_that_are_not_utf_8_have_the_ids_of_keras_hub() -> None:
    texts = [b"a\xff b", b"\xc3", b"ab\xe2\x82 c\xf0\x9f"]
    settings = {"lowercase": True}
    assert KerasHubTokenizer(VOCABULARY, **settings).tokenize(texts).to_list() == keras_hub_ids(texts, settings)


def spans(text: str, **settings: Any) -> list[tuple[str, str]]:
    """The tokens of a text with what their offsets cut out of it."""
    tokenizer = KerasHubTokenizer(VOCABULARY, **settings)
    ids, starts, ends = (values.numpy() for values in tokenizer.tokenize_with_offsets(text))
    return [(VOCABULARY[i], text[start:end]) for i, start, end in zip(ids, starts, ends, strict=True)]


def test_offsets_are_those_of_the_original_characters() -> None:
    assert spans("Café… ½", lowercase=True) == [
        ("café", "Café"),
        ("...", "…"),
        *(("1", "½"), ("##⁄", "½"), ("##2", "½")),
    ]
    assert spans("bÉ! cafe\u0301", lowercase=True, strip_accents=True) == [
        *(("b", "b"), ("##e", "É"), ("!", "!")),
        ("cafe", "cafe"),
    ]
    assert spans("x" * 101 + " a", lowercase=True) == [("[UNK]", "x" * 101), ("a", "a")]


def test_pieces_that_folding_composes_have_the_offsets_of_their_word() -> None:
    assert spans("e\u0301b a", lowercase=True) == [("é", "e\u0301b"), ("##b", "e\u0301b"), ("a", "a")]


def test_a_single_string_and_an_arrow_array_are_split_alike() -> None:
    import pyarrow

    tokenizer = KerasHubTokenizer(VOCABULARY, lowercase=True)
    batch = tokenizer.tokenize(TEXTS).to_list()
    assert tokenizer.tokenize(pyarrow.array(TEXTS)).to_list() == batch
    assert [tokenizer.tokenize(text).numpy().tolist() for text in TEXTS] == batch


def test_it_is_another_tokenizer_than_berts_and_says_so() -> None:
    ours, berts = (of(VOCABULARY, lowercase=True) for of in (KerasHubTokenizer, BertTokenizer))
    assert ours.fingerprint != berts.fingerprint
    assert ours.tokenize("café").numpy().tolist() != berts.tokenize("café").numpy().tolist()
    assert KerasHubTokenizer(VOCABULARY, **_settings(ours)).fingerprint == ours.fingerprint


def _settings(tokenizer: KerasHubTokenizer) -> dict[str, Any]:
    config = tokenizer.get_config()
    return {name: config[name] for name in ("lowercase", "strip_accents")}


def test_a_graph_gives_the_same_offsets_as_eager_mode() -> None:
    tokenizer = KerasHubTokenizer(VOCABULARY, lowercase=True)
    graph = tf.function(tokenizer.tokenize_with_offsets, input_signature=[tf.TensorSpec([None], tf.string)])
    for eager, traced in zip(tokenizer.tokenize_with_offsets(TEXTS), graph(tf.constant(TEXTS)), strict=True):
        np.testing.assert_array_equal(eager.flat_values, traced.flat_values)
        np.testing.assert_array_equal(eager.row_splits, traced.row_splits)


def test_tokens_cannot_be_added_since_they_would_not_be_found() -> None:
    tokenizer = KerasHubTokenizer(VOCABULARY, lowercase=True)

    with pytest.raises(InputError, match=r"finds no added tokens in texts.*Received: \[E1\]"):
        tokenizer.add_tokens(["[E1]"])
    assert tokenizer.add_tokens([]) == 0
    assert tokenizer.vocabulary_size() == len(VOCABULARY)
