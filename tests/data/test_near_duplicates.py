from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from data_files import write

from bert_keras import BertTokenizer
from bert_keras.data import Columns, Encoded, NearDuplicates, Source, encode, find_near_duplicates
from bert_keras.models import TextClassifierPreprocessor

UNKNOWN = 1  # the id of [UNK] in the tiny vocabulary, and below
LETTERS = "abcde2"
WORDS = ["the", "film", "was", "good", "bad", "not", "a", "b", "c", "d", "e", "un", "play", "2", ".", ",", "!", "?"]


@pytest.fixture(scope="module")
def preprocessor(tokenizer: BertTokenizer) -> TextClassifierPreprocessor:
    return TextClassifierPreprocessor(tokenizer, 64)


@pytest.fixture
def encoded(preprocessor: TextClassifierPreprocessor, tmp_path: Path) -> Callable[..., Encoded]:
    """The rows of texts, or of tuples of two."""

    def make(name: str, rows: Sequence[str | tuple[str, str]]) -> Encoded:
        fields = [row if isinstance(row, tuple) else (row, "") for row in rows]
        content = "text\tpair\tlabel\n" + "".join(f"{text}\t{pair}\tx\n" for text, pair in fields)
        columns = Columns(pair="pair") if isinstance(rows[0], tuple) else Columns()
        source = Source(write(tmp_path, content, f"{name}.tsv"), columns, "single_label")
        return encode(source, preprocessor.pack, preprocessor.fingerprint, tmp_path / "cache")

    return make


def sets(rows: Encoded) -> list[set[tuple[int, int]]]:
    """The token pairs of each row, without those with [UNK]."""
    found = []
    for begin, length in zip(rows.begins.tolist(), rows.lengths.tolist(), strict=True):
        ids = [int(token) for token in rows.token_ids[begin + 1 : begin + length - 1]]
        pairs = [(ids[0], -1)] if len(ids) == 1 else list(zip(ids, ids[1:], strict=False))
        found.append({pair for pair in pairs if UNKNOWN not in pair})
    return found


def near_by_hand(train: Encoded, dev: Encoded) -> list[int]:
    """The rows of dev that share four fifths with a row of train, and are not the same."""
    known, exact = sets(train), set(train.hashes.tolist())
    return [
        place
        for place, pairs in enumerate(sets(dev))
        if int(dev.hashes[place]) not in exact
        and any(pairs & other and 5 * len(pairs & other) >= 4 * len(pairs | other) for other in known)
    ]


LONG = "the film was good , not bad ! a play was not a film ? the play was bad , a b c d e"


def test_rows_that_differ_in_little_are_found_with_both_places(encoded: Callable[..., Encoded], tmp_path: Path) -> None:
    train = encoded("train", ["good play", LONG, "bad film", "the film was not bad"])
    dev = encoded(
        "dev",
        [
            "not good",
            LONG,  # the same: counted elsewhere
            LONG.replace("good", "naive"),
            LONG + " !",
            "The FILM was NOT bad",  # the same to the model
            "the film was not good",
            "bad film a b c",
        ],
    )
    found = find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)
    places = (str(tmp_path / "dev.tsv"), 4), (str(tmp_path / "train.tsv"), 3)
    assert found == {"dev": NearDuplicates(3, *places, 7, 4)}
    assert near_by_hand(train, dev) == [2, 3, 4]


def test_rows_of_what_the_vocabulary_lacks_are_not_alike(encoded: Callable[..., Encoded]) -> None:
    train, dev = (
        encoded("train", ["\u2603 \u2603 \u2603", "\u2604"]),
        encoded("dev", ["\u2605 \u2605 \u2605", "\u2606"]),
    )
    assert find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)["dev"].rows == 0


def test_of_pairs_both_texts_count(encoded: Callable[..., Encoded]) -> None:
    train = encoded("train", [(LONG, "a b c d e"), ("good", "bad")])
    dev = encoded(
        "dev", [(LONG, "a b c d"), (LONG, "2 2 c c b b d d a a e e , , . . ! ! ? ? 2 a c e"), ("bad", "good")]
    )
    assert find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)["dev"].rows == 1 == len(near_by_hand(train, dev))


def test_only_other_splits_are_compared_with_train(encoded: Callable[..., Encoded]) -> None:
    train, dev = encoded("train", [LONG, LONG + " !"]), encoded("dev", ["good"])
    assert find_near_duplicates({"train": train}, UNKNOWN) == find_near_duplicates({"dev": dev}, UNKNOWN) == {}
    assert find_near_duplicates({"train": train, "dev": dev, "test": train}, UNKNOWN).keys() == {"dev", "test"}


def changed(texts: Sequence[str], random: np.random.Generator) -> list[str]:
    """Texts with up to three words replaced."""
    made = []
    for text in texts:
        words = text.split()
        for place in random.integers(0, len(words), random.integers(0, 4)):
            words[place] = str(random.choice(WORDS))
        made.append(" ".join(words))
    return made


@pytest.mark.parametrize("tokens_at_a_time", [2**18, 100])
def test_all_near_duplicates_are_found_and_no_others(
    encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch, tokens_at_a_time: int
) -> None:
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(WORDS, random.integers(1, 40))) for _ in range(300)]
    train, dev = encoded("train", texts), encoded("dev", changed(texts, random))
    monkeypatch.setattr("bert_keras.data.near_duplicates._TOKENS_AT_A_TIME", tokens_at_a_time)
    expected = near_by_hand(train, dev)
    found = find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)["dev"]
    assert 30 < len(expected) < 270
    assert found.rows == len(expected)
    assert found.first == dev.places(expected[0])


def test_of_too_many_rows_or_tokens_evenly_spread_ones_are_compared(
    encoded: Callable[..., Encoded], monkeypatch: pytest.MonkeyPatch
) -> None:
    train = encoded("train", [f"{LONG} {LETTERS[row % 6]} {LETTERS[row // 6]}" for row in range(30)])
    dev = encoded("dev", [f"{LONG} {LETTERS[row % 6]} {LETTERS[row // 6]} !" for row in range(20)])
    monkeypatch.setattr("bert_keras.data.near_duplicates._MOST_ROWS", 15)
    found = find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)["dev"]
    assert (found.rows, found.compared, found.compared_with) == (15, 15, 15)
    monkeypatch.setattr("bert_keras.data.near_duplicates._MOST_TOKENS", int(train.lengths[0]) * 10)
    found = find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)["dev"]
    assert found.compared_with == 10 and found.compared < 11


def test_rows_that_all_follow_one_pattern_are_found_too(encoded: Callable[..., Encoded]) -> None:
    train = encoded("train", [f"{LONG} {a} {b}" for a in LETTERS for b in LETTERS] * 3)
    dev = encoded("dev", [f"{LONG} {a} !" for a in LETTERS])
    assert find_near_duplicates({"train": train, "dev": dev}, UNKNOWN)["dev"].rows == 6
