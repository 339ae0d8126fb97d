"""The parts that a step is run in whose rows are compared: as few tokens as pays, and the gradients of one batch."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from test_step import TINY, Applied
from tiny_data import tiny_data

from bert_keras.models import TextClassifier
from bert_keras.runtime.lanes import lanes
from bert_keras.training.contrast_parts import contrast_parts
from bert_keras.training.few_shot import _NO_METRIC, vector_model
from bert_keras.training.label_contrast import label_contrast
from bert_keras.training.step import TrainingStep

MIXED = np.array([4] * 90 + [100] * 10)


def gradients(build: Callable[..., TextClassifier], parts: int) -> tuple[float, list[tf.Tensor]]:
    data = tiny_data(13, 0)
    settings = {"labels": ["bad", "good"], "dropout": 0.0, "pooling": "unit_mean"}
    vectors = vector_model(build(backbone=TINY | {"pooler": False}, **settings))
    optimizer = Applied(1e-3, global_clipnorm=1.0)
    step = TrainingStep(vectors, optimizer, label_contrast, _NO_METRIC, data.targets[:1], together=True, parts=parts)
    inputs, targets = data.batch(np.arange(13))
    loss = step([(inputs, tf.constant(targets))]).loss
    return loss, [tf.convert_to_tensor(of) for of in optimizer.given]


@pytest.mark.parametrize("parts", [2, 4, 8])
def test_rows_in_parts_have_the_loss_and_the_gradients_of_one_batch(
    build_classifier: Callable[..., TextClassifier], parts: int, eagerly: None
) -> None:
    whole, divided = gradients(build_classifier, 1), gradients(build_classifier, parts)
    assert divided[0] == pytest.approx(whole[0], rel=1e-5)
    assert max(float(tf.reduce_max(tf.abs(of))) for of in whole[1]) > 1e-3
    for one, other in zip(whole[1], divided[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_more_parts_are_for_many_steps_of_texts_of_several_lengths() -> None:
    assert contrast_parts(MIXED, 64, 1) == lanes()
    assert lanes() < contrast_parts(MIXED, 64, 10_000) == 8
    assert contrast_parts(np.full(100, 20), 64, 10_000) == lanes()


def test_a_gpu_runs_a_step_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind=None: ["a GPU"] if kind == "GPU" else [])
    assert contrast_parts(MIXED, 64, 10_000) == 1
