import itertools
import string

import keras
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, settings, strategies as st
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from bert_keras.errors import VocabularyError
from bert_keras.text import SPECIAL_TOKENS, BertTokenizer
from bert_keras.text.splitter import MOST_PLAIN as MAX_WORD_LENGTH

# All of ASCII and some letters of many scripts, each as a word and as a continuation, with a few longer pieces to match
# greedily.
LETTERS = [*string.printable[:94], *"àéßıσςfiﬁаяеё한한東京書あアｱกำके٣½…–—€№¡¿«»་।"]
VOCABULARY = [*SPECIAL_TOKENS, *LETTERS, *(f"##{letter}" for letter in LETTERS)]
VOCABULARY += [
    "the",
    "##ing",
    "##in",
    "read",
    "##read",
    "naive",
    "##ive",
    "na",
    "cafe",
    "ΣΑΣ",
    "σας",
    "σασ",
    "un",
    "##aff",
    "##able",
    "x" * 99,
]
VOCABULARY = list(dict.fromkeys(VOCABULARY))

KINDS = list(itertools.product((True, False), (None, True, False)))
DIFFERENT = [kind for kind in KINDS if kind[1] is not None]  # `None` means as `lowercase`
NASTY = [
    "",
    " ",
    "\t\r\n\x0b\x0c\x85\u00a0\u1680\u2009\u2028\u2029\u3000",
    "The unaffable reading, re-reading & naïve café…",
    "ΣΑΣ ΟΔΟΣ Σ. ς",
    "a\u00adb c\u200bd e\u200df \ufeffg \ufffd h\x00i \x1fj",
    "e\u0301 n\u0303\u0323 \u0301a",
    "İstanbul ıI ŉ ǰ ẞ ß ﬁ ½ Ⅷ …",
    "한국어 ㄱㄴ ｶﾞ 東京書 \U00020000\U0002f800\uf900",
    "don't-stop_now#1@b.c ¿qué? «oui» ‿⁀﹏·• ≠≮≯ ;`",
    "👩‍👩‍👧‍👦🏽 🇩🇪 a\ufe0f",
    "[SEP] [CLS] [MASK] [UNK] [PAD] ##ing ##",
    "\ue000\uf8ff\U000f0000\U0010ffff\ufdd0\uffff\u0378",
    "\u0600\u070f\u06dd١٢ के क्षि กำ",
    *("x" * length for length in (99, 100, 101)),
    *("я" * length for length in (50, 51, 100, 101)),
    "x" * 101 + "," + "x" * 100,
    "a" * 70_000,
    "é" * 100 + " " + "e\u0301" * 100 + " " + "e\u0301" * 101,
]


def reference(lowercase: bool, strip_accents: bool | None) -> Tokenizer:
    """The parts of `tokenizers.BertWordPieceTokenizer`, without the special tokens that it would find in texts."""
    model = models.WordPiece(vocab={token: place for place, token in enumerate(VOCABULARY)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=strip_accents, lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


PAIRS = {
    kind: (BertTokenizer(VOCABULARY, lowercase=kind[0], strip_accents=kind[1]), reference(*kind)) for kind in KINDS
}


def assert_equal_to_reference(texts: list[str], kind: tuple[bool, bool | None]) -> None:
    ours, theirs = PAIRS[kind]
    ids, starts, ends = (values.to_list() for values in ours.tokenize_with_offsets(texts))
    assert ours(texts).to_list() == ids
    for row, text in enumerate(texts):
        known = theirs.encode(text, add_special_tokens=False)
        assert (ids[row], list(zip(starts[row], ends[row], strict=True))) == (known.ids, known.offsets), repr(text[:80])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_ids_and_offsets_of_nasty_texts_are_those_of_the_reference(kind):
    assert_equal_to_reference(NASTY, kind)


@pytest.mark.parametrize("kind", DIFFERENT, ids=str)
def test_every_code_point_alone_and_inside_a_word_is_split_as_the_reference_splits_it(kind):
    points = [chr(point) for point in range(0x3100) if not 0xD800 <= point <= 0xDFFF]
    assert_equal_to_reference([f"{c} a{c}b" for c in points], kind)


TEXT = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(" \t\nabxxxAÉéσΣ.,-'\u0301\u0323\u00ad\u200b\x00\ufffd東한가ß"),
    ),
    max_size=60,
)
WORD = st.builds(
    lambda text, count: text * count,
    st.text(st.characters(categories=["L", "M"]), min_size=1, max_size=2),
    st.integers(45, 105),
)


