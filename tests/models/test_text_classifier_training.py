from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TextClassifier

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "the film was bad", "good play", "bad play", "not bad", "not good", "a b", "c d"]
NAMES = ["positive", "negative", "positive", "negative", "positive", "negative", "negative", "positive"]
INDICES = [1, 0, 1, 0, 1, 0, 0, 1]
PAIRS = ["a", "b", "c", "d", "e", "a", "b", "c"]


def batches(x: Any, y: Any, size: int = 4) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(size)


def ready(build_classifier: Build, run_eagerly: bool = True, **settings: Any) -> TextClassifier:
    """A classifier that learns fast, and without dropout the same way each time; few steps are faster run eagerly."""
    small = {"dropout": 0.0, "attention_dropout": 0.0, "num_layers": 1}
    classifier = build_classifier(backbone=small, dropout=0.0, **settings)
    classifier.compile(optimizer=keras.optimizers.SGD(0.3), run_eagerly=run_eagerly)
    return classifier


def test_training_on_texts_and_label_names_brings_the_loss_down(
    build_classifier: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    classifier = ready(build_classifier)
    traced, step = [], classifier.train_step
    monkeypatch.setattr(classifier, "train_step", lambda data: (traced.append(data), step(data))[1])
    classifier.compile(optimizer=keras.optimizers.Adam(0.02))
    data = batches(TEXTS, NAMES, size=8)
    before = classifier.evaluate(data, verbose=0, return_dict=True)
    classifier.fit(data.repeat(60), shuffle=False, verbose=0)
    assert len(traced) == 1  # an optimizer that is not built before has it traced twice
    after = classifier.evaluate(data, verbose=0, return_dict=True)
    assert after["loss"] < 0.3 * before["loss"]
    assert before["accuracy"] < after["accuracy"] == 1.0
    assert [answer.label for answer in classifier.classify(TEXTS)] == NAMES


def test_names_of_labels_stand_for_their_places(build_classifier: Build) -> None:
    turned = ready(build_classifier, labels=["positive", "negative"])
    loss = turned.evaluate(batches(TEXTS, NAMES), verbose=0, return_dict=True)["loss"]
    expected = turned.evaluate(batches(TEXTS, [1 - place for place in INDICES]), verbose=0, return_dict=True)["loss"]
    assert loss == pytest.approx(expected, rel=1e-5)


def test_lists_of_texts_and_names_train_like_a_dataset_of_texts_and_indices(build_classifier: Build) -> None:
    first, second = ready(build_classifier), ready(build_classifier)
    found = first.fit(TEXTS, NAMES, batch_size=4, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(
        found, second.fit(batches(TEXTS, INDICES), shuffle=False, verbose=0).history["loss"], rtol=1e-5
    )
    for one, other in zip(first.trainable_variables, second.trainable_variables, strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6, err_msg=one.path)


def test_the_loss_of_pairs_is_that_of_both_texts(build_classifier: Build) -> None:
    paired = ready(build_classifier)
    evaluated = [
        paired.evaluate(batches(x, INDICES), verbose=0, return_dict=True)["loss"] for x in ((TEXTS, PAIRS), TEXTS)
    ]
    inputs = paired.preprocessor((TEXTS[:4], PAIRS[:4])), paired.preprocessor((TEXTS[4:], PAIRS[4:]))
    logits = np.concatenate([paired.logits(part) for part in inputs])
    expected = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(np.array(INDICES), logits).numpy()
    assert evaluated[0] == pytest.approx(expected, rel=1e-5)
    assert abs(evaluated[0] - evaluated[1]) > 1e-4


@pytest.mark.parametrize("as_dataset", [True, False])
def test_predictions_are_the_logits_in_order(as_dataset: bool, build_classifier: Build) -> None:
    classifier = ready(build_classifier, run_eagerly=not as_dataset)
    data: Any = tf.data.Dataset.from_tensor_slices((TEXTS,)).batch(3) if as_dataset else TEXTS
    expected = np.concatenate([classifier.logits(classifier.preprocessor([text])) for text in TEXTS])
    np.testing.assert_allclose(classifier.predict(data, verbose=0), expected, atol=1e-5)


def test_predictions_for_pairs_read_both_texts(build_classifier: Build) -> None:
    classifier = ready(build_classifier)
    data = tf.data.Dataset.from_tensor_slices(((TEXTS, PAIRS),)).batch(8)
    expected = classifier.logits(classifier.preprocessor((TEXTS, PAIRS)))
    np.testing.assert_allclose(classifier.predict(data, verbose=0), expected, atol=1e-5)


def test_inputs_that_are_prepared_already_pass(build_classifier: Build) -> None:
    classifier = ready(build_classifier)
    prepared = {name: value.numpy() for name, value in classifier.preprocessor(TEXTS).items()}
    expected = classifier.evaluate(batches(TEXTS, NAMES, size=8), verbose=0, return_dict=True)["loss"]
    for labels in (NAMES, INDICES):
        found = classifier.evaluate(batches(prepared, labels, size=8), verbose=0, return_dict=True)["loss"]
        assert found == pytest.approx(expected, rel=1e-5)


def test_an_unknown_label_name_stops_the_training(build_classifier: Build) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="a label is none of"):
        ready(build_classifier).fit(batches(TEXTS, [*NAMES[:-1], "Positive"]), shuffle=False, verbose=0)


@pytest.mark.parametrize(
    "names", [["positive", "negative"], np.array(["positive", "negative"]), tf.constant(["positive", "negative"])]
)
def test_label_names_of_any_kind_become_indices(names: Any, classifier: TextClassifier) -> None:
    x, y = classifier.preprocess_samples(["a", "b"], names)
    assert sorted(x) == ["padding_mask", "segment_ids", "token_ids"]
    np.testing.assert_array_equal(y, [1, 0])


def test_an_unknown_label_name_among_samples_is_refused(classifier: TextClassifier) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match="a label is none of"):
        classifier.preprocess_samples(["a"], ["unknown"])


def test_a_classifier_is_compiled_by_itself_as_bert_is_fine_tuned(build_classifier: Build) -> None:
    classifier = build_classifier()
    optimizer = classifier.optimizer
    assert isinstance(optimizer, keras.optimizers.AdamW)
    assert (float(optimizer.learning_rate), optimizer.weight_decay, optimizer.global_clipnorm) == (
        pytest.approx(5e-5),
        0.01,
        1.0,
    )
    decayed = [variable.path for variable in classifier.trainable_variables if optimizer._use_weight_decay(variable)]
    assert any(path.endswith("kernel") for path in decayed)
    assert any(path.endswith("embeddings") for path in decayed)
    assert not any(path.endswith(("bias", "gamma", "beta")) for path in decayed)


def test_training_leaves_no_weight_as_it_was(build_classifier: Build) -> None:
    classifier = ready(build_classifier)
    before = {variable.path: variable.numpy() for variable in classifier.trainable_variables}
    classifier.fit(batches((TEXTS, PAIRS), NAMES), shuffle=False, verbose=0)
    same = [
        variable.path
        for variable in classifier.trainable_variables
        if np.array_equal(variable.numpy(), before[variable.path])
    ]
    # Softmax is blind to what is added to all keys alike.
    assert [path for path in same if not path.endswith("key/bias")] == []
