"""The training on rows that the model labels itself: which are kept, what they weigh, and what is trained twice."""

import dataclasses
import importlib
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from bert_keras import TextClassifier, data, evaluation, training
from bert_keras.errors import DataError, InputError, TrainingInterrupted
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.contrast_batches import weak_contrast_batches
from bert_keras.training.logistic_head import fit_logistic
from bert_keras.training.self_training import new_rows, self_train, surest_rows

Build = Callable[..., TextClassifier]
WORDS = ("a", "b", "c", "d", "e", "the", "was", "not")
LABELLED = [*((f"the film was good {word}", "yes") for word in WORDS), *((f"bad play {word}", "no") for word in WORDS)]
OTHERS = [
    f"{start} {one} {other}" for start in ("good film", "bad play not") for one in WORDS[:4] for other in WORDS[:3]
]


def test_the_surest_half_of_each_label_is_kept_and_of_none_more_than_its_share() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(200, 4)) * [1, 1, 1, 3]
    logits[:, 3] += 2  # which most rows are given
    rows, given = surest_rows(logits)
    margins = np.sort(logits, axis=1)[:, -1] - np.sort(logits, axis=1)[:, -2]
    assert rows.tolist() == sorted(set(rows.tolist()))
    for label in range(4):
        own = [row for row in range(200) if logits[row].argmax() == label]
        kept = rows[given == label].tolist()
        assert len(kept) == min(25, -(-len(own) // 2))
        assert set(kept) == set(sorted(own, key=lambda row: -margins[row])[: len(kept)])
    again, same = surest_rows(logits / 7)  # as with another temperature
    assert again.tolist() == rows.tolist() and same.tolist() == given.tolist()


def test_of_very_many_rows_some_hundred_a_label_are_kept() -> None:
    rows, given = surest_rows(np.random.default_rng(0).normal(size=(3000, 2)))
    assert np.bincount(given).tolist() == [256, 256]


def test_labelled_rows_are_seen_in_each_pass_and_are_up_to_half_of_each_batch() -> None:
    targets = np.concatenate([np.repeat([0, 1], 20), np.repeat([0, 1], 100)])
    batches = weak_contrast_batches(targets, 40, 32, passes=3, seed=1)
    of = [(rows[rows < 40], rows[rows >= 40]) for rows in batches]
    assert all(len(own) <= 16 and len(own) + len(more) <= 32 and len(more) for own, more in of)
    assert np.bincount(np.concatenate([own for own, _ in of])).tolist() == [3] * 40
    seen = np.bincount(np.concatenate([more for _, more in of]), minlength=240)[40:]
    assert seen.max() <= 1 and seen.sum() > 100
    few = weak_contrast_batches(targets[:45], 40, 32, passes=3, seed=1)
    assert all(set(range(40, 45)) < set(rows.tolist()) for rows in few)
    one = weak_contrast_batches(targets[:13], 12, 13, passes=3, seed=1)
    assert [sorted(rows.tolist()) for rows in one] == [list(range(13))] * 3  # no smaller contrast for a row more


@pytest.mark.parametrize("several", [False, True])
def test_a_row_of_weight_three_counts_as_three_rows(several: bool) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(12, 4))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    targets = (random.random((12, 3)) < 0.4).astype(np.float32) if several else random.integers(0, 3, 12)
    weights = random.integers(1, 4, 12)
    once = fit_logistic(x, targets, 3, weights=weights)
    repeated = fit_logistic(np.repeat(x, weights, axis=0), np.repeat(targets, weights, axis=0), 3)
    for one, other in zip(once, repeated, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)
    assert np.abs(once[0] - fit_logistic(x, targets, 3)[0]).max() > 0.01


@dataclasses.dataclass(frozen=True)
class Rows:
    """A classifier that is not trained yet, and its rows."""

    classifier: TextClassifier
    labelled: data.Encoded
    others: data.Encoded
    recipe: training.Recipe


@pytest.fixture
def rows(build_classifier: Build, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    folder = tmp_path_factory.mktemp("self")
    classifier = build_classifier(labels=["no", "yes"], pooling="unit_mean", backbone={"pooler": False})
    lines = {"own.tsv": ["text\tlabel", *("\t".join(row) for row in LABELLED)], "others.tsv": ["text", *OTHERS]}
    lines["others.tsv"] += [LABELLED[0][0], OTHERS[0]]  # of train, and once more
    for name, of in lines.items():
        (folder / name).write_text("\n".join(of) + "\n", encoding="utf-8")
    own, others = (
        data.encode(data.Source(str(folder / name), task=task), classifier.preprocessor.pack, "self", folder)
        for name, task in (("own.tsv", "single_label"), ("others.tsv", None))
    )
    own = own.with_labels(["no", "yes"])
    recipe = training.few_shot_recipe(own, training.Recipe(learning_rate=1e-3, seed=3), others)
    return Rows(classifier, own, others, recipe)


def test_it_is_one_training_after_the_other_from_the_same_weights(rows: Rows) -> None:
    classifier, start = rows.classifier, rows.classifier.get_weights()
    told: list[data.WeakRows] = []
    found = self_train(classifier, rows.labelled, rows.others, rows.labelled, rows.recipe, on_kept=told.append)
    assert found.rows is told[0] and found.rows.labelled is rows.labelled
    weights = classifier.output_dense.get_weights()

    classifier.set_weights(start)
    training.few_shot(classifier, rows.labelled, None, rows.recipe)
    np.testing.assert_array_equal(found.before, training.predict_outputs(classifier, rows.labelled))
    others = data.subset(rows.others, np.arange(len(OTHERS)))  # without the text of train, and each once
    kept, given = surest_rows(training.predict_logits(classifier, others, rows.recipe.token_budget))
    assert found.rows.given.tolist() == given.tolist() and 0 < given.sum() < len(given)
    assert found.rows.others.lines.tolist() == others.lines[kept].tolist()
    classifier.set_weights(start)
    outcome = training.few_shot(classifier, found.rows, None, rows.recipe)
    for one, other in zip(weights, classifier.output_dense.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert outcome.steps == found.outcome.steps == 20


class EveryOther(Checkpoints):
    """Checkpoints after every other step, whatever the clock says."""

    _asked = 0

    def due(self) -> bool:
        self._asked += 1
        return self._asked % 2 == 0


class Steps(keras.callbacks.Callback):
    """Counts the steps of a training, and does something after one of them."""

    def __init__(self, step: int = 0, do: Callable[[], object] = list) -> None:
        super().__init__()
        self._step, self._do, self.count = step, do, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.count += 1
        if self.count == self._step:
            self._do()


def kill() -> None:
    raise MemoryError  # which nothing is saved at, as if the process had been killed


def test_a_training_killed_in_either_round_goes_on_in_it_to_the_same_bits(
    rows: Rows, tmp_path: Path, eagerly: None
) -> None:
    start, rounds = rows.classifier.get_weights(), dataclasses.replace(rows.recipe, epochs=4)

    def train(first: Steps, second: Steps, folder: str, **changes: Any) -> training.SelfTrained:
        rows.classifier.set_weights(start)
        given = {"recipe": rounds, "callbacks": [second], "first_callbacks": [first], "dev": rows.labelled} | changes
        checkpoints = EveryOther(tmp_path / folder)
        return self_train(rows.classifier, rows.labelled, rows.others, checkpoints=checkpoints, **given)

    whole = train(Steps(), Steps(), "whole")
    weights = rows.classifier.get_weights()
    with pytest.raises(MemoryError):
        train(Steps(3, kill), Steps(), "killed")
    once = Steps()
    with pytest.raises(MemoryError):
        train(once, Steps(3, kill), "killed")
    assert once.count == 2  # of four
    again = Steps()
    with pytest.raises(TrainingInterrupted) as stopped:
        train(again, Steps(1, lambda: signal.raise_signal(signal.SIGTERM)), "killed")
    assert again.count == 0
    where = f"{tmp_path}/killed/part-second"
    assert str(stopped.value) == (
        f"stopped at step 3 of 4 of the contrast, saved in {where}; the same command goes on from there"
    )
    with pytest.raises(InputError, match="penalty 1.0 there, 0.5 now"):
        train(Steps(), Steps(), "killed", penalty=0.5)
    with pytest.raises(InputError, match=r"few_shot True there, left out now.*the unlabelled data differ"):
        training.fine_tune(
            rows.classifier, rows.labelled, None, training.Recipe(), (), Checkpoints(tmp_path / "killed")
        )
    rest = Steps()
    found = train(Steps(), rest, "killed")
    assert rest.count == 1
    for one, other in zip(weights, rows.classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(found.before, whole.before)
    assert found.rows.fingerprint == whole.rows.fingerprint
    assert (found.outcome.history, found.outcome.steps) == (whole.outcome.history, whole.outcome.steps)
    assert not (tmp_path / "killed" / "part-first").exists()


def test_the_temperature_is_that_of_rows_whose_texts_no_training_on_the_others_has_seen(
    rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[tuple[data.Encoded, data.Encoded, float]] = []

    def remembered(_: object, train: data.Encoded, others: data.Encoded, *more: object, **settings: float) -> None:
        given.append((train, others, settings["penalty"]))

    module = importlib.import_module("bert_keras.training.few_shot_calibration")  # whose name a function has too
    monkeypatch.setattr(module, "self_train", remembered)
    found = training.few_shot_calibration(rows.classifier, rows.labelled, rows.recipe, rows.others)
    ((half, others, penalty),) = given
    held_out = ~np.isin(rows.labelled.hashes, half.hashes)
    assert len(half) == held_out.sum() == 8 and penalty == 0.5
    assert len(others) == len(OTHERS) and not np.isin(others.hashes, rows.labelled.hashes).any()
    of = data.subset(rows.labelled, np.flatnonzero(held_out))
    logits = training.predict_logits(rows.classifier, of, rows.recipe.token_budget)
    wanted = evaluation.fit_temperature(of.targets, logits, 1 / 10)
    assert (None if found is None else found.temperature) == (wanted if wanted < 1 else None)


def test_rows_that_are_all_known_and_other_tasks_are_refused(rows: Rows, build_classifier: Build) -> None:
    known = data.subset(rows.others, np.array([len(OTHERS)]))
    with pytest.raises(DataError, match=r"others.tsv: all of its texts stand in .*own.tsv too.*Received: 1 row$"):
        new_rows(known, [rows.labelled])
    several = build_classifier(labels=["no", "yes"], task="multi_label")
    with pytest.raises(InputError, match="self_train is for single_label. Received: task multi_label"):
        self_train(several, rows.labelled, rows.others, None, rows.recipe)
