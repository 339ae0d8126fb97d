import itertools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.models.classify_stream import FIRST_CHUNK, LARGEST_CHUNK, TokenRows, growing_chunks, run_by_length

WORDS = ["the", "film", "was", "good", "bad", "not", "a", "b", "c", "d"]


def texts(count: int) -> list[str]:
    random = np.random.default_rng(3)
    return [" ".join(random.choice(WORDS, random.integers(0, 20))) for _ in range(count)]


def test_rows_are_padded_to_the_longest_and_masked(classifier: TextClassifier) -> None:
    rows = ["a", "the film was good", "a b c d e a b"]
    packed = classifier.preprocessor.pack((rows, ["b", "", "c d"]))
    tokens = TokenRows.of(packed)
    inputs = tokens.inputs(np.array([2, 0]))
    assert {name: value.shape for name, value in inputs.items()} == dict.fromkeys(inputs, (2, tokens.lengths[2]))
    assert {value.dtype for value in inputs.values()} == {np.dtype("int32")}
    for place, row in enumerate((2, 0)):
        length = tokens.lengths[row]
        np.testing.assert_array_equal(inputs["token_ids"][place, :length], packed.token_ids[row])
        np.testing.assert_array_equal(inputs["segment_ids"][place, :length], packed.segment_ids[row])
        assert inputs["padding_mask"][place].tolist() == [1] * length + [0] * (tokens.lengths[2] - length)
        assert not inputs["token_ids"][place, length:].any()


def test_no_row_is_padded_beyond_the_positions_of_the_model(build_classifier: Callable[..., TextClassifier]) -> None:
    classifier = build_classifier(backbone={"max_sequence_length": 13}, max_length=13)
    tokens = TokenRows.of(classifier.preprocessor.pack(["a " * 40, "a"]))
    assert tokens.inputs(np.array([0, 1]))["token_ids"].shape == (2, 13)
    assert tokens.inputs(np.array([1]))["token_ids"].shape == (1, 3)
    expected = tf.nn.softmax(classifier(classifier.preprocessor(["a " * 40]), training=False))[0, 0]
    assert classifier.classify(["a " * 40])[0].probabilities["negative"] == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("token_budget", [1, 64, 100, 10_000])
def test_passes_keep_to_the_budget_and_outputs_to_the_order(token_budget: int) -> None:
    lengths = np.random.default_rng(0).integers(2, 60, 200)
    passes: list[np.ndarray] = []

    def run(rows: np.ndarray) -> np.ndarray:
        passes.append(rows)
        return np.stack([rows, lengths[rows]], axis=1)

    outputs = run_by_length(lengths, token_budget, run)
    np.testing.assert_array_equal(outputs, np.stack([np.arange(200), lengths], axis=1))
    for rows in passes:
        assert len(rows) * lengths[rows].max() <= token_budget or len(rows) == 1
    # Sorted by length, little is padded.
    if token_budget == 100:
        assert sum(len(rows) * lengths[rows].max() for rows in passes) < 1.1 * lengths.sum()


def test_chunks_grow_from_few_rows_to_thousands_and_hold_each_row_once() -> None:
    sizes = [len(chunk) for chunk in growing_chunks(range(20_000))]
    assert sizes[:3] == [FIRST_CHUNK, 4 * FIRST_CHUNK, 16 * FIRST_CHUNK]
    assert max(sizes) == LARGEST_CHUNK
    assert list(itertools.chain.from_iterable(growing_chunks(range(20_000)))) == list(range(20_000))
    assert list(growing_chunks([])) == []


def test_a_stream_gets_the_answers_of_a_list_in_order(classifier: TextClassifier) -> None:
    rows = texts(300)
    expected = [answer.probability for answer in classifier.classify(rows)]
    assert [answer.probability for answer in classifier.classify_stream(iter(rows))] == pytest.approx(
        expected, abs=1e-6
    )
    assert len({round(probability, 5) for probability in expected}) > 50
    assert list(classifier.classify_stream([])) == []


def test_a_stream_is_read_no_further_than_its_answers_need(classifier: TextClassifier) -> None:
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        for text in itertools.cycle(WORDS):
            read += 1
            yield text

    answers = classifier.classify_stream(endless())
    assert read == 0
    next(answers)
    assert read == FIRST_CHUNK


def test_a_list_of_more_rows_than_a_chunk_is_answered_in_order(classifier: TextClassifier) -> None:
    rows = WORDS * (LARGEST_CHUNK // len(WORDS) + 2)
    first = classifier.classify(WORDS)
    answers = classifier.classify(rows)
    assert [answer.label for answer in answers] == [answer.label for answer in first] * (len(rows) // len(WORDS))


def test_a_stream_of_something_else_than_texts_is_refused(build_classifier: Callable[..., TextClassifier]) -> None:
    with pytest.raises(InputError, match="Received in it: 3"):
        list(build_classifier().classify_stream(["a", 3]))  # type: ignore[list-item]
    with pytest.raises(InputError, match="takes .text, pair. tuples"):
        list(build_classifier(pairs=True).classify_stream(["a"]))
