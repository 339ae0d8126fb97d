import random
from collections.abc import Iterator

import pytest
from reference_tokenizer import assert_same, reference
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from bert_keras import BertTokenizer
from bert_keras.errors import InputError
from bert_keras.text import SPECIAL_TOKENS, bert_rules, learn_vocabulary, word_counts

ODD = [
    "The ferry leaves the harbour, the ferries leave; ferryman's ferry-house!",
    "Straße STRASSE straße ǅungla İstanbul ΑΣ ΟΔΟΣ σοφός ﬁne ﬃ Ⅷ ½",
    "caf\u00e9 cafe\u0301 CAF\u00c9 \u212bngstrom na\u00efve\u200bly so\u00adft e\u0316\u0301",
    "हिन्दी में लिखा हुआ पाठ हिन्दी ভাষা ภาษาไทย ไทย 한국어 \u1112\u1161\u11ab한국",
    "東京タワー 東京都 すし\u3099 \U00020000\U00020000 漢字かな交じり",
    "🙂🙂 🙂ab👩\u200d👩\u200d👧 a\x00b a\x1fb a\ufffdb \ufeffa\tb\x85c\u2028d\u00a0e\u3000f",
    "[MASK] [SEP] [UNK]s ##ing ## # word##piece [unused1] \U0010fffd",
    "aaaa aaaaaa aaaaaaaa banana bananas bananarama abababab",
    "x" * 100 + " " + "y" * 101 + " " + "y" * 150,
]
TEXTS = [*ODD, *ODD, "ferry harbour harbours leave leaver leaving " * 3]
CASES = [(True, True), (True, False), (False, False)]


def learned(size: int, lowercase: bool, strip_accents: bool, texts: list[str] = TEXTS) -> list[str]:
    return learn_vocabulary(iter(texts), size, lowercase=lowercase, strip_accents=strip_accents)


@pytest.mark.parametrize(("lowercase", "strip_accents"), CASES)
def test_the_pieces_are_those_of_the_reference_in_its_order(lowercase: bool, strip_accents: bool) -> None:
    ours = learned(400, lowercase, strip_accents)
    first = next(place for place, token in enumerate(ours) if place > 4 and len(token.removeprefix("##")) > 1)
    theirs = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    theirs.normalizer = normalizers.BertNormalizer(lowercase=lowercase, strip_accents=strip_accents)
    theirs.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # Named, the first pieces have the same ids in each of the reference's runs, and equal pairs the same order.
    trainer = trainers.WordPieceTrainer(vocab_size=400, min_frequency=2, special_tokens=ours[:first])
    readable = [" ".join(word for word in text.split(" ") if len(word) <= 100) for text in TEXTS]
    theirs.train_from_iterator(readable, trainer)
    ids = theirs.get_vocab()
    assert first < len(ours) and ours == sorted(ids, key=lambda token: ids[token])


@pytest.mark.parametrize(("lowercase", "strip_accents"), CASES[1:])
def test_ids_and_offsets_are_those_of_the_reference(lowercase: bool, strip_accents: bool) -> None:
    vocabulary = learned(300, lowercase, strip_accents)
    ours = BertTokenizer(vocabulary, lowercase=lowercase, strip_accents=strip_accents)
    theirs = reference(vocabulary, bert_rules(lowercase, strip_accents))
    assert_same(ours, theirs, [*ODD, *(text[::-1] for text in ODD), "leafy harbourferry 京東 ไทย한"])


def test_no_text_becomes_a_special_token() -> None:
    vocabulary = learned(300, False, False)
    assert vocabulary[:5] == list(SPECIAL_TOKENS) and len(set(vocabulary)) == len(vocabulary)
    ids = BertTokenizer(vocabulary, lowercase=False).tokenize(["[MASK] [SEP] [PAD]"]).to_list()[0]
    assert "mask" not in "".join(vocabulary) and ids[0] == vocabulary.index("[") and not {0, 2, 3, 4} & {*ids}


def test_the_order_of_the_texts_and_their_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = learned(200, True, False)
    shuffled = random.Random(1).sample(TEXTS, len(TEXTS))
    assert learned(200, True, False, shuffled) == wanted
    monkeypatch.setattr(word_counts, "_MOST_PARTS", 10)
    monkeypatch.setattr(word_counts, "_BLOCK", 3)
    assert learned(200, True, False, shuffled) == wanted


def test_of_too_many_words_the_most_frequent_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_counts, "_MOST_PARTS", 1)
    monkeypatch.setattr(word_counts, "_MOST_WORDS", 2)
    found = word_counts.count_words(["c b a b c", *"defghi", "b"], bert_rules(True))
    assert found == {"b": 3, "c": 2}


def test_progress_tells_each_text_and_token() -> None:
    texts, tokens = [], []

    def given() -> Iterator[str]:
        for text in TEXTS:
            assert sum(texts) == len(texts)
            yield text

    found = learn_vocabulary(given(), 180, lowercase=True, on_texts=texts.append, on_tokens=tokens.append)
    assert (sum(texts), sum(tokens)) == (len(TEXTS), len(found)) == (len(TEXTS), 180)


def test_fewer_tokens_are_found_than_asked_for_where_nothing_else_occurs_twice() -> None:
    found = learned(1000, True, False, ["ab ab ac", "\u6771 b c"])
    assert found == [*SPECIAL_TOKENS, "a", "b", "c", "##b", "##c", "ab"]  # the ideograph and "ac" occur once


@pytest.mark.parametrize(
    ("texts", "size", "told"),
    [
        ([], 100, "no word in the texts is of characters that occur twice"),
        (["ab \u200b", " \t"], 100, "no word in the texts is of characters that occur twice"),
        (["abba"], 8, "are 9 tokens already; ask for a larger vocabulary. Received: 8"),
    ],
)
def test_what_cannot_be_learned_is_told(texts: list[str], size: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        learned(size, True, False, texts)
