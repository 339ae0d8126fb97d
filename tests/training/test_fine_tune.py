from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.data import Encoded, Examples, encode
from bert_keras.models import TextClassifier
from bert_keras.training import Outcome, Recipe, fine_tune, predict_probabilities

LEARNER = {"num_layers": 1, "hidden_dim": 32, "num_heads": 2, "intermediate_dim": 32, "initializer_range": 0.1}
RECIPE = Recipe(epochs=6, batch_size=8, learning_rate=3e-3, seed=3)
WORDS = ("the", "film", "was", "a", "play", "not", "b", "c", "d", ".", ",")

BuildClassifier = Callable[..., TextClassifier]


def reviews(rows: int, seed: int) -> Examples:
    """Rows of random words among which stands either "good" or "bad"."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for row in range(rows):
        words = list(random.choice(WORDS, random.integers(1, 11)))
        words.insert(int(random.integers(0, len(words) + 1)), ("bad", "good")[row % 2])
        texts.append(" ".join(words))
        labels.append(("negative", "positive")[row % 2])
    return Examples(Path("reviews.tsv"), texts, None, labels, list(range(2, rows + 2)), rows)


def encoded(classifier: TextClassifier, examples: Examples) -> Encoded:
    return encode(examples, classifier.preprocessor.pack, [classifier.labels.index(label) for label in examples.labels or ()])


@pytest.fixture(scope="module")
def learned(build_classifier: BuildClassifier) -> tuple[TextClassifier, Outcome]:
    classifier = build_classifier(backbone=LEARNER)
    train, dev = encoded(classifier, reviews(160, 0)), encoded(classifier, reviews(60, 1))
    return classifier, fine_tune(classifier, train, dev, RECIPE)


def test_a_task_that_one_word_decides_is_learned(learned: tuple[TextClassifier, Outcome]) -> None:
    classifier, outcome = learned
    assert outcome.history["val_accuracy"][-1] == 1.0
    dev = encoded(classifier, reviews(60, 2))
    assert (predict_probabilities(classifier, dev).argmax(axis=1) == dev.labels).all()
    assert [answer.label for answer in classifier.classify(["the film was good .", "bad play"])] == ["positive", "negative"]


def test_the_outcome_tells_what_was_done(learned: tuple[TextClassifier, Outcome]) -> None:
    outcome = learned[1]
    assert outcome.steps == 6 * 160 // 8
    assert outcome.examples_per_second == pytest.approx(6 * 160 / outcome.seconds)
    assert outcome.history.keys() == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert {len(values) for values in outcome.history.values()} == {6}
    assert outcome.history["loss"][-1] < outcome.history["loss"][0] / 2


def test_the_learning_rate_is_zero_at_the_end(learned: tuple[TextClassifier, Outcome]) -> None:
    optimizer = learned[0].optimizer
    assert int(optimizer.iterations) == learned[1].steps
    assert float(optimizer.learning_rate) == 0.0


def test_the_seed_alone_decides_what_is_learned_from_a_start(build_classifier: BuildClassifier) -> None:
    start = build_classifier(backbone=LEARNER)
    rows = encoded(start, reviews(32, 0))

    def weights(built_under: int, seed: int) -> list[np.ndarray]:
        classifier = build_classifier(backbone=LEARNER | {"seed": built_under})
        classifier.set_weights(start.get_weights())
        fine_tune(classifier, rows, None, Recipe(1, 8, 3e-3, seed=seed))
        return classifier.get_weights()

    # Layers draw seeds for their dropout when they are built: that must not matter.
    first, again, other = weights(1, seed=3), weights(2, seed=3), weights(1, seed=4)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not any(np.array_equal(one, two) for one, two in zip(first, other, strict=True) if one.ndim == 2)


def test_without_dev_callbacks_see_every_step_and_epoch_and_nothing_is_measured(build_classifier: BuildClassifier) -> None:
    class Counter(keras.callbacks.Callback):
        batches, epochs = 0, 0

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.batches += 1

        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            self.epochs += 1

    classifier, counter = build_classifier(backbone=LEARNER), Counter()
    outcome = fine_tune(classifier, encoded(classifier, reviews(10, 0)), None, Recipe(epochs=2, batch_size=4), [counter])
    assert outcome.history.keys() == {"loss", "accuracy"}
    assert outcome.steps == counter.batches == 2 * 3
    assert counter.epochs == 2


def test_a_model_in_bfloat16_keeps_its_weights_in_float32_and_learns(build_classifier: BuildClassifier) -> None:
    classifier = build_classifier(backbone=LEARNER | {"dtype": "mixed_bfloat16"})
    rows = encoded(classifier, reviews(64, 0))
    outcome = fine_tune(classifier, rows, None, Recipe(3, 8, 3e-3))
    assert outcome.history["loss"][-1] < outcome.history["loss"][0]
    assert {variable.dtype for variable in classifier.trainable_variables} == {"float32"}
    assert predict_probabilities(classifier, rows).dtype == np.float32


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_probabilities_come_in_the_order_of_the_rows(classifier: TextClassifier, batch_size: int) -> None:
    examples = reviews(25, 7)
    told: list[int] = []
    probabilities = predict_probabilities(classifier, encoded(classifier, examples), batch_size, told.append)
    expected = [tf.nn.softmax(classifier.logits(classifier.preprocessor([text])))[0] for text in examples.texts]
    np.testing.assert_allclose(probabilities, expected, atol=1e-6)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert len({tuple(row) for row in probabilities.round(4).tolist()}) > 20
    assert sum(told) == 25
    assert len(told) == -(-25 // batch_size)
