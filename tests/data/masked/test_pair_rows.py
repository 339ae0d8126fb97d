from typing import Any

import numpy as np
import pytest

from bert_keras import BertTokenizer
from bert_keras.data import DocumentTokens, PairRows, RawDocument, pair_rows, tokenize_documents
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.errors import DataError, InputError
from bert_keras.text import PairKind

# Of each document the words are its own.
TEXTS = ["good film. the bad film. the film was bad. good play. bad", "a b. b a. a a a b", "c d e. d c", "2", "not not"]


def documents_of(tokenizer: BertTokenizer, texts: list[str]) -> DocumentTokens:
    return tokenize_documents("a.txt", [RawDocument(text, "a.txt", 1) for text in texts], tokenizer, {})


@pytest.fixture(scope="module")
def rows(tokenizer: BertTokenizer) -> dict[PairKind, PairRows]:
    documents = documents_of(tokenizer, TEXTS)
    return {kind: pair_rows(documents, tokenizer, 12, kind) for kind in ("next_sentence", "sentence_order")}


def texts_of(rows: PairRows, row: int, tokenizer: BertTokenizer) -> tuple[str, str, int]:
    """The two texts of a row with its masks filled in, and what is to be told of them."""
    inputs, targets = rows.batch(np.array([row]))
    given: dict[str, Any] = {name: of[0] for name, of in inputs.items()}
    length = given["padding_mask"].sum()
    masked = targets[0] != NOT_MASKED
    np.testing.assert_array_equal(given["masked"], masked)
    ids = np.where(masked, targets[0], given["token_ids"])[:length]
    marks = [tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
    cls, middle, end = np.flatnonzero(np.isin(ids, marks))
    assert (cls, end) == (0, length - 1) and not masked[[cls, middle, end]].any()
    np.testing.assert_array_equal(given["segment_ids"][:length], np.arange(length) > middle)
    np.testing.assert_array_equal(given["positions"][:length], np.arange(length))
    assert not masked[length:].any() and not given["token_ids"][length:].any()
    first, second = (tokenizer.detokenize([part.tolist()])[0] for part in (ids[1:middle], ids[middle + 1 : -1]))
    return first, second, int(given["pairs"][0])


def drawn(rows: PairRows, tokenizer: BertTokenizer, epochs: int = 25) -> list[tuple[int, str, str, int]]:
    return [
        (int(rows.of_rows[row]), *texts_of(rows.in_epoch(3, epoch), row, tokenizer))
        for epoch in range(epochs)
        for row in range(len(rows))
    ]


def test_half_of_the_second_texts_follow_and_half_are_of_another_document(
    rows: dict[PairKind, PairRows], tokenizer: BertTokenizer
) -> None:
    joined = [f" {text.replace('.', ' .')} " for text in TEXTS]
    found = drawn(rows["next_sentence"], tokenizer)
    for document, first, second, other in found:
        assert first and second and first in joined[document]
        assert (f" {first} {second} " in joined[document]) == (not other)
        words, others = ({*text.split()} - {"."} for text in (first, second))
        assert not other or not words & others
        if document == 0:
            assert first.endswith(".")  # where there are sentences, they are not cut
    assert 0.4 < np.mean([other for *_, other in found]) < 0.6
    assert {document for document, *_ in found} == {0, 1, 2, 4}


@pytest.mark.parametrize("width", [24, 200])
def test_neither_length_nor_end_tells_a_second_text_that_follows(tokenizer: BertTokenizer, width: int) -> None:
    texts = ["good film the bad film . play was . " * 6, "a b c . d e . " * 8, "a a b . c . d d e . " * 7]
    rows = pair_rows(documents_of(tokenizer, texts), tokenizer, width, "next_sentence")
    found = [(len(second.split()), second, other) for _, _, second, other in drawn(rows, tokenizer, 100)]
    of_either = [[length for length, _, other in found if other == kind] for kind in (0, 1)]
    np.testing.assert_allclose(np.mean(of_either[0]), np.mean(of_either[1]), rtol=0.15)
    full = [np.mean([second.endswith(".") for _, second, other in found if other == kind]) for kind in (0, 1)]
    assert max(full) < 0.05  # it was 1.0 for those that follow to the end of their document
    assert len(set(of_either[0])) > 3


def test_a_cut_is_behind_all_stops_of_a_sentence(tokenizer: BertTokenizer) -> None:
    rows = pair_rows(documents_of(tokenizer, ["good film... the bad play.."]), tokenizer, 16, "sentence_order")
    halves = {tuple(sorted(part[1:3])) for part in drawn(rows, tokenizer)}
    assert halves == {("good film . . .", "the bad play . .")}


def test_half_of_the_texts_are_swapped(rows: dict[PairKind, PairRows], tokenizer: BertTokenizer) -> None:
    joined = [text.replace(".", " .") for text in TEXTS]
    found = drawn(rows["sentence_order"], tokenizer)
    for document, first, second, swapped in found:
        in_order = f"{second} {first}" if swapped else f"{first} {second}"
        assert in_order in joined[document]
    assert 0.4 < np.mean([swapped for *_, swapped in found]) < 0.6


def test_an_epoch_is_drawn_by_its_number_alone(rows: dict[PairKind, PairRows]) -> None:
    of, chosen = rows["next_sentence"], np.arange(len(rows["next_sentence"]))
    whole = of.in_epoch(1, 2).batch(chosen)[0].values()
    for one, other in zip(of.in_epoch(1, 2).batch(chosen[1:])[0].values(), whole, strict=True):
        np.testing.assert_array_equal(one[:, : other.shape[1]], other[1:, : one.shape[1]])
    epochs = [of, *(of.in_epoch(1, epoch) for epoch in range(4))]
    assert len({rows.batch(chosen)[0]["token_ids"].tobytes() for rows in epochs}) == 5


def test_rows_are_as_wide_as_asked_and_texts_of_one_word_are_counted(rows: dict[PairKind, PairRows]) -> None:
    of = rows["next_sentence"]
    assert of.lengths.max() == 12 and of.too_short == 2  # the "2", and what is left of the second text
    of_tokens = of.documents_of_tokens()
    assert len(of_tokens) == of.lengths.sum() and (of_tokens[of.begins] == of.of_rows).all()


def test_what_makes_no_pairs_is_refused(tokenizer: BertTokenizer) -> None:
    alone = documents_of(tokenizer, ["good film. bad film", "2"])
    with pytest.raises(DataError, match="at least 2 documents with two words or more. Received: 1"):
        pair_rows(alone, tokenizer, 12, "next_sentence")
    assert len(pair_rows(alone, tokenizer, 12, "sentence_order")) == 1
    with pytest.raises(DataError, match="at least 1 documents"):
        pair_rows(documents_of(tokenizer, ["2", "a"]), tokenizer, 12, "sentence_order")
    with pytest.raises(InputError, match="at least 5 tokens. Received: max_length 4"):
        pair_rows(alone, tokenizer, 4, "sentence_order")
