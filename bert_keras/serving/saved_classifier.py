"""An exported classifier, run in Python with the results that a server returns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bert_keras.classification import Answer
from bert_keras.classification.answers import answers_of
from bert_keras.errors import ExportError, InputError
from bert_keras.models.classify_stream import Row, columns, run_by_length
from bert_keras.models.row_classifier import RowClassifier
from bert_keras.serving.classifier_signatures import OUTPUTS
from bert_keras.serving.encoder_signatures import OUTPUTS as VECTORS
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths
from bert_keras.serving.masked_signatures import OUTPUTS as MASKS


class SavedClassifier(RowClassifier, LoadedExport):
    """A SavedModel of a classifier that `export` wrote.

    Args:
        folder: The folder of a version.

    Attributes:
        inputs: The names of the inputs: `text`, or `text` and `pair`.
        outputs: The names of the outputs, sorted.
        task: The task of the classifier.
        labels: The names of the labels; empty for regression.

    Raises:
        ExportError: The folder holds no export of a classifier.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        task = next((task for task, names in OUTPUTS.items() if self.outputs == sorted(names)), None)
        if self.inputs not in (["text"], ["text", "pair"]) or task is None:
            hints = {
                VECTORS: "; vectors are those of a text encoder, a SavedEncoder",
                MASKS: "; masks are filled by a masked language model, a SavedMaskedLM (bert-keras predict)",
            }
            hint = next((of for names, of in hints.items() if self.outputs == sorted(names)), "")
            raise ExportError(
                f"{folder}: not the export of a classifier. Received: inputs {self.inputs}, outputs {self.outputs}"
                f"{hint}"
            )
        self.task = task
        names = self._run([""] if self.inputs == ["text"] else [("", "")]).get("labels", np.empty([1, 0]))
        self.labels = tuple(name.decode() for name in names[0])

    def _check_rows(self, rows: Sequence[Row]) -> None:
        wrong = next((row for row in rows if isinstance(row, str) != (self.inputs == ["text"])), None)
        if wrong is not None:
            raise InputError(f"the export takes {' and '.join(self.inputs)}. Received: {wrong!r:.60}")

    def _classify_chunk(self, rows: Sequence[Row], token_budget: int) -> Iterator[Answer]:
        lengths = guessed_lengths(rows)
        found = run_by_length(
            lengths, token_budget, lambda places: self._outputs(self._run([rows[place] for place in places]))
        )
        if self.task != "multi_label":
            return answers_of(found, self.task, self.labels)
        probabilities, chosen = np.split(found, 2, axis=1)
        return answers_of(probabilities, self.task, self.labels, chosen > 0)

    def _outputs(self, served: dict[str, np.ndarray]) -> np.ndarray:
        """Returns an array for each row; of several labels the probabilities, and then whether each is chosen."""
        if self.task == "regression":
            return served["score"]
        if self.task == "single_label":
            return served["probabilities"]
        return np.concatenate([served["probabilities"], served["chosen"].astype(np.float32)], axis=1)

    def _run(self, rows: Sequence[Row]) -> dict[str, np.ndarray]:
        """Runs one request."""
        given = columns(rows)
        return self._request(given) if isinstance(given, list) else self._request(*given)
