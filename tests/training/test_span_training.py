import dataclasses
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_questions import tiny_source

from bert_keras import qa
from bert_keras.data import Encoded, QuestionSource, WindowedQuestions, encode_questions
from bert_keras.errors import InputError, TrainingInterrupted
from bert_keras.models import SpanExtractor
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.fine_tune import Outcome, fine_tune
from bert_keras.training.losses import span_cross_entropy
from bert_keras.training.objective import SpanObjective
from bert_keras.training.optimizer import AdamW
from bert_keras.training.predict_spans import FoundSpans, predict_spans, span_scores
from bert_keras.training.recipe import Recipe
from bert_keras.training.step import TrainingStep
from bert_keras.training.task_metric import span_metric

Build = Callable[..., SpanExtractor]

TINY = {"num_layers": 1}
STILL = TINY | {"dropout": 0.0, "attention_dropout": 0.0}
LEARNER = STILL | {"hidden_dim": 32, "intermediate_dim": 32, "initializer_range": 0.1}
RECIPE = Recipe(epochs=10, batch_size=16, learning_rate=6e-3, seed=3)
SHORT = Recipe(epochs=2, batch_size=4, learning_rate=1e-2, seed=1)


def windows_of(extractor: SpanExtractor, source: QuestionSource) -> WindowedQuestions:
    return encode_questions(source, source.asked, extractor.preprocessor)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, QuestionSource]:
    """Questions with answers, with up to two answers, and some without any; and contexts of several windows."""
    folder = tmp_path_factory.mktemp("sources")
    return {
        "train": tiny_source(folder, 300, 0, longest=10, name="train.json"),
        "dev": tiny_source(folder, 60, 1, longest=10, name="dev.json"),
        "train 2.0": tiny_source(folder, 300, 2, unanswered=3, longest=10, name="train-v2.json"),
        "dev 2.0": tiny_source(folder, 60, 3, unanswered=3, longest=10, name="dev-v2.json"),
        "few": tiny_source(folder, 12, 4, answers=2, name="few.json"),
        "few dev": tiny_source(folder, 6, 5, name="few-dev.json"),
        "long": tiny_source(folder, 5, 6, longest=60, name="long.json"),
    }


# === One step ===


class Applied(AdamW):
    """Notes the gradients that it is given."""

    given: list[Any]

    def apply(self, grads: Any, trainable_variables: Any = None) -> None:
        self.given = list(grads)
        super().apply(grads, trainable_variables)


def stepping(build_extractor: Build) -> tuple[Applied, TrainingStep]:
    extractor, optimizer = build_extractor(backbone=STILL), Applied(1e-3, global_clipnorm=1.0)
    return optimizer, TrainingStep(extractor, optimizer, span_cross_entropy, span_metric(), np.zeros([1, 2], np.int32))


@pytest.fixture(scope="module")
def rows(extractor: SpanExtractor, sources: dict[str, QuestionSource]) -> Encoded:
    """Windows of many lengths, with and without answer."""
    rows = windows_of(extractor, sources["long"]).to_train(1.0, "first", 0)
    assert len(set(rows.lengths.tolist())) > 2
    assert 0 < (rows.targets == 0).all(axis=1).sum() < len(rows) - 2
    return rows


def assert_same_gradients(one: Applied, other: Applied) -> None:
    assert len(one.given) == len(other.given) > 15
    for mine, others in zip(one.given, other.given, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(mine), tf.convert_to_tensor(others), rtol=1e-3, atol=1e-6)


def test_passes_of_any_sizes_make_the_step_of_the_undivided_windows(
    build_extractor: Build, rows: Encoded, eagerly: None
) -> None:
    (whole, whole_step), (cut, cut_step) = stepping(build_extractor), stepping(build_extractor)
    every = np.arange(len(rows))
    undivided = whole_step([rows.batch(every)])
    divided = cut_step([rows.batch(part) for part in np.split(every, [1, 4, 9])])
    assert_same_gradients(whole, cut)
    assert divided.loss == pytest.approx(undivided.loss, rel=1e-5)
    assert divided.gradient_norm == pytest.approx(undivided.gradient_norm, rel=1e-4) != 0
    assert divided.counts == undivided.counts


