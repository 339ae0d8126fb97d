import itertools
from pathlib import Path
from typing import Any

import keras
import pyarrow
import pytest
import tensorflow as tf
import tokenizers
from hypothesis import HealthCheck, given, settings, strategies as st
from reference_tokenizer import BERT, RULES, TEXT, VOCABULARY, added_tokens, assert_same, reference

from bert_keras.errors import VocabularyError
from bert_keras.text import SPECIAL_TOKENS, AddedToken, BertTokenizer, WordRules, bert_rules

SIZE = len(VOCABULARY)
UNCASED = bert_rules(True)
MARKED = [
    "the [E1] ab [/E1] c",
    "x[E1]y",
    "[E1]",
    "[E1][E1] [/E1]",
    "[e1] [ E1 ]",
    "",
    " [E1] ",
    "[E1",
    "é[E1]東\x00[/E1]",
    "ab",
]


def marker(content: str, id: int = SIZE, **flags: bool) -> AddedToken:
    return AddedToken(content, id, **flags)


MARKERS = [marker(content, SIZE + place, special=True) for place, content in enumerate(["<E1>", "[/E1]", "[E2]"])]


def check(added: list[AddedToken], texts: list[str], rules: WordRules = UNCASED) -> None:
    assert_same(BertTokenizer(VOCABULARY, rules=rules, added_tokens=added), reference(VOCABULARY, rules, added), texts)


FLAGS = ("lstrip", "rstrip", "single_word", "normalized")
TEXTS = [
    *MARKED,
    "a  [E1]  b",
    "a\t[E1]\u2028b",
    "a[E1] b [E1]c [E1]_",
    "é[E1] [E1]é",
    "[E1]  [E1]",
    "a [e1]b",
    "a\u00a0[E1]\u3000b",
]


@pytest.mark.parametrize("on", list(itertools.product((False, True), repeat=4)), ids=str)
def test_an_added_token_is_found_as_its_flags_say(on: tuple[bool, ...], eager_graphs: None) -> None:
    check([marker("[E1]", VOCABULARY.index("[E1]"), **dict(zip(FLAGS, on, strict=True)))], TEXTS)


@pytest.mark.parametrize("normalized", [False, True])
def test_the_longest_of_the_leftmost_tokens_is_found(normalized: bool, eager_graphs: None) -> None:
    contents = ["bc", "abcd", "abc", "cd", "c", "d ab"]
    added = [
        marker(content, VOCABULARY.index(content) if content in VOCABULARY else SIZE + place, normalized=normalized)
        for place, content in enumerate(content for content in contents)
        if content not in VOCABULARY
    ]
    added = [AddedToken(one.content, SIZE + place, normalized=normalized) for place, one in enumerate(added)]
    check(added, ["abcd", "abcabcd", "xbcd", "ab cd ab", "d abc", "aabcdd ab", "ABCD"])


def test_tokens_of_the_raw_text_come_before_those_of_the_normalised(eager_graphs: None) -> None:
    added = [marker("ABX", SIZE), marker("bxy", SIZE + 1, normalized=True), marker("É", SIZE + 2, normalized=True)]
    check(added, ["ABXY", "abxy", "AABXYBXY", "É e\u0301 e É", "aBxY", "É", "bX\x00y"])


def test_a_token_that_is_not_a_single_word_still_hides_what_it_overlaps(eager_graphs: None) -> None:
    added = [marker("abc", VOCABULARY.index("abc"), single_word=True), marker("cx", SIZE)]
    check(added, ["abcx", "abc cx", "xabc", "abc.", "abcé", "_abc", "abc-cx"])


def test_white_space_is_taken_in_once_and_counts_in_offsets(eager_graphs: None) -> None:
    both = [marker("<a>", SIZE, rstrip=True), marker("<b>", SIZE + 1, lstrip=True), marker("  ", SIZE + 2)]
    check(both, ["x <a>  <b> y", "<a> \u3000 <b>", "<a>   x", "  <b>", "x   y <a>  ", "<a>  \x85<a>"])
    _, starts, ends = BertTokenizer(VOCABULARY, lowercase=True, added_tokens=both[:2]).tokenize_with_offsets(
        ["é <a>  <b>"]
    )
    assert (starts.to_list(), ends.to_list()) == ([[0, 2, 7]], [[1, 7, 10]])


