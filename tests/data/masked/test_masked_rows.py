import numpy as np
import pytest

from bert_keras import BertTokenizer
from bert_keras.data import DocumentTokens, MaskedRows, Masking, RawDocument, masked_rows, tokenize_documents
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.errors import DataError

CLS, SEP, MASK, UNKNOWN = 2, 3, 4, 1
WORDS = ("the film was good", "playing unable [MASK] caf", "bad not a b c d e the film a b c", "play", "films cafed")


def read(tokenizer: BertTokenizer, *texts: str, seen: dict[bytes, str] | None = None) -> DocumentTokens:
    documents = [RawDocument(text, "a.txt", line) for line, text in enumerate(texts, 1)]
    return tokenize_documents("a.txt", documents, tokenizer, {} if seen is None else seen)


@pytest.fixture(scope="module")
def rows(tokenizer: BertTokenizer) -> MaskedRows:
    return masked_rows(read(tokenizer, *WORDS * 8, *(f"{text} {text}" for text in WORDS)), tokenizer, 12, 0.3)


def test_documents_are_read_once_and_what_is_left_out_is_counted(tokenizer: BertTokenizer) -> None:
    seen: dict[bytes, str] = {}
    dev = read(tokenizer, "the film", seen=seen)
    seen = dict.fromkeys(seen, "held out too")
    train = read(tokenizer, "good", "the film", "good", "\u200d", "bad", "good ", seen=seen)
    assert (len(dev), dev.read, dev.left_out) == (1, 1, {})
    assert train.read == 6
    assert train.left_out == {"held out too": 1, "exact duplicate": 1, "no text": 1}
    assert train.places == (("a.txt", 1), ("a.txt", 5), ("a.txt", 6))
    with pytest.raises(DataError, match=r"a.txt: no text to train on. Received: 2 documents, left out: .*'no text': 1"):
        read(tokenizer, "\u200d", "\u200d")


def test_documents_are_held_out_by_the_seed(tokenizer: BertTokenizer) -> None:
    documents = read(tokenizer, *(f"{word} {other}" for word in "abcde" for other in "abcd"))
    train, dev = documents.held_out(0.25, seed=1)
    assert (len(train), len(dev), train.read + dev.read) == (15, 5, 20)
    assert set(train.places) | set(dev.places) == set(documents.places)
    assert documents.held_out(0.25, seed=1)[1].places == dev.places != documents.held_out(0.25, seed=2)[1].places
    with pytest.raises(DataError, match="there is only one; name others with --dev"):
        read(tokenizer, "a").held_out(0.5, 0)


def test_rows_hold_documents_between_special_tokens_with_positions_of_their_own(
    rows: MaskedRows, tokenizer: BertTokenizer
) -> None:
    documents, found = rows.documents, []
    of_tokens = rows.documents_of_tokens()
    starts = [*np.flatnonzero(rows.positions == 0), len(rows.positions)]
    for first, end in zip(starts, starts[1:], strict=False):
        assert (rows.token_ids[first], rows.token_ids[end - 1]) == (CLS, SEP)
        assert rows.positions[first:end].tolist() == list(range(end - first))
        (document,) = set(of_tokens[first:end].tolist())
        found.append((document, rows.token_ids[first + 1 : end - 1].tolist()))
    for place, (begin, length) in enumerate(zip(documents.begins, documents.lengths, strict=True)):
        pieces = [tokens for document, tokens in found if document == place]
        wanted = documents.token_ids[begin : begin + length].tolist()
        assert sorted(token for tokens in pieces for token in tokens) == sorted(wanted)
    assert rows.lengths.sum() == len(rows.token_ids) and rows.lengths.max() <= 12


