import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.dataset_rows import content_mask, labelled, pack_rows, sample_rows
from bert_keras.insight.tokens import tokens_of


def test_a_stream_that_is_small_enough_is_taken_whole() -> None:
    rows, labels, left_out = sample_rows(iter(["a", "b"]), iter([0, 1]), 5)
    assert (rows, labels, left_out) == (["a", "b"], [0, 1], 0)


def test_a_sample_keeps_rows_with_their_labels_in_order_and_says_how_many_it_left_out() -> None:
    rows, labels, left_out = sample_rows((str(place) for place in range(1_000)), range(1_000), 20)
    assert [int(row) for row in rows] == labels == sorted(set(labels)) and len(rows) == 20
    assert left_out == 980
    assert sample_rows(map(str, range(1_000)), None, 20)[0] == rows
    assert sample_rows(map(str, range(1_000)), None, 20, seed=1)[0] != rows


def test_each_row_is_as_likely_as_any_other() -> None:
    counts = np.zeros(12)
    for seed in range(600):
        counts[[int(row) for row in sample_rows(map(str, range(12)), None, 3, seed)[0]]] += 1
    np.testing.assert_allclose(counts / 600, 0.25, atol=0.08)


def test_no_row_and_too_few_labels_are_refused() -> None:
    with pytest.raises(InputError, match="at least one row. Received: none"):
        sample_rows([], None, 5)
    with pytest.raises(InputError, match="each row needs its label"):
        list(labelled(["a", "b"], ["x"]))


@pytest.mark.parametrize("texts", [("the film was playing!",), ("",), ("playing", "a good film"), ("", "a")])
def test_the_content_of_a_row_is_all_but_its_special_tokens(texts: tuple[str, ...], classifier: TextClassifier) -> None:
    row = texts[0] if len(texts) == 1 else texts
    longer = "a b c d e a" if len(texts) == 1 else ("a b c", "d e a b")
    inputs = pack_rows(classifier, [row, longer]).tokens.inputs(np.array([0, 1]))
    mask = content_mask(inputs).numpy()[0]
    tokens = tokens_of(classifier, *texts)
    assert mask[: len(tokens)].tolist() == (~tokens.special).tolist()
    assert not mask[len(tokens) :].any()


def test_a_readers_rows_are_windows_that_know_their_question(extractor: SpanExtractor) -> None:
    packed = pack_rows(extractor, [("good ?", "the film was good . " * 10), ("bad ?", "a b c")])
    assert packed.of.tolist() == [0] * (len(packed.of) - 1) + [1] and len(packed.of) > 2
    assert len(packed.tokens.lengths) == len(packed.of)