@pytest.mark.parametrize("flag", ["single_word", "lstrip", "rstrip"])
def test_word_characters_and_white_space_beside_a_token_are_those_of_the_reference(
    flag: str, eager_graphs: None
) -> None:
    points = [point for point in range(0x3100) if not 0xD800 <= point < 0xE000]
    rules = WordRules(None, {"type": "WhitespaceSplit"})
    check([marker("<a>", **{flag: True})], [f"x{chr(point)}<a>{chr(point)}y" for point in points], rules)


def test_a_character_0_and_broken_utf8_do_not_hide_a_token(eager_graphs: None) -> None:
    tokenizer = BertTokenizer(
        VOCABULARY, lowercase=True, added_tokens=[marker("[/E1]"), marker("Q7", SIZE + 1, normalized=True)]
    )
    texts = [b"\x00[/E1]", b"\xff[/E1]\xfe", b"a\x00\x00q7", b"\xffq\x007", b"\xe2\x82[/E1]"]
    a = VOCABULARY.index("a")
    assert tokenizer(texts).to_list() == [[SIZE], [SIZE], [a, SIZE + 1], [SIZE + 1], [SIZE]]


@pytest.mark.parametrize("inputs", [[], ["ab"], ["[/E1]"], ["<E1>ab", "ab", "é[/E1]東"] * 3], ids=len)
def test_batches_keep_their_rows_with_added_tokens(inputs: list[str], eager_graphs: None) -> None:
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True, added_tokens=MARKERS)
    one_by_one = [tokenizer(text).numpy().tolist() for text in inputs]
    assert tokenizer(tf.constant(inputs, tf.string)).to_list() == one_by_one
    assert tokenizer(pyarrow.array(inputs, pyarrow.string())).to_list() == one_by_one


def test_it_gives_the_same_in_tf_data_and_in_a_saved_model(tmp_path: Path) -> None:
    added = [AddedToken(one.content, one.id, normalized=True) for one in MARKERS]
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True, added_tokens=added)
    texts = ["a <E1>b[/E1]", "", "é<e1>", "<E1>", "ab"]
    expected = [row for row in reference(VOCABULARY, UNCASED, added).encode_batch(texts, add_special_tokens=False)]
    rows = tf.data.Dataset.from_tensor_slices(texts).batch(2).map(tokenizer).unbatch()
    assert [row.numpy().tolist() for row in rows] == [one.ids for one in expected]
    module = tf.Module()
    module.run = tf.function(tokenizer.tokenize_with_offsets, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path))
    ids, starts, ends = tf.saved_model.load(str(tmp_path)).run(tf.constant(texts))
    assert ids.to_list() == [one.ids for one in expected]
    found = [list(zip(*both, strict=True)) for both in zip(starts.to_list(), ends.to_list(), strict=True)]
    assert found == [one.offsets for one in expected]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(st.one_of(RULES, RULES, BERT), added_tokens(), st.lists(TEXT, min_size=1, max_size=20))
def test_any_rules_and_tokens_give_any_text_the_references_ids_and_offsets(
    eager_graphs: None, rules: WordRules, added: list[AddedToken], texts: list[str]
) -> None:
    try:
        tokenizer = BertTokenizer(VOCABULARY, rules=rules, added_tokens=added)
    except VocabularyError as error:
        assert "normalised form" in str(error)
        return
    assert_same(tokenizer, reference(VOCABULARY, rules, added), texts)


def test_added_tokens_count_in_the_vocabulary_and_come_back_with_config_and_assets(
    tmp_path: Path, eager_graphs: None
) -> None:
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True, added_tokens=MARKERS)
    assert tokenizer.vocabulary_size() == SIZE + 3 and tokenizer.get_vocabulary()[SIZE:] == ["<E1>", "[/E1]", "[E2]"]
    assert tokenizer.token_to_id("[/E1]") == SIZE + 1 and tokenizer.id_to_token(SIZE + 2) == "[E2]"
    assert tokenizer.detokenize(tokenizer(["the<E1>abab [E2]"]))[0].split() == ["the", "<E1>", "abab", "[E2]"]
    tokenizer.save_assets(str(tmp_path))
    assert (tmp_path / "vocabulary.txt").read_text("utf-8").split("\n")[:-1] == VOCABULARY
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(tokenizer))
    again.load_assets(str(tmp_path))
    assert again.added_tokens == MARKERS and again.fingerprint == tokenizer.fingerprint
    assert again(["a<E1>b"]).to_list() == tokenizer(["a<E1>b"]).to_list()
    assert tokenizer.fingerprint != BertTokenizer(VOCABULARY, lowercase=True).fingerprint


