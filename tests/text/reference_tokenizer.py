"""The reference, `tokenizers`, with the rules and added tokens of a `BertTokenizer`; and draws of all of them."""

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from tokenizers import Tokenizer

from bert_keras.text import SPECIAL_TOKENS, AddedToken, BertTokenizer, WordRules

LETTERS = [
    *"abcdexyABEXY019[]/_,.'-#",
    *"éıßςσаЯﬁ①한東が½ǅ",
    "\u1112",
    "\u1161",
    "\u11ab",
    "\u0301",
    "\u0316",
    "\u093e",
    "e\u0301",
]
VOCABULARY = [*SPECIAL_TOKENS, *LETTERS, *(f"##{letter}" for letter in LETTERS), "ab", "##ab", "abc", "the", "##the"]
VOCABULARY += ["##", "E1", "[E1]", "a b", "##b c", ",,", "##,,", "--", "é́", "##éa", "xy"]
VOCABULARY = list(dict.fromkeys(VOCABULARY))


def reference(vocabulary: Sequence[str], rules: WordRules, added: Sequence[AddedToken] = ()) -> Tokenizer:
    """Returns the reference; BERT's special tokens have other names in it, so that no text contains them."""
    named = {token: f"\U0010fffd{token}" if token in SPECIAL_TOKENS else token for token in vocabulary}
    model = {
        "type": "WordPiece",
        "unk_token": named[rules.unknown],
        "continuing_subword_prefix": rules.prefix,
        "max_input_chars_per_word": rules.max_word_length,
        "vocab": {named[token]: place for place, token in enumerate(vocabulary)},
    }
    tokens = [token.__dict__ for token in sorted(added, key=lambda token: token.id)]
    content: dict[str, Any] = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": tokens}
    content |= {"normalizer": rules.normalizer, "pre_tokenizer": rules.pre_tokenizer, "model": model}
    return Tokenizer.from_str(json.dumps(content | {"post_processor": None, "decoder": None}))


def assert_same(ours: BertTokenizer, theirs: Tokenizer, texts: Sequence[str]) -> None:
    """Checks that ids and offsets of texts are the reference's."""
    ids, starts, ends = (values.to_list() for values in ours.tokenize_with_offsets(texts))
    assert ours.tokenize(texts).to_list() == ids
    for row, text in enumerate(texts):
        known = theirs.encode(text, add_special_tokens=False)
        assert (ids[row], list(zip(starts[row], ends[row], strict=True))) == (known.ids, known.offsets), repr(text)


def sequences(kinds: st.SearchStrategy, inner: str) -> st.SearchStrategy:
    """Draws None, one of the kinds, or a sequence of some, with sequences in it."""
    several = st.lists(kinds, max_size=4).map(lambda steps: {"type": "Sequence", inner: steps})
    nested = st.lists(st.one_of(kinds, several), max_size=3).map(lambda steps: {"type": "Sequence", inner: steps})
    return st.one_of(st.none(), kinds, several, nested)


FLAG = st.booleans()
SHORT = st.lists(st.sampled_from(LETTERS + [" "]), min_size=1, max_size=3).map("".join)
NORMALIZERS = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("BertNormalizer"),
            "clean_text": FLAG,
            "handle_chinese_chars": FLAG,
            "strip_accents": st.sampled_from([None, True, False]),
            "lowercase": FLAG,
        }
    ),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents"]).map(lambda name: {"type": name}),
    st.fixed_dictionaries({"type": st.just("Strip"), "strip_left": FLAG, "strip_right": FLAG}),
    st.fixed_dictionaries(
        {
            "type": st.just("Replace"),
            "pattern": st.fixed_dictionaries({"String": st.one_of(SHORT, st.sampled_from(["aa", "aba", " ", "  "]))}),
            "content": st.one_of(st.just(""), st.sampled_from([" ", "ab", "é"]), SHORT),
        }
    ),
)
BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]
PRE_TOKENIZERS = st.one_of(
    st.sampled_from(["BertPreTokenizer", "Whitespace", "WhitespaceSplit"]).map(lambda name: {"type": name}),
    st.fixed_dictionaries({"type": st.just("Punctuation"), "behavior": st.sampled_from(BEHAVIORS)}),
)
RULES = st.builds(
    WordRules,
    sequences(NORMALIZERS, "normalizers"),
    sequences(PRE_TOKENIZERS, "pretokenizers"),
    prefix=st.sampled_from(["##", "##", "", "a", "[", "é"]),
    max_word_length=st.sampled_from([100, 100, 3, 1, 0, 250]),
    unknown=st.sampled_from(["[UNK]", "[UNK]", "[UNK]", "xy"]),
)
BERT = st.builds(
    lambda flags: WordRules({"type": "BertNormalizer", **flags}, {"type": "BertPreTokenizer"}),
    st.fixed_dictionaries(
        {"clean_text": FLAG, "handle_chinese_chars": FLAG, "strip_accents": st.none(), "lowercase": FLAG}
    ),
)
CONTENTS = [
    "[E1]",
    "[/E1]",
    "[E",
    "e1]",
    "ab",
    "a b",
    " a",
    "b ",
    "é",
    "e\u0301",
    "É",
    "東",
    "ﬁ",
    "xy",
    "XY",
    "--",
    "  ",
    "\t",
]
FLAGS = ("lstrip", "rstrip", "single_word", "normalized", "special")


@st.composite
def added_tokens(draw: st.DrawFn, vocabulary: Sequence[str] = VOCABULARY) -> list[AddedToken]:
    """Draws added tokens, some of them in the vocabulary."""
    contents = draw(st.lists(st.one_of(st.sampled_from(CONTENTS), SHORT), unique=True, max_size=4))
    ids = {token: place for place, token in enumerate(vocabulary)}
    tokens = []
    for content in contents:
        flags = {name: draw(FLAG) for name in FLAGS}
        tokens.append(AddedToken(content, ids.setdefault(content, len(ids)), **flags))
    return tokens


SIGNS = [
    " ",
    " ",
    "  ",
    "\t",
    "\n",
    "\x0b",
    "\u00a0",
    "\u3000",
    "\x85",
    "\u2028",
    "\x00",
    "\x1f",
    "\u200b",
    "\u00ad",
    "\ufffd",
]
SIGNS += [
    "\u0301",
    "\u0316",
    "\u0345",
    "\u0334",
    "\u05bf",
    "\u0e38",
    "\u302e",
    "\U0001d165",
    "\U0001d16d",
    "\u3099",
    "\u09be",
    "\u0dcf",
]
SIGNS += [
    "\u09c7",
    "\u0dd9",
    "\u0dca",
    "\u1100",
    "\u1161",
    "\u11a7",
    "\u11a8",
    "한",
    "가",
    "ậ",
    "ΑΣ",
    "İ",
    "ﬃ",
    "Ⅷ",
    "\u0344",
    "\u212b",
]
SIGNS += [
    "\u0958",
    "豈",
    "東",
    "\U0002f800",
    "😀",
    "\u200d",
    "\ufe0f",
    "_",
    "-",
    "--",
    "…",
    "١",
    "x" * 100,
    "a" * 101,
    "é" * 60,
    "abab",
    "aaa",
]
TEXTS = st.lists(st.one_of(st.sampled_from(LETTERS), st.sampled_from(SIGNS), st.sampled_from(CONTENTS)), max_size=14)
TEXT = st.one_of(
    TEXTS.map("".join),
    st.lists(st.sampled_from(["ab", "[E1]", " ", "a", "[/E1]", "xy", "Abc", ",", "\t"]), max_size=9).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
