from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras import MultiLabel, Regression, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import BertKerasError, InputError, LabelError

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "bad", "not bad , not good"]
TASKS: dict[str, dict[str, Any]] = {
    "single_label": {"labels": ["x", "y", "z"]},
    "multi_label": {"labels": ["x", "y", "z"], "task": "multi_label"},
    "regression": {"labels": [], "task": "regression"},
}
TARGETS: dict[str, Any] = {
    "single_label": np.array([0, 2, 1]),
    "multi_label": np.array([[1, 0, 1], [0, 0, 0], [0, 1, 0]], np.float32),
    "regression": np.array([0.5, 4.0, -1.0], np.float32),
}


@pytest.fixture(scope="module", params=["own", "hugging_face"])
def saved(request: pytest.FixtureRequest, build_classifier: Build, tmp_path_factory: Any) -> Callable[[str], str]:
    """Writes a preset of a task, in each of the formats that we write."""
    made: dict[str, str] = {}

    def preset(task: str) -> str:
        if task not in made:
            folder = tmp_path_factory.mktemp("presets") / task
            classifier = build_classifier(**TASKS[task])
            write = classifier.save_to_preset if request.param == "own" else partial(save_hugging_face, classifier)
            write(str(folder))
            made[task] = str(folder)
        return made[task]

    return preset


def test_any_of_its_labels_is_what_a_multi_label_classifier_answers(build_classifier: Build) -> None:
    classifier = build_classifier(**TASKS["multi_label"])
    for text, answer in zip(TEXTS, classifier.classify(TEXTS), strict=True):
        expected = tf.sigmoid(classifier(classifier.preprocessor([text]), training=False))[0].numpy()
        assert isinstance(answer, MultiLabel)
        np.testing.assert_allclose(list(answer.probabilities.values()), expected, atol=1e-6)
        assert answer.labels == tuple(label for label, p in zip("xyz", expected, strict=True) if p >= 0.5)


def test_a_number_is_what_a_regression_answers(build_classifier: Build) -> None:
    classifier = build_classifier(**TASKS["regression"])
    assert (classifier.labels, classifier.output_shape) == ((), (None, 1))
    answers = classifier.classify(TEXTS)
    assert all(isinstance(answer, Regression) for answer in answers)
    expected = [float(classifier(classifier.preprocessor([text]), training=False)[0, 0]) for text in TEXTS]
    assert [answer.score for answer in answers] == pytest.approx(expected, abs=1e-6)
    assert len({answer.score for answer in answers}) == 3


@pytest.mark.parametrize("task", TASKS)
def test_the_loss_that_is_chosen_is_that_of_the_task(task: str, build_classifier: Build) -> None:
    classifier = build_classifier(**TASKS[task], backbone={"num_layers": 1})
    classifier.compile(run_eagerly=True)  # the losses are chosen as before, and a single step is faster so
    logits = classifier(classifier.preprocessor(TEXTS), training=False).numpy()
    p, targets = 1 / (1 + np.exp(-logits)), TARGETS[task]
    expected = {
        "single_label": lambda: -np.log(tf.nn.softmax(logits).numpy()[np.arange(3), targets]).mean(),
        "multi_label": lambda: -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).mean(),
        "regression": lambda: np.square(logits[:, 0] - targets).mean(),
    }[task]()
    metrics = {
        "single_label": ("accuracy", lambda: (logits.argmax(axis=1) == targets).mean()),
        "multi_label": ("label_accuracy", lambda: ((p >= 0.5) == targets).mean()),
        "regression": ("mean_absolute_error", lambda: np.abs(logits[:, 0] - targets).mean()),
    }
    name, metric = metrics[task]
    found = classifier.evaluate(
        tf.data.Dataset.from_tensor_slices((TEXTS, targets)).batch(3), verbose=0, return_dict=True
    )
    assert found["loss"] == pytest.approx(expected, rel=1e-4)
    assert found[name] == pytest.approx(metric(), rel=1e-4)


@pytest.mark.parametrize("task", ["multi_label", "regression"])
def test_training_on_texts_brings_the_loss_of_the_task_down(task: str, build_classifier: Build) -> None:
    still = {"dropout": 0.0, "attention_dropout": 0.0, "num_layers": 1}
    classifier = build_classifier(**TASKS[task], backbone=still, dropout=0.0)
    classifier.compile(optimizer=keras.optimizers.Adam(0.02))
    losses = [float(classifier.train_on_batch(TEXTS, TARGETS[task], return_dict=True)["loss"]) for _ in range(30)]
    # What comes back is the mean of the losses so far.
    assert 30 * losses[-1] - 29 * losses[-2] < 0.3 * losses[0]


