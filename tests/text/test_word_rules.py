import pytest
from reference_tokenizer import VOCABULARY, assert_same, reference

from bert_keras.errors import InputError, VocabularyError
from bert_keras.text import BertTokenizer, WordRules, bert_rules

BLANKS = {"type": "WhitespaceSplit"}


def bert(**switches: bool | None) -> dict:
    on = {"clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}
    return {"type": "BertNormalizer", **on, **switches}


def sequence(*names: str) -> dict:
    return {"type": "Sequence", "normalizers": [{"type": name} for name in names]}


def replace(pattern: str, content: str) -> dict:
    return {"type": "Replace", "pattern": {"String": pattern}, "content": content}


# Each with a text that the setting beside it splits in another way.
NORMALIZERS = {
    "none": (None, "AB é\x00東 É"),
    "no cleaning": (bert(clean_text=False), "a\x00b\ta\x0bb \u200bab \x85 \ufffd"),
    "cleaning": (bert(), "a\x00b\ta\x0bb \u200bab \x85 \ufffd"),
    "ideographs joined": (bert(handle_chinese_chars=False), "ab東ab 東東"),
    "ideographs apart": (bert(), "ab東ab 東東"),
    "accents kept": (bert(strip_accents=False), "É e\u0301 ab"),
    "accents removed from cased text": (bert(lowercase=False, strip_accents=True), "É E\u0301 AB"),
    "accents as the case": (bert(lowercase=False), "É E\u0301 AB"),
    "marks that stay change places": (bert(), "a\u302e\u0316b a\U0001d165\u0334b \U0001d15e\u0334a"),
    "NFC": (
        {"type": "NFC"},
        "e\u0301 e\u0316\u0301a \u1112\u1161\u11ab\u11ab \u1112\u1161\u11a7 \u09c7\u09be ﬁ x\u0344 \u212b",
    ),
    "NFD": ({"type": "NFD"}, "é à\u0316 한 ậ\u0301 ﬁ \u0344\u0334 \u0958"),
    "NFKC": ({"type": "NFKC"}, "ﬁ\u0301 ① e\u0301 ½ ｶﾞ ǆ"),
    "NFKD": ({"type": "NFKD"}, "ﬁ\u0301 ① é ½ ǅ"),
    "a composed character takes in what is between": ({"type": "NFC"}, "a\u0316\u0301\u0301b\u0323\u0302z\u0334\u0301"),
    "many marks": ({"type": "NFC"}, "e" + "\u0316" * 9 + "\u0301" * 9 + "a" + "\u09be" * 9 + "\u09c7" + "\u09be" * 9),
    "Lowercase": ({"type": "Lowercase"}, "ΑΣ İ ẞ ǅ AB"),
    "StripAccents needs NFD": (sequence("StripAccents"), "é e\u0301 क\u093e"),
    "StripAccents": (sequence("NFD", "StripAccents", "Lowercase"), "É e\u0301 क\u093e ab"),
    "Strip": ({"type": "Strip", "strip_left": True, "strip_right": True}, "  é ab \u3000\n"),
    "Strip left": ({"type": "Strip", "strip_left": True, "strip_right": False}, "  é ab  "),
    "Strip right": ({"type": "Strip", "strip_left": False, "strip_right": True}, "  é ab  "),
    "Replace": (replace("ab", "é"), "abab aab"),
    "Replace of one character by several": (replace("é", "ab "), "éaé"),
    "Replace from the left": (replace("aba", "x"), "ababa abababa"),
    "Replace by nothing": (replace("  ", ""), "a   b  a"),
    "steps in order": (
        {"type": "Sequence", "normalizers": [replace("A", "B"), {"type": "Lowercase"}, replace("a", "A")]},
        "Aa",
    ),
}


@pytest.mark.parametrize("name", NORMALIZERS)
@pytest.mark.parametrize("pre_tokenizer", [None, BLANKS, {"type": "BertPreTokenizer"}], ids=["whole", "blanks", "bert"])
def test_texts_are_normalised_as_the_reference_does(name: str, pre_tokenizer: dict | None, eager_graphs: None) -> None:
    normalizer, text = NORMALIZERS[name]
    rules = WordRules(normalizer, pre_tokenizer)
    texts = [text, *text.split(" "), "", " "]
    assert_same(BertTokenizer(VOCABULARY, rules=rules), reference(VOCABULARY, rules), texts)


def punctuation(behavior: str) -> dict:
    return {"type": "Punctuation", "behavior": behavior}


PRE_TOKENIZERS = [
    None,
    {"type": "BertPreTokenizer"},
    {"type": "Whitespace"},
    BLANKS,
    *map(punctuation, ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]),
    {"type": "Punctuation"},
    {"type": "Sequence", "pretokenizers": [BLANKS, punctuation("Contiguous")]},
    {
        "type": "Sequence",
        "pretokenizers": [punctuation("MergedWithNext"), {"type": "Whitespace"}, punctuation("Isolated")],
    },
]


