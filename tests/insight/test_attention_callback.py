import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import attention, head_importance_of, head_statistics, target_of
from bert_keras.insight.attention_callback import AttentionProbes, Probe, Probes

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "the film was bad", "good play", "bad play", "not bad", "not good", "a b", "c d"]
NAMES = ["positive", "negative", "positive", "negative", "positive", "negative", "negative", "positive"]
PROBE = "the film was not good"


@pytest.fixture
def small(build_classifier: Build) -> TextClassifier:
    return compiled(build_classifier(backbone={"num_layers": 1}, dropout=0.0))


def compiled(classifier: TextClassifier) -> TextClassifier:
    classifier.compile(optimizer=keras.optimizers.SGD(0.3), run_eagerly=True)
    return classifier


def fit(classifier: TextClassifier, callback: keras.callbacks.Callback | None) -> None:
    """A training of an epoch of two steps."""
    data = tf.data.Dataset.from_tensor_slices((TEXTS, NAMES)).batch(4)
    classifier.fit(data, verbose=0, callbacks=[callback] if callback else [])


def train(classifier: TextClassifier, callback: keras.callbacks.Callback, epochs: int = 2) -> None:
    """Calls the callback as a training of two steps an epoch does, and changes the model, in a fraction of the time."""
    callback.set_model(classifier)
    callback.on_train_begin()
    for epoch in range(epochs):
        for batch in range(2):
            classifier.optimizer.iterations.assign_add(1)
            classifier.output_dense.kernel.assign(0.9 * classifier.output_dense.kernel)
            callback.on_train_batch_end(batch)
        callback.on_epoch_end(epoch)
    callback.on_train_end()


