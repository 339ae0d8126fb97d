import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from projector_server import ProjectorServer

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.projector_callback import ProjectorSteps

Build = Callable[..., TextClassifier]
TEXTS = ["the film was good", "bad film", "a b c", "not good", "playing", "naive caf"]
LABELS = ["positive", "negative", "positive", "negative", "positive", "negative"]


def fitted(callback: ProjectorSteps, classifier: TextClassifier, epochs: int = 2) -> None:
    rows = tf.data.Dataset.from_tensor_slices((TEXTS, LABELS)).batch(2)
    classifier.compile(run_eagerly=True)  # tracing takes longer than these few steps
    classifier.fit(rows, epochs=epochs, callbacks=[callback], verbose=0)


def test_each_epoch_is_a_run_and_all_together_are_a_series_with_lines(tmp_path: Path, build_classifier: Build) -> None:
    classifier = build_classifier()
    before = classifier.backbone.get_layer("transformer_layer_1").get_weights()[0].copy()
    fitted(ProjectorSteps(tmp_path / "p", TEXTS, LABELS), classifier)
    assert not np.array_equal(before, classifier.backbone.get_layer("transformer_layer_1").get_weights()[0])
    server = ProjectorServer(tmp_path)
    assert sorted(server.runs()) == [f"p/step-{step:07}/sentences" for step in (0, 3, 6)] + ["p/steps"]
    assert list(server.embeddings("p/step-0000003/sentences")) == [
        "[CLS] last layer (2), step 3",
        "mean last layer (2), step 3",
    ]
    name = "mean last layer (2), steps 0 to 6"
    names, *rows = server.metadata("p/steps", name)
    assert [row[names.index("step")] for row in rows] == [str(step) for step in (0, 3, 6) for _ in TEXTS]
    assert [row[names.index("__next__")] for row in rows] == [*map(str, range(6, 18)), *[""] * 6]
    assert [row[names.index("text")] for row in rows] == TEXTS * 3
    alone, together = (
        server.tensor("p/step-0000006/sentences", "mean last layer (2), step 6"),
        server.tensor("p/steps", name)[12:],
    )
    np.testing.assert_allclose(
        np.linalg.norm(alone[1:] - alone[:-1], axis=1), np.linalg.norm(together[1:] - together[:-1], axis=1), atol=1e-4
    )


def test_steps_can_be_asked_for_and_the_last_one_is_there_in_any_case(tmp_path: Path, build_classifier: Build) -> None:
    fitted(ProjectorSteps(tmp_path / "p", TEXTS, every=4, layers=[1]), build_classifier())
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [
        "step-0000000",
        "step-0000004",
        "step-0000006",
        "steps",
    ]


def test_of_too_many_steps_every_second_leaves_the_series_but_not_the_first_and_the_last(
    tmp_path: Path, build_classifier: Build
) -> None:
    callback = ProjectorSteps(tmp_path / "p", TEXTS)
    callback._written = {step: [] for step in range(0, 2_001)}
    callback._thin(6)
    steps = list(callback._written)
    assert len(steps) <= 10_000 // 6 and steps[0] == 0 and steps[-1] == 2_000
    assert steps[:3] == [0, 2, 4]


def test_vectors_that_are_no_numbers_are_not_written_and_the_training_goes_on(
    tmp_path: Path, build_classifier: Build, caplog: pytest.LogCaptureFixture
) -> None:
    classifier = build_classifier()
    dense = classifier.backbone.get_layer("transformer_layer_1")
    dense.set_weights([np.full_like(weights, np.nan) for weights in dense.get_weights()])
    with caplog.at_level(logging.WARNING):
        fitted(ProjectorSteps(tmp_path / "p", TEXTS), classifier, epochs=1)
    assert "not finite" in caplog.text and not (tmp_path / "p").exists()


def test_too_few_rows_and_senseless_intervals_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 3 rows. Received: 2"):
        ProjectorSteps(tmp_path, TEXTS[:2])
    with pytest.raises(InputError, match='every must be "epoch" or a number of steps from 1. Received: 0'):
        ProjectorSteps(tmp_path, TEXTS, every=0)