@pytest.mark.parametrize("pre_tokenizer", PRE_TOKENIZERS, ids=str)
def test_texts_are_split_into_words_as_the_reference_does(pre_tokenizer: dict | None, eager_graphs: None) -> None:
    rules = WordRules(None, pre_tokenizer)
    texts = ["the ab--xy, a_b,,'c' 1.0", ",,a", "a,,", "--", "a\u2028b\x85c\u200bd", "a…b¿c 😀😀a", "", " ", "a b"]
    texts += [f"a{chr(point)}b" for point in range(0x3100) if chr(point).isprintable() is False or point < 0x300]
    assert_same(BertTokenizer(VOCABULARY, rules=rules), reference(VOCABULARY, rules), texts)


@pytest.mark.parametrize("prefix", ["##", "", "a", "é", "[", "@@"])
@pytest.mark.parametrize("pre_tokenizer", [BLANKS, {"type": "BertPreTokenizer"}], ids=["blanks", "bert"])
def test_any_prefix_marks_what_continues_a_word(prefix: str, pre_tokenizer: dict, eager_graphs: None) -> None:
    vocabulary = [*VOCABULARY, "@@the", "@@b", "[b", "éb", "ab#"]
    rules = WordRules(None, pre_tokenizer, prefix=prefix)
    texts = ["abb athe bab", "##a ##the ##", "éab [b] [[b", "@@b a@@b", "a##a #", "x\x00 \x00"]
    assert_same(BertTokenizer(vocabulary, rules=rules), reference(vocabulary, rules), texts)


@pytest.mark.parametrize("limit", [0, 1, 3, 100, 250])
def test_longer_words_than_the_rules_allow_are_unknown(limit: int, eager_graphs: None) -> None:
    rules = WordRules(bert(), {"type": "BertPreTokenizer"}, max_word_length=limit)
    texts = [f"{letter * count} a" for letter in "aé東" for count in (1, 2, 3, 4, 100, 101, 250, 251)]
    assert_same(BertTokenizer(VOCABULARY, rules=rules), reference(VOCABULARY, rules), texts)


def test_another_token_can_stand_for_unknown_words(eager_graphs: None) -> None:
    rules = WordRules(bert(), BLANKS, unknown="xy")
    vocabulary = [token for token in VOCABULARY if token != "[UNK]"]
    tokenizer = BertTokenizer(vocabulary, rules=rules)
    assert_same(tokenizer, reference(vocabulary, rules), ["a 😀 xy", "😀"])
    assert tokenizer.token_to_id("nowhere") == vocabulary.index("xy")
    assert tokenizer.special_tokens == ["[PAD]", "xy", "[CLS]", "[SEP]", "[MASK]"]
    with pytest.raises(VocabularyError, match="<unk>"):
        BertTokenizer(VOCABULARY, rules=WordRules(bert(), BLANKS, unknown="<unk>"))


def test_a_special_token_in_a_text_is_plain_text_under_all_rules() -> None:
    tokenizer = BertTokenizer(VOCABULARY, rules=WordRules(None, BLANKS))
    special = {tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]", "[MASK]")}
    assert special.isdisjoint(tokenizer(["[SEP] [MASK] [CLS] [PAD]"]).to_list()[0])