@pytest.mark.parametrize(
    ("task", "wanted"), [("regression", "a number for each text"), ("multi_label", "zeros and ones")]
)
def test_names_where_the_task_has_numbers_are_refused(task: str, wanted: str, build_classifier: Build) -> None:
    with pytest.raises(InputError, match=f"{wanted}.*Received: strings"):
        build_classifier(**TASKS[task]).preprocess_samples(["a"], ["x"])


@pytest.mark.parametrize("task", TASKS)
def test_a_preset_keeps_the_task_and_its_head(task: str, build_classifier: Build, saved: Callable[[str], str]) -> None:
    expected, loaded = build_classifier(**TASKS[task]), TextClassifier.from_preset(saved(task))
    assert (loaded.task, loaded.labels) == (task, tuple(TASKS[task]["labels"]))
    np.testing.assert_array_equal(
        loaded.logits(loaded.preprocessor(TEXTS)), expected.logits(expected.preprocessor(TEXTS))
    )
    again = TextClassifier.from_preset(saved(task), task=task, labels=TASKS[task]["labels"], max_length=8)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again.output_dense.kernel, expected.output_dense.kernel)
    assert (again.task, again.preprocessor.max_length) == (task, 8)


def test_a_preset_from_before_there_were_tasks_chooses_one_label(build_classifier: Build, tmp_path: Path) -> None:
    build_classifier().save_to_preset(str(tmp_path / "old"))
    path = tmp_path / "old" / "task.json"
    content = path.read_text(encoding="utf-8")
    assert '"task": "single_label"' in content
    path.write_text(content.replace(',\n        "task": "single_label"', ""), encoding="utf-8")
    assert '"task"' not in path.read_text(encoding="utf-8")
    assert TextClassifier.from_preset(str(tmp_path / "old")).task == "single_label"


@pytest.mark.parametrize(
    ("before", "after"),
    [("single_label", "multi_label"), ("multi_label", "regression"), ("regression", "single_label")],
)
def test_another_task_wants_a_new_head(before: str, after: Any, saved: Callable[[str], str]) -> None:
    with pytest.raises(InputError, match=f"the classifier's task is {before}. Received: {after}; .* add new_head=True"):
        TextClassifier.from_preset(saved(before), task=after, labels=TASKS[after]["labels"])
    old = TextClassifier.from_preset(saved(before))
    new = TextClassifier.from_preset(saved(before), task=after, labels=TASKS[after]["labels"], new_head=True)
    assert (new.task, new.labels) == (after, tuple(TASKS[after]["labels"]))
    assert all(
        np.array_equal(a, b) for a, b in zip(new.backbone.get_weights(), old.backbone.get_weights(), strict=True)
    )
    assert not np.isin(np.asarray(new.output_dense.kernel), np.asarray(old.output_dense.kernel)).any()


def test_another_task_on_the_same_labels_keeps_their_names(saved: Callable[[str], str]) -> None:
    changed = TextClassifier.from_preset(saved("single_label"), task="multi_label", new_head=True)
    assert (changed.task, changed.labels) == ("multi_label", ("x", "y", "z"))


@pytest.mark.parametrize(
    ("settings", "error", "problem"),
    [
        ({"labels": ["a", "b"]}, LabelError, "regression gives a number and has no labels. Received: ['a', 'b']"),
        ({"labels": ["a", "b"], "new_head": True}, LabelError, "regression gives a number and has no labels"),
        (
            {"task": "single_label", "new_head": True},
            LabelError,
            "labels must be at least two different names. Received: ()",
        ),
        (
            {"task": "ranking"},
            InputError,
            "task must be one of single_label, multi_label, regression. Received: 'ranking'",
        ),
    ],
)
def test_a_preset_of_regression_has_no_labels_to_change(
    settings: dict[str, Any], error: type[BertKerasError], problem: str, saved: Callable[[str], str]
) -> None:
    with pytest.raises(error) as caught:
        TextClassifier.from_preset(saved("regression"), **settings)
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"task": "regression"}, "regression gives a number and has no labels. Received: ['negative', 'positive']"),
        ({"task": "multi_label", "labels": []}, "labels must be one or more different names. Received: []"),
        ({"task": "multi_label", "labels": ["a", "a"]}, "labels must be one or more different names"),
        ({"labels": ["a"]}, "labels must be at least two different names. Received: ['a']"),
    ],
)
def test_labels_that_do_not_fit_the_task_are_refused(
    settings: dict[str, Any], problem: str, build_classifier: Build
) -> None:
    with pytest.raises(LabelError) as caught:
        build_classifier(**settings)
    assert str(caught.value).startswith(problem)


def test_a_single_label_that_is_there_or_not_is_a_multi_label_task(build_classifier: Build) -> None:
    answers = build_classifier(task="multi_label", labels=["spam"]).classify(TEXTS)
    assert all(set(answer.probabilities) == {"spam"} for answer in answers)