def test_masks_hide_whole_words_and_no_special_token(rows: MaskedRows, tokenizer: BertTokenizer) -> None:
    continues = tokenizer.continues
    inputs, targets = rows.batch(np.arange(len(rows)))
    masked = targets != NOT_MASKED
    np.testing.assert_array_equal(inputs["masked"], masked)
    for row in range(len(rows)):
        begin, length = int(rows.begins[row]), int(rows.lengths[row])
        ids = rows.token_ids[begin : begin + length]
        assert not masked[row, length:].any() and inputs["padding_mask"][row].sum() == length
        np.testing.assert_array_equal(np.where(masked[row, :length], targets[row, :length], ids), ids)
        assert (inputs["token_ids"][row, :length] == ids)[~masked[row, :length]].all()
        assert not np.isin(ids[masked[row, :length]], [CLS, SEP, MASK, UNKNOWN]).any()
        ordinary = ~np.isin(ids, [CLS, SEP, UNKNOWN])
        assert masked[row].sum() <= max(1, round(0.3 * ordinary.sum())) or continues[ids].any()
        pairs = zip(range(length - 1), range(1, length), strict=True)
        assert all(masked[row, one] == masked[row, two] for one, two in pairs if continues[ids[two]])


def test_masks_differ_between_epochs_and_are_the_same_for_each_call(rows: MaskedRows) -> None:
    everything = np.arange(len(rows))
    fixed, first, second, other = (of.batch(everything)[1] for of in (rows, *_epochs(rows)))
    assert (rows.batch(everything)[1] == fixed).all()
    assert (rows.in_epoch(3, 0).batch(everything[::-1])[1][::-1] == first).all()  # whatever stands beside them
    assert all((one != two).any() for one, two in ((fixed, first), (first, second), (first, other)))


def _epochs(rows: MaskedRows) -> tuple[MaskedRows, ...]:
    return rows.in_epoch(3, 0), rows.in_epoch(3, 1), rows.in_epoch(4, 0)


@pytest.mark.parametrize("unit", ["word", "piece"])
def test_eight_of_ten_masked_tokens_become_masks_and_one_another_token(unit: str) -> None:
    special, continues = np.arange(50) < 5, np.arange(50) >= 40
    masking = Masking(unit, 0.15, MASK, special, continues)  # type: ignore[arg-type]
    random = np.random.default_rng(0)
    ids = np.concatenate([[CLS], random.integers(5, 50, 40_000), [SEP]]).astype(np.uint16)
    inputs, targets = masking(ids, random)
    masked = targets != NOT_MASKED
    assert masked.mean() == pytest.approx(0.15, abs=1e-3)
    assert (inputs[masked] == MASK).mean() == pytest.approx(0.8, abs=0.02)
    kept = inputs[masked] == targets[masked]
    assert kept.mean() == pytest.approx(0.1 + 0.1 / 45, abs=0.01)
    others = inputs[masked & (inputs != MASK)]
    assert others.min() >= 5 and len(np.unique(others)) == 45
    alone = masked[1:-1] & ~masked[:-2]
    assert continues[ids[1:-1][alone]].any() == (unit == "piece")


def test_a_row_has_a_mask_unless_it_has_nothing_to_predict() -> None:
    masking = Masking("word", 0.15, MASK, np.arange(9) < 5, np.arange(9) == 8)
    random = np.random.default_rng(0)
    assert (masking(np.array([CLS, 5, 8, 8, SEP]), random)[1] != NOT_MASKED).sum() == 3  # one word of three pieces
    assert (masking(np.array([CLS, UNKNOWN, SEP]), random)[1] == NOT_MASKED).all()


def test_the_fingerprint_is_that_of_rows_and_masks(tokenizer: BertTokenizer) -> None:
    documents = read(tokenizer, *WORDS)
    variants = [(documents, 12, 0.15, "word"), (documents, 12, 0.2, "word"), (documents, 12, 0.15, "piece")]
    variants += [(documents, 10, 0.15, "word"), (read(tokenizer, *WORDS[1:]), 12, 0.15, "word")]
    prints = [masked_rows(of, tokenizer, width, share, unit).fingerprint for of, width, share, unit in variants]  # type: ignore[arg-type]
    assert len(set(prints)) == 5
    assert masked_rows(read(tokenizer, *WORDS), tokenizer, 12, 0.15).fingerprint == prints[0]