def accumulated(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return events


def headers(folder: Path, tag: str = PROBE) -> dict[int, dict[str, Any]]:
    """The headers of a probe by step, as TensorBoard sees them."""
    events = accumulated(folder).Tensors(tag)
    return {event.step: json.loads(make_ndarray(event.tensor_proto)[0]) for event in events}


def test_probes_are_logged_before_the_training_and_after_each_epoch(tmp_path: Path, small: TextClassifier) -> None:
    train(small, AttentionProbes(tmp_path, [PROBE, "bad play"], model_name="tiny"))
    logged = headers(tmp_path)
    assert list(logged) == [0, 2, 4]
    assert list(headers(tmp_path, "bad play")) == [0, 2, 4]
    assert [header["step"] for header in logged.values()] == [0, 2, 4]
    header = logged[4]
    assert (header["name"], header["first"], header["model"]["name"], header["masked"]) == (PROBE, PROBE, "tiny", None)
    assert list(header["methods"]) == ["raw", "rollout", "gradient", "norm"]
    (answer,) = small.classify([PROBE])
    assert header["prediction"]["probabilities"] == pytest.approx(list(answer.probabilities.values()), abs=1e-4)
    assert logged[0]["prediction"] != logged[2]["prediction"] != header["prediction"]


def test_steps_are_counted_where_that_was_asked_for_and_the_end_is_logged(
    tmp_path: Path, small: TextClassifier
) -> None:
    train(small, AttentionProbes(tmp_path, [PROBE], every=3), epochs=4)
    assert list(headers(tmp_path)) == [0, 3, 6, 8]


def test_heads_are_told_as_curves_and_histograms(tmp_path: Path, small: TextClassifier) -> None:
    train(small, AttentionProbes(tmp_path, [PROBE, "bad play"]), epochs=1)
    events = accumulated(tmp_path)
    inspections = [attention(small, text) for text in (PROBE, "bad play")]
    expected = {
        "entropy": np.mean([head_statistics(of.weights, of.tokens).entropy for of in inspections], axis=0),
        "importance": np.mean([head_importance_of(of, target_of(of)) for of in inspections], axis=0),
    }
    for name, of_heads in expected.items():
        points = {
            event.step: float(make_ndarray(event.tensor_proto)) for event in events.Tensors(f"head_{name}/layer_0")
        }
        assert list(points) == [0, 2]
        assert points[2] == pytest.approx(of_heads.mean(), rel=1e-3)
        table = make_ndarray(events.Tensors(f"head_{name}")[-1].tensor_proto)
        assert table[:, 2].sum() == of_heads.size
        assert (table[0, 0], table[-1, 1]) == pytest.approx((of_heads.min(), of_heads.max()), rel=1e-3)
        assert events.SummaryMetadata(f"head_{name}").plugin_data.plugin_name == "histograms"


def test_looking_changes_nothing_of_the_training(tmp_path: Path, build_classifier: Build) -> None:
    weights = []
    for callback in (None, AttentionProbes(tmp_path, [PROBE], every=1)):
        keras.utils.set_random_seed(3)
        classifier = compiled(build_classifier(backbone={"num_layers": 1, "dropout": 0.3}))
        fit(classifier, callback)
        weights.append(classifier.get_weights())
    for without, beside in zip(*weights, strict=True):
        np.testing.assert_array_equal(without, beside)
    assert list(headers(tmp_path)) == [0, 1, 2]


def test_a_resumed_training_goes_on_and_takes_back_what_was_logged_beyond(
    tmp_path: Path, small: TextClassifier
) -> None:
    train(small, AttentionProbes(tmp_path, [PROBE], every=1), epochs=2)
    small.optimizer.iterations.assign(3)  # the last checkpoint of a killed training
    train(small, AttentionProbes(tmp_path, [PROBE], every=1), epochs=1)
    assert list(headers(tmp_path)) == [0, 1, 2, 3, 4, 5]
    (answer,) = small.classify([PROBE])
    assert headers(tmp_path)[5]["prediction"]["probabilities"] == pytest.approx(
        list(answer.probabilities.values()), abs=1e-4
    )


def test_one_callback_serves_several_trainings(tmp_path: Path, small: TextClassifier) -> None:
    probes = AttentionProbes(tmp_path, [PROBE])
    train(small, probes, epochs=1)
    train(small, probes, epochs=1)
    assert list(headers(tmp_path)) == [0, 2, 4]
    train(compiled(small), probes, epochs=1)  # counts its steps anew
    assert list(headers(tmp_path)) == [0, 2]


def test_adapters_count_while_they_are_trained(tmp_path: Path, build_classifier: Build) -> None:
    classifier = build_classifier()
    classifier.adapt("somewhere", rank=2)
    fit(compiled(classifier), AttentionProbes(tmp_path, [PROBE]))
    before, after = headers(tmp_path).values()
    assert before["statistics"]["entropy"] != after["statistics"]["entropy"]
    assert after["logit_difference"] < 1e-5


def test_mixed_precision_is_logged_as_it_computes(tmp_path: Path, build_classifier: Build) -> None:
    classifier = compiled(build_classifier(backbone={"dtype": "mixed_bfloat16", "num_layers": 1}))
    train(classifier, AttentionProbes(tmp_path, [PROBE]), epochs=1)
    after = headers(tmp_path)[2]
    assert after["logit_difference"] < 0.05
    assert np.isfinite(after["methods"]["gradient"]["values"]).all()


def test_a_readers_probe_is_a_question_with_its_context(
    tmp_path: Path, build_extractor: Callable[..., SpanExtractor]
) -> None:
    extractor = build_extractor(backbone={"num_layers": 1})
    extractor.compile(optimizer=keras.optimizers.SGD(0.1), run_eagerly=True)
    probes = AttentionProbes(tmp_path, [Probe("was it good", "the film was good . " * 9, name="asked", true="film")])
    probes.set_model(extractor)
    probes.on_train_begin()
    header = headers(tmp_path, "asked")[0]
    assert header["task"] == "answer"
    assert header["answer"]["gold"][0]["text"] == "film"


def test_a_pair_is_a_probe(tmp_path: Path, build_classifier: Build) -> None:
    probes = AttentionProbes(tmp_path, [("a film", "not bad")])
    probes.set_model(compiled(build_classifier(pairs=True, backbone={"num_layers": 1})))
    probes.on_train_begin()
    assert headers(tmp_path, "a film")[0]["second"] == "not bad"


def test_the_log_stays_within_its_budget_and_says_so_twice(
    tmp_path: Path, small: TextClassifier, caplog: pytest.LogCaptureFixture
) -> None:
    train(small, AttentionProbes(tmp_path / "one", [PROBE]), epochs=1)
    (file,) = (tmp_path / "one").iterdir()
    cost = file.stat().st_size // 2
    with caplog.at_level(logging.WARNING):
        train(compiled(small), AttentionProbes(tmp_path / "many", [PROBE], every=1, byte_budget=9 * cost), epochs=12)
    steps = list(headers(tmp_path / "many"))
    (file,) = (tmp_path / "many").iterdir()
    assert file.stat().st_size <= 9 * cost
    assert steps[:4] == [0, 1, 2, 3]
    assert 24 in steps  # the end
    assert steps != list(range(25))
    told = caplog.messages
    assert len(told) == 2
    assert "half of the 0.0 MB for attention is used, and every second time is left out from now on" in told[0]
    assert "no more is logged until the training ends" in told[1]


def test_a_budget_too_small_for_one_record_writes_nothing_and_says_so(
    tmp_path: Path, small: TextClassifier, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        train(small, AttentionProbes(tmp_path, [PROBE], byte_budget=100))
    assert not list(tmp_path.iterdir())
    assert len(caplog.messages) == 1
    assert "byte_budget" in caplog.messages[0]


def test_a_resumed_training_has_what_is_left_of_the_budget(tmp_path: Path, small: TextClassifier) -> None:
    train(small, AttentionProbes(tmp_path, [PROBE]), epochs=1)
    (file,) = tmp_path.iterdir()
    train(small, AttentionProbes(tmp_path, [PROBE], byte_budget=file.stat().st_size + 10))
    assert list(headers(tmp_path)) == [0, 2]


@pytest.mark.parametrize(
    ("probes", "more", "said"),
    [
        ([], {}, "at least one"),
        ("a text", {}, "a list of texts"),
        ([("a", "b", "c")], {}, "a text, a tuple of two texts or a Probe"),
        ([5], {}, "Received: 5"),
        (["a film", "a  film"], {}, "two probes are named alike"),
        (["a"], {"every": 0}, "steps from 1. Received: 0"),
        (["a"], {"every": "step"}, "Received: 'step'"),
        (["a"], {"byte_budget": 0}, "1 or above. Received: 0"),
    ],
)
def test_mistakes_are_told_at_once(tmp_path: Path, probes: Probes, more: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        AttentionProbes(tmp_path, probes, **more)


def test_a_probe_that_the_model_cannot_read_stops_before_the_first_step(tmp_path: Path, small: TextClassifier) -> None:
    with pytest.raises(InputError):
        train(small, AttentionProbes(tmp_path, [PROBE], methods=("magic",)))
    assert int(small.optimizer.iterations) == 0


def test_empty_and_long_texts_have_names(tmp_path: Path, small: TextClassifier) -> None:
    train(small, AttentionProbes(tmp_path, ["", "good " * 40]), epochs=1)
    tags = accumulated(tmp_path).Tags()["tensors"]
    assert "(empty text)" in tags
    assert ("good " * 12)[:59] + "…" in tags