def test_a_token_with_a_blank_or_a_sign_in_it_does_not_lead_beyond_a_word() -> None:
    rules = bert_rules(True)
    assert_same(
        BertTokenizer(VOCABULARY, rules=rules), reference(VOCABULARY, rules), ["a ", "a b", "a\tb c", ",,", "ab ab"]
    )


@pytest.mark.parametrize("kind", ["Precompiled", "Prepend", "Nmt", "ByteLevel"])
def test_another_normalizer_is_refused_by_its_name(kind: str) -> None:
    for normalizer in ({"type": kind}, {"type": "Sequence", "normalizers": [bert(), {"type": kind}]}):
        with pytest.raises(VocabularyError, match=f"normalizer of type {kind} is not supported"):
            BertTokenizer(rules=WordRules(normalizer, None))


@pytest.mark.parametrize("kind", ["Metaspace", "ByteLevel", "Split", "Digits"])
def test_another_pre_tokenizer_is_refused_by_its_name(kind: str) -> None:
    with pytest.raises(VocabularyError, match=f"pre-tokenizer of type {kind} is not supported"):
        BertTokenizer(rules={"normalizer": None, "pre_tokenizer": {"type": kind}})


@pytest.mark.parametrize(
    ("rules", "complaint"),
    [
        (
            {"normalizer": {"type": "Replace", "pattern": {"Regex": "a+"}, "content": ""}, "pre_tokenizer": None},
            "Regex",
        ),
        ({"normalizer": replace("", "a"), "pre_tokenizer": None}, "Replace"),
        ({"normalizer": bert(lowercase="yes"), "pre_tokenizer": None}, "yes"),  # type: ignore[arg-type]
        ({"normalizer": None, "pre_tokenizer": punctuation("Odd")}, "Odd"),
        ({"normalizer": ["NFC"], "pre_tokenizer": None}, "NFC"),
        ({"normalizer": {"type": "Sequence"}, "pre_tokenizer": None}, "no normalizer"),
        ({"normalizer": None, "pre_tokenizer": None, "max_word_length": -1}, "-1"),
        ({"normalizer": None, "pre_tokenizer": None, "prefix": None}, "None"),
        ({"normalizer": None, "limit": 3}, "limit"),
        (3, "mapping"),
    ],
)
def test_rules_that_are_malformed_are_refused(rules: dict, complaint: str) -> None:
    with pytest.raises(VocabularyError, match=complaint):
        BertTokenizer(rules=rules)


def test_without_rules_and_case_there_is_no_tokenizer() -> None:
    with pytest.raises(InputError, match="lowercase"):
        BertTokenizer(VOCABULARY)


def test_berts_rules_in_another_form_are_berts() -> None:
    usual = BertTokenizer(VOCABULARY, lowercase=True)
    nested = {"type": "Sequence", "normalizers": [{"type": "Sequence", "normalizers": [bert()]}]}
    same = BertTokenizer(VOCABULARY, rules=WordRules(nested, {"type": "BertPreTokenizer"}))
    assert (same.lowercase, same.strip_accents) == (True, True)
    assert same.fingerprint == usual.fingerprint and same.get_config()["rules"] is None
    other = BertTokenizer(VOCABULARY, rules=WordRules(nested, BLANKS))
    assert other.fingerprint != usual.fingerprint


@pytest.mark.parametrize(
    ("normalizer", "lowercase", "strip_accents"),
    [
        (bert(), True, True),
        (bert(strip_accents=False), True, False),
        (bert(lowercase=False), False, False),
        (sequence("NFD", "StripAccents"), False, True),
        (sequence("NFC", "Lowercase"), True, False),
        (None, False, False),
    ],
)
def test_case_and_accents_are_told_by_the_rules(normalizer: dict | None, lowercase: bool, strip_accents: bool) -> None:
    tokenizer = BertTokenizer(rules=WordRules(normalizer, BLANKS), lowercase=not lowercase)
    assert (tokenizer.lowercase, tokenizer.strip_accents) == (lowercase, strip_accents)
