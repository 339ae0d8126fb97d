"""An exported classifier, answering in Python as it does on a server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import tensorflow as tf

from bert_keras.errors import ExportError, InputError
from bert_keras.models import Classification
from bert_keras.serving.versions import SAVED_MODEL, version_folder, versions


class SavedClassifier:
    """A SavedModel that `export` wrote.

    Args:
        folder: A version's folder.

    Raises:
        ExportError: No export of a classifier.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._model = tf.saved_model.load(str(folder))
            self._answer = self._model.signatures["serving_default"]
        except (OSError, KeyError, tf.errors.OpError) as error:
            raise ExportError(f"{folder}: no SavedModel with serving_default ({' '.join(str(error).split())[:200]})") from error
        self.inputs = sorted(self._answer.structured_input_signature[1], reverse=True)
        outputs = sorted(self._answer.structured_outputs)
        if self.inputs not in (["text"], ["text", "pair"]) or outputs != ["label", "labels", "probabilities", "probability"]:
            raise ExportError(f"{folder}: not the export of a classifier. Received: inputs {self.inputs}, outputs {outputs}")

    @classmethod
    def find(cls, path: str | Path) -> Self | None:
        """Loads an export if there is one.

        Args:
            path: A version's folder, or a model's folder, of which the newest version is taken.

        Returns:
            The export; None where the path is something else.
        """
        is_export = (Path(path) / SAVED_MODEL).exists() or versions(path)
        return cls(version_folder(path)) if is_export else None

    def classify(self, inputs: Sequence[str] | Sequence[tuple[str, str]], batch_size: int = 32) -> list[Classification]:
        """Does as `TextClassifier.classify`.

        Args:
            inputs: Texts, or (text, pair) tuples, as the export takes them.
            batch_size: Rows of a request.

        Returns:
            An answer for each, in order.

        Raises:
            InputError: Texts for an export of pairs, or the other way round.
        """
        if any(isinstance(row, str) != (self.inputs == ["text"]) for row in inputs):
            raise InputError(f"the export takes {' and '.join(self.inputs)}. Received: {inputs[0]!r:.60}")
        answers: list[Classification] = []
        for first in range(0, len(inputs), batch_size):
            rows = inputs[first : first + batch_size]
            columns = [rows] if self.inputs == ["text"] else list(zip(*rows, strict=True))
            feeds = {name: tf.constant(list(column), tf.string) for name, column in zip(self.inputs, columns, strict=True)}
            result = {name: value.numpy() for name, value in self._answer(**feeds).items()}
            for row in range(len(rows)):
                named = dict(zip((n.decode() for n in result["labels"][row]), map(float, result["probabilities"][row]), strict=True))
                answers.append(Classification(result["label"][row].decode(), float(result["probability"][row]), named))
        return answers
