"""A classifier as other labels, another task or another pooling want it, on the same backbone."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from bert_keras.classification.calibration import Calibration
from bert_keras.classification.task import Task
from bert_keras.errors import InputError, LabelError
from bert_keras.models.calibrated_answers import CalibratedAnswers
from bert_keras.models.classifier_pooling import Pooling
from bert_keras.models.task import BertTask
from bert_keras.models.task_heads import check_labels, keep_outputs


class ChangeableHead(CalibratedAnswers, BertTask):
    """What a text classifier becomes when it is loaded with other settings than those it was saved with.

    Attributes:
        pooling: What the head reads.
    """

    pooling: Pooling

    def _with_pooling(self, pooling: Pooling, new_head: bool, folder: Path) -> Self:
        if not new_head:
            raise InputError(
                f"{folder}: the classifier's pooling is {self.pooling}, which its head was trained on. Received: "
                f"{pooling}; to train a head of your own on its backbone, add new_head=True"
            )
        return self._replaced(pooling=pooling)

    def _with_task(self, task: Task, labels: Sequence[str] | None, new_head: bool, folder: Path) -> Self:
        same_output = {self.task, task} == {"multi_label", "regression"} and max(
            len(self.labels), len(labels or ())
        ) < 2
        if same_output and not new_head:
            return self._with_output_as(task, labels)
        if not new_head:
            raise InputError(
                f"{folder}: the classifier's task is {self.task}. Received: {task}; to train a head of your own on its "
                "backbone, add new_head=True"
            )
        if labels is None:
            labels = () if task == "regression" else self.labels
        check_labels(labels, task)
        return self._replaced(labels=labels, task=task)

    def _with_output_as(self, task: Task, labels: Sequence[str] | None) -> Self:
        """Returns a classifier whose single output, by the same weights, is a number instead of a probability."""
        if labels is None:
            labels = () if task == "regression" else ("LABEL_0",)  # as transformers names it
        check_labels(labels, task)
        classifier = self._replaced(labels=labels, task=task)
        classifier.output_dense.set_weights(self.output_dense.get_weights())
        return classifier

    def _with_labels(self, labels: Sequence[str], new_head: bool, folder: Path) -> Self:
        check_labels(labels, self.task)
        if new_head:
            return self._with_outputs_of(labels)
        if set(labels) == set(self.labels):
            raise LabelError(
                f"{folder}: the labels in another order would swap their meaning. Received: {list(labels)}; "
                f"the classifier has {list(self.labels)}"
            )
        if len(labels) != len(self.labels):
            raise LabelError(
                f"{folder}: the classifier has {len(self.labels)} labels {list(self.labels)}. Received: {len(labels)}, "
                f"{list(labels)}; to train a head of your own on its backbone, add new_head=True"
            )
        self.labels = tuple(labels)
        return self

    def _with_outputs_of(self, labels: Sequence[str]) -> Self:
        """Returns a classifier of these labels, in which those that are known keep their outputs."""
        same = set(labels) == set(self.labels)
        classifier = self._replaced(labels=labels, calibration=self._reordered(labels) if same else None)
        keep_outputs(classifier.output_dense, labels, self.output_dense, self.labels)
        return classifier

    def _reordered(self, labels: Sequence[str]) -> Calibration | None:
        """Returns the calibration with its thresholds in the order of the same labels."""
        if self.calibration is None or self.calibration.thresholds is None:
            return self.calibration
        by_label = dict(zip(self.labels, self.calibration.thresholds, strict=True))
        return dataclasses.replace(self.calibration, thresholds=tuple(by_label[label] for label in labels))

    def _replaced(self, **changes: Any) -> Self:
        """Returns a classifier on the same backbone with other settings; those of the head get a new head."""
        of_head = {"calibration": None} if changes.keys() & {"labels", "task", "pooling"} else {}
        settings = {"preprocessor": self.preprocessor} | self.settings | of_head | changes
        classifier: Self = type(self)(self.backbone, **settings)
        if (classifier.labels, classifier.task, classifier.pooling) == (self.labels, self.task, self.pooling):
            classifier.output_dense.set_weights(self.output_dense.get_weights())
        return classifier