@settings(max_examples=110, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(texts=st.lists(st.one_of(TEXT, WORD, st.text(string.printable)), max_size=16))
def test_any_batch_of_unicode_texts_gets_the_references_ids_and_offsets(texts):
    for kind in DIFFERENT:  # in one test, since to draw texts takes longer than to split them
        assert_equal_to_reference(texts, kind)


def test_bytes_that_are_not_utf8_count_as_replacement_characters():
    ours, theirs = PAIRS[(True, None)]
    broken = [b"\xff\xfe the\x80 na\xc3\xafve", b"\xe2\x82", b"a\xed\xa0\x80b", b"\xf0\x9f\x98", b"\xc0\xaf the", b"ok"]
    ids, starts, ends = (values.to_list() for values in ours.tokenize_with_offsets(broken))
    for row, raw in enumerate(broken):
        known = theirs.encode(raw.decode("utf-8", errors="replace"), add_special_tokens=False)
        assert (ids[row], list(zip(starts[row], ends[row], strict=True))) == (known.ids, known.offsets), raw


def test_text_that_looks_like_a_special_token_is_plain_text():
    tokenizer = PAIRS[(False, None)][0]
    special = {tokenizer.token_to_id(token) for token in SPECIAL_TOKENS}
    assert special.isdisjoint(tokenizer(["[SEP] [MASK]"]).to_list()[0])


def test_offsets_slice_the_original_text_to_its_pieces():
    text = "Naïve CAFÉ\u00ad: 東京"
    ids, starts, ends = PAIRS[(True, None)][0].tokenize_with_offsets([text])
    pieces = [text[start:end] for start, end in zip(starts.to_list()[0], ends.to_list()[0], strict=True)]
    assert pieces == ["Naïve", "CAFÉ", ":", "東", "京"]
    assert len(ids.to_list()[0]) == 5


@pytest.mark.parametrize("texts", [[], ["the"], ["the"] * 9, ["é"], ["the", "é"] * 5], ids=len)
def test_batches_of_any_size_and_mixture_keep_their_rows(texts):
    one_by_one = [PAIRS[(True, None)][0]([text]).to_list()[0] for text in texts]
    assert PAIRS[(True, None)][0](tf.constant(texts, tf.string)).to_list() == one_by_one


def test_a_single_string_gives_a_vector():
    tokenizer = PAIRS[(True, None)][0]
    assert tokenizer("the café").shape == [2]
    assert tokenizer("the café").numpy().tolist() == tokenizer(["the café"]).to_list()[0]


def test_it_runs_inside_tf_data_and_gives_the_same_there():
    tokenizer = PAIRS[(True, None)][0]
    dataset = tf.data.Dataset.from_tensor_slices(NASTY).batch(4).map(lambda texts: tokenizer(texts).to_tensor(-1))
    rows = [[place for place in row if place >= 0] for batch in dataset.as_numpy_iterator() for row in batch.tolist()]
    assert rows == tokenizer(NASTY).to_list()


def test_it_comes_back_from_its_config_and_assets(tmp_path):
    tokenizer = BertTokenizer(VOCABULARY, lowercase=True, strip_accents=False)
    tokenizer.save_assets(str(tmp_path))
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(tokenizer))
    again.load_assets(str(tmp_path))
    assert again.get_vocabulary() == VOCABULARY
    assert again(NASTY).to_list() == tokenizer(NASTY).to_list()


def test_detokenize_joins_pieces_and_drops_padding():
    tokenizer = PAIRS[(True, None)][0]
    assert tokenizer.detokenize(tokenizer(["The unaffable café"]).to_tensor(0, shape=[None, 9])) == [
        "the unaffable cafe"
    ]


def test_a_vocabulary_without_a_special_token_is_refused():
    with pytest.raises(VocabularyError, match=r"no \[SEP\], \[MASK\]"):
        BertTokenizer(["[PAD]", "[UNK]", "[CLS]", "a"], lowercase=True)


def test_of_a_repeated_token_the_last_place_counts():
    tokenizer = BertTokenizer([*SPECIAL_TOKENS, "a", "b", "a"], lowercase=True)
    assert tokenizer(["a b"]).to_list() == [[7, 6]]


def test_the_longest_word_is_counted_in_code_points_not_bytes():
    tokenizer = PAIRS[(False, None)][0]
    unknown = tokenizer.token_to_id("[UNK]")
    assert tokenizer(["я" * MAX_WORD_LENGTH]).to_list()[0] != [unknown]
    assert tokenizer(["я" * (MAX_WORD_LENGTH + 1)]).to_list()[0] == [unknown]


@pytest.mark.usefixtures("eager_graphs")
def test_tokenizers_that_split_alike_share_what_takes_long_to_make():
    one, same, cased = (BertTokenizer(VOCABULARY, lowercase=lowercase) for lowercase in (True, True, False))
    assert one._splitter is same._splitter is not cased._splitter
    same.add_tokens(["[E1]"])
    assert one._splitter is not same._splitter
    assert one(["A [E1] a"]).to_list() != same(["A [E1] a"]).to_list()
    assert one(["A"]).to_list() != cased(["A"]).to_list()