def test_berts_special_tokens_are_not_found_even_if_they_are_added(eager_graphs: None) -> None:
    plain = BertTokenizer(VOCABULARY, lowercase=True)
    special = [marker(token, place, special=True) for place, token in enumerate(SPECIAL_TOKENS)]
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True, added_tokens=special)
    assert tokenizer.fingerprint == plain.fingerprint and tokenizer.add_tokens(["[SEP]"]) == 0
    assert tokenizer(["[SEP]"]).to_list() == plain(["[SEP]"]).to_list()
    without = [token for token in VOCABULARY if token != "[MASK]"]
    beyond = BertTokenizer(without, lowercase=True, added_tokens=[marker("[MASK]", SIZE - 1, special=True)])
    assert beyond.token_to_id("[MASK]") == SIZE - 1 and SIZE - 1 not in beyond(["[MASK]"]).to_list()[0]


def test_tokens_are_added_as_the_reference_adds_them(eager_graphs: None) -> None:
    ours, theirs = BertTokenizer(VOCABULARY, lowercase=True), reference(VOCABULARY, UNCASED)
    for tokens in (["[E9]", "ab"], ["[E9]"], [tokenizers.AddedToken("[E9]", rstrip=True)], ["Ké", "[E9] x"]):
        assert ours.add_tokens(tokens) == theirs.add_tokens(tokens)
        assert_same(ours, theirs, ["x[E9] yab", "[e9]", "ké ke\u0301", "K[E9] xab"])
    assert ours.vocabulary_size() == SIZE + 3
    special = [{"content": "[S]", "special": True}]
    assert ours.add_tokens(special) == theirs.add_special_tokens(["[S]"]) == 1
    assert_same(ours, theirs, ["a[S]b [s]"])


@pytest.mark.parametrize(
    ("added", "complaint"),
    [
        ([marker("x7", SIZE + 1)], f"no token with id {SIZE}"),
        ([marker("x7", 7)], "does not fit"),
        ([marker("ab", SIZE)], "does not fit"),
        ([marker("x7", SIZE), marker("x8", SIZE)], "does not fit"),
        ([marker("x7", SIZE), marker("x7", SIZE, special=True)], "twice"),
        ([{"content": "x7"}], "content and an id"),
        ([{"content": "", "id": SIZE}], "content and an id"),
        ([{"content": "a\0", "id": SIZE}], "content and an id"),
        ([{"content": "x7", "id": SIZE, "lstrip": 1}], "content and an id"),
        ([{"content": "x7", "id": SIZE, "odd": True}], "content and an id"),
        ([marker("\u200b", SIZE, normalized=True)], "empty in its normalised form"),
        # The reference finds either, by chance.
        ([marker("QQ", SIZE, normalized=True), marker("Qq", SIZE + 1, normalized=True)], "one normalised form"),
    ],
)
def test_added_tokens_that_do_not_fit_are_refused(added: list[Any], complaint: str) -> None:
    with pytest.raises(VocabularyError, match=complaint):
        BertTokenizer(VOCABULARY, lowercase=True, added_tokens=added)


def test_a_token_to_add_that_has_another_id_is_refused() -> None:
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True)
    for token, complaint in ((marker("x7", 3), f"gets the id {SIZE}"), ("", "empty"), ({"content": 3}, "not empty")):
        with pytest.raises(VocabularyError, match=complaint):
            tokenizer.add_tokens([token])
    assert tokenizer.vocabulary_size() == SIZE


def test_thousands_of_tokens_are_found(eager_graphs: None) -> None:
    added = [marker(f"<extra_{place}>", SIZE + place, special=True) for place in range(3000)]
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True, added_tokens=added)
    assert tokenizer(["a<extra_2999>b<extra_29>"]).to_list() == [
        [VOCABULARY.index("a"), SIZE + 2999, VOCABULARY.index("b"), SIZE + 29]
    ]