@pytest.mark.parametrize("count", [2, 7])
def test_windows_in_lanes_make_the_step_of_the_undivided_windows(
    count: int, build_extractor: Build, rows: Encoded, monkeypatch: pytest.MonkeyPatch, eagerly: None
) -> None:
    chosen = np.argsort(rows.lengths)[:: len(rows) // count][:count]
    assert len(set(rows.lengths[chosen].tolist())) > 1
    made = []
    for lanes in (1, 2):
        monkeypatch.setattr("bert_keras.training.step.lanes", lambda lanes=lanes: lanes)
        optimizer, step = stepping(build_extractor)
        made.append((optimizer, step([rows.batch(chosen)])))
    (one, undivided), (other, divided) = made
    assert_same_gradients(one, other)
    assert divided.loss == pytest.approx(undivided.loss, rel=1e-5)
    assert divided.counts == undivided.counts


def test_a_single_window_leaves_a_lane_without_any(
    build_extractor: Build, rows: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = []
    for lanes in (1, 2):
        monkeypatch.setattr("bert_keras.training.step.lanes", lambda lanes=lanes: lanes)
        figures.append(stepping(build_extractor)[1]([rows.batch(np.array([0]))]))
    assert figures[1].loss == pytest.approx(figures[0].loss, rel=1e-5)
    assert figures[1].gradient_norm == pytest.approx(figures[0].gradient_norm, rel=1e-4) != 0
    assert figures[1].counts == figures[0].counts


def test_a_steps_loss_is_the_mean_of_its_windows_and_its_counts_are_those_found(
    build_extractor: Build, rows: Encoded, eagerly: None
) -> None:
    extractor, optimizer = build_extractor(backbone=STILL), Applied(1e-3, global_clipnorm=1.0)
    inputs, targets = rows.batch(np.arange(len(rows)))
    outputs = {name: logits.numpy() for name, logits in extractor(inputs).items()}
    step = TrainingStep(extractor, optimizer, span_cross_entropy, span_metric(), targets[:1])
    figures = step([(inputs, targets)])
    shares = {name: tf.nn.softmax(logits).numpy() for name, logits in outputs.items()}
    of_targets = [shares[name][np.arange(len(rows)), targets[:, side]] for side, name in enumerate(("start", "end"))]
    assert figures.loss == pytest.approx(-np.log(of_targets).mean(), rel=1e-4)
    found = np.stack([outputs[name].argmax(axis=1) for name in ("start", "end")], axis=1)
    assert figures.counts == [(found == targets).all(axis=1).sum(), len(rows)]


def test_steps_of_other_lengths_and_passes_are_not_traced_anew(
    build_extractor: Build, rows: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced, gradients = [], TrainingStep._gradients
    monkeypatch.setattr(TrainingStep, "_gradients", lambda *given: [traced.append(1), gradients(*given)][1])
    _, step = stepping(build_extractor)
    for lines in ([0], [1, 2, 3], [4, 0]):
        step([rows.batch(np.array(lines))])
        step([rows.batch(np.array([line])) for line in [*lines, 5]])
    assert len(traced) == 2  # whole steps, and passes


# === Learning ===


@pytest.fixture(scope="module")
def learned(
    build_extractor: Build, sources: dict[str, QuestionSource]
) -> tuple[SpanExtractor, Outcome, list[FoundSpans]]:
    extractor, told = build_extractor(backbone=LEARNER), list[FoundSpans]()
    train = windows_of(extractor, sources["train"]).to_train(0.0, "first", 0)
    return (
        extractor,
        fine_tune(extractor, train, windows_of(extractor, sources["dev"]), RECIPE, on_dev=told.append),
        told,
    )


def test_the_word_after_another_is_learned_to_be_the_answer(
    learned: tuple[SpanExtractor, Outcome, list[FoundSpans]], tmp_path: Path
) -> None:
    extractor, outcome, _ = learned
    other = tiny_source(tmp_path, 60, 9, longest=10)
    answers = extractor.answer(
        [question.text for question in other.asked], [other.contexts[q.context] for q in other.asked]
    )
    right = [
        (a.start, a.end) == (q.answers[0].start, q.answers[0].end) for a, q in zip(answers, other.asked, strict=True)
    ]
    assert np.mean(right) >= 0.9
    assert outcome.history["val_best_span_f1"][-1] >= 90
    assert outcome.history["span_accuracy"][-1] >= 0.9


def test_the_outcome_tells_what_was_done(learned: tuple[SpanExtractor, Outcome, list[FoundSpans]]) -> None:
    outcome = learned[1]
    assert outcome.history.keys() == {"loss", "span_accuracy", "val_loss", "val_best_span_f1"}
    assert {len(values) for values in outcome.history.values()} == {10}
    assert outcome.history["loss"][-1] < outcome.history["loss"][0] / 4
    assert outcome.steps == 10 * 19
    best = max(outcome.history["val_best_span_f1"])
    assert outcome.best_epoch is not None and outcome.history["val_best_span_f1"][outcome.best_epoch] == best


def test_dev_is_scored_with_the_weights_of_the_epochs_end_and_told(
    learned: tuple[SpanExtractor, Outcome, list[FoundSpans]], sources: dict[str, QuestionSource]
) -> None:
    extractor, outcome, told = learned
    dev = windows_of(extractor, sources["dev"])
    scores = span_scores(dev, predict_spans(extractor, dev))
    for name in ("loss", "best_span_f1"):
        assert outcome.best_epoch is not None  # that of the weights which the model has
        assert outcome.history[f"val_{name}"][outcome.best_epoch] == pytest.approx(scores[name], rel=1e-4)
        assert outcome.history[f"val_{name}"][0] == pytest.approx(span_scores(dev, told[0])[name])
    assert len(told) == 10


def test_contexts_without_answer_are_learned_to_have_none(
    build_extractor: Build, sources: dict[str, QuestionSource]
) -> None:
    extractor = build_extractor(backbone=LEARNER, null_threshold=0.0)
    train, dev = (
        windows_of(extractor, sources["train 2.0"]).to_train(1.0, "first", 0),
        windows_of(extractor, sources["dev 2.0"]),
    )
    outcome = fine_tune(extractor, train, dev, RECIPE)
    assert outcome.history.keys() == {"loss", "span_accuracy", "val_loss", "val_best_span_f1", "val_best_f1"}
    asked = sources["dev 2.0"].asked
    answers = extractor.answer([question.text for question in asked], dev.contexts)
    score = qa.evaluate(
        sources["dev 2.0"].gold(), {q.id: answer.text for q, answer in zip(asked, answers, strict=True)}
    )
    assert min(score["HasAns_exact"], score["NoAns_exact"]) >= 90
    assert outcome.history["val_best_f1"][-1] >= score["f1"] - 1e-6


def test_without_dev_questions_a_training_tells_of_its_own_alone(
    build_extractor: Build, sources: dict[str, QuestionSource], eagerly: None
) -> None:
    extractor = build_extractor(backbone=TINY)
    outcome = fine_tune(extractor, windows_of(extractor, sources["few"]).to_train(0.0, "first", 0), None, SHORT)
    assert outcome.history.keys() == {"loss", "span_accuracy"}
    assert outcome.steps == 6


# === What learns ===


def changed(extractor: SpanExtractor, train: Encoded, recipe: Recipe) -> tuple[list[str], list[str]]:
    """The weights whose bits a training changes, and all others."""
    before = [weight.tobytes() for weight in extractor.get_weights()]
    fine_tune(extractor, train, None, recipe)
    learning, others = list[str](), list[str]()
    for weight, bits in zip(extractor.weights, before, strict=True):
        (others if weight.value.numpy().tobytes() == bits else learning).append(weight.path)
    return learning, others


def test_beside_adapters_nothing_but_the_head_learns(
    build_extractor: Build, sources: dict[str, QuestionSource], eagerly: None
) -> None:
    extractor = build_extractor(backbone={"pooler": True})
    train = windows_of(extractor, sources["few"]).to_train(0.0, "first", 0)
    extractor.adapt("a base", rank=2)
    learning, frozen = changed(extractor, train, SHORT)
    adapters = [path for path in learning if path.endswith(("/down", "/up"))]
    assert len(adapters) == 2 * 6 * 2  # two weights beside each of six dense layers, in each of two layers
    assert sorted(set(learning) - set(adapters)) == ["logits/bias", "logits/kernel"]
    assert len(frozen) > 30
    assert sorted(weight.path for weight in extractor.trainable_weights) == sorted(learning)


def test_adapters_learn_the_task(
    learned: tuple[SpanExtractor, Outcome, list[FoundSpans]], build_extractor: Build, sources: dict[str, QuestionSource]
) -> None:
    """Over an encoder that knows it, with a head that does not."""
    extractor = build_extractor(backbone=LEARNER)
    extractor.backbone.set_weights(learned[0].backbone.get_weights())
    dev = windows_of(extractor, sources["dev"])
    extractor.adapt("a base", rank=4)
    train = windows_of(extractor, sources["train"]).to_train(0.0, "first", 0)
    outcome = fine_tune(extractor, train, dev, dataclasses.replace(RECIPE, epochs=3))
    assert outcome.history["val_best_span_f1"][-1] >= 90


@pytest.mark.parametrize("pooler", [False, True])
def test_the_head_can_learn_alone_and_a_pooler_never_does(
    pooler: bool, build_extractor: Build, sources: dict[str, QuestionSource], eagerly: None
) -> None:
    extractor = build_extractor(backbone=TINY | {"pooler": pooler})
    train = windows_of(extractor, sources["few"]).to_train(0.0, "first", 0)
    head, _ = changed(extractor, train, dataclasses.replace(SHORT, trainable="head", epochs=1))
    assert sorted(head) == ["logits/bias", "logits/kernel"]
    learning, frozen = changed(extractor, train, dataclasses.replace(SHORT, epochs=1))
    assert {path.partition("/")[0] for path in frozen} == ({"pooled_dense"} if pooler else set())
    assert len(learning) > 20


# === Stopping and going on ===


@pytest.mark.parametrize(
    ("null_threshold", "metric", "decides"),
    [
        (None, None, "best_span_f1"),
        (0.0, None, "best_f1"),
        (None, "loss", "loss"),
        (0.0, "best_span_exact", "best_span_exact"),
    ],
)
def test_the_best_epochs_weights_are_the_models_and_a_training_that_grows_worse_ends(
    null_threshold: float | None,
    metric: str | None,
    decides: str,
    build_extractor: Build,
    sources: dict[str, QuestionSource],
    eagerly: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extractor, kept = build_extractor(backbone=TINY, null_threshold=null_threshold), []
    measure, (train, dev) = SpanObjective.measure, (windows_of(extractor, sources[name]) for name in ("few", "few dev"))

    def measured(*given: Any) -> tuple[Any, dict[str, float]]:
        """The stop metric is best in the second epoch; all other metrics rise with each epoch."""
        kept.append(extractor.get_weights())
        found, scores = measure(*given)
        epoch = len(kept)
        scores |= {name: value + epoch for name, value in scores.items()}
        return found, scores | {decides: (2.0 if decides == "loss" else -2.0) * abs(epoch - 2)}

    monkeypatch.setattr(SpanObjective, "measure", measured)
    recipe = dataclasses.replace(SHORT, epochs=6, batch_size=12, patience=2, stop_metric=metric)
    outcome = fine_tune(extractor, train.to_train(0.0, "first", 0), dev, recipe)
    assert (outcome.best_epoch, len(outcome.history[f"val_{decides}"])) == (1, 4)
    for mine, best, last in zip(extractor.output_dense.get_weights(), kept[1][-2:], kept[-1][-2:], strict=True):
        np.testing.assert_array_equal(mine, best)
        assert not np.array_equal(mine, last)
    for mine, best in zip(extractor.get_weights(), kept[1], strict=True):
        np.testing.assert_array_equal(mine, best)


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        (Recipe(label_smoothing=0.1), "label_smoothing and class_weights are for labels, and spans have none"),
        (Recipe(class_weights="balanced"), "label_smoothing and class_weights are for labels, and spans have none"),
        (Recipe(class_weights={"a": 2.0}), "label_smoothing and class_weights are for labels, and spans have none"),
        (
            Recipe(stop_metric="accuracy"),
            "stop_metric must be one of best_span_f1, best_span_exact, loss. Received: 'accuracy'",
        ),
        (Recipe(stop_metric="best_f1"), "Received: 'best_f1'"),  # where each question has an answer
        (Recipe(patience=1), "patience counts epochs without a better best_span_f1 on dev, and there are no dev rows"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_before_anything_is_trained(
    recipe: Recipe, message: str, build_extractor: Build, sources: dict[str, QuestionSource]
) -> None:
    extractor = build_extractor(backbone=TINY)
    before = extractor.get_weights()
    with pytest.raises(InputError, match=message):
        fine_tune(extractor, windows_of(extractor, sources["few"]).to_train(0.0, "first", 0), None, recipe)
    for one, other in zip(extractor.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


class Stop(keras.callbacks.Callback):
    """Asks a training to stop after a step, as Ctrl-C does."""

    def __init__(self, epoch: int, step: int) -> None:
        super().__init__()
        self._at = (epoch, step)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (self._epoch, batch) == self._at:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def train(build_extractor: Build, sources: dict[str, QuestionSource]) -> Callable[..., tuple[SpanExtractor, Outcome]]:
    """Trains an extractor, always from the same weights, for two epochs of three steps, with new answers in each."""
    start = build_extractor(backbone=TINY).get_weights()

    def call(
        checkpoints: Checkpoints | None = None,
        *callbacks: Any,
        answers: str = "any",
        null_threshold: float | None = None,
    ) -> tuple[SpanExtractor, Outcome]:
        extractor = build_extractor(backbone=TINY, null_threshold=null_threshold)
        extractor.set_weights(start)
        rows = windows_of(extractor, sources["few"]).to_train(0.0, answers, 0)
        return extractor, fine_tune(
            extractor, rows, windows_of(extractor, sources["few dev"]), SHORT, callbacks, checkpoints
        )

    return call


def test_a_training_that_was_stopped_ends_with_the_bits_of_an_undisturbed_one(
    train: Callable[..., tuple[SpanExtractor, Outcome]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eagerly: None
) -> None:
    drawn, in_epoch = list[tuple[int, int]](), Encoded.in_epoch
    monkeypatch.setattr(Encoded, "in_epoch", lambda rows, *of: [drawn.append(of), in_epoch(rows, *of)][1])
    known, undisturbed = train()
    with pytest.raises(TrainingInterrupted, match="stopped at epoch 2, step 1 of 3, saved in"):
        train(Checkpoints(tmp_path), Stop(1, 0))
    found, outcome = train(Checkpoints(tmp_path))
    for mine, others in zip(found.variables, known.variables, strict=True):
        np.testing.assert_array_equal(mine, others)
    assert (outcome.history, outcome.steps) == (undisturbed.history, undisturbed.steps)
    assert drawn == [(1, 0), (1, 1), (1, 0), (1, 1), (1, 1)]
    first_alone, _ = train(answers="first")
    assert not np.array_equal(first_alone.output_dense.kernel, known.output_dense.kernel)


def test_another_choice_of_answers_or_of_no_answer_does_not_go_on_with_it(
    train: Callable[..., tuple[SpanExtractor, Outcome]], tmp_path: Path, eagerly: None
) -> None:
    train(Checkpoints(tmp_path))
    with pytest.raises(InputError, match="Received: the training data differ"):
        train(Checkpoints(tmp_path), answers="first")
    with pytest.raises(InputError, match="no_answer False there, True now"):
        train(Checkpoints(tmp_path), null_threshold=0.0)
