"""An exported classifier, answering in Python as it does on a server."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bert_keras.classification import Answer
from bert_keras.classification.answers import answers_of
from bert_keras.errors import ExportError, InputError
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, Row, columns, growing_chunks, run_by_length
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths
from bert_keras.serving.signatures import OUTPUTS


class SavedClassifier(LoadedExport):
    """A SavedModel of a classifier that `export` wrote.

    Args:
        folder: A version's folder.

    Attributes:
        inputs: What it takes: `text`, or `text` and `pair`.
        outputs: The names of what it gives, sorted.
        task: What it answers.
        labels: Names of its labels; none for regression.

    Raises:
        ExportError: No export of a classifier.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        task = next((task for task, names in OUTPUTS.items() if self.outputs == sorted(names)), None)
        if self.inputs not in (["text"], ["text", "pair"]) or task is None:
            raise ExportError(
                f"{folder}: not the export of a classifier. Received: inputs {self.inputs}, outputs {self.outputs}"
            )
        self.task = task
        names = self._run([""] if self.inputs == ["text"] else [("", "")]).get("labels", np.empty([1, 0]))
        self.labels = tuple(name.decode() for name in names[0])

    def classify(self, inputs: Sequence[Row], token_budget: int = TOKEN_BUDGET) -> list[Answer]:
        """Does as `TextClassifier.classify`.

        Args:
            inputs: Texts, or (text, pair) tuples, as the export takes them.
            token_budget: Most tokens of a request, about, for it is the export that counts them; texts of like length
                go together.

        Returns:
            An answer for each, in order.

        Raises:
            InputError: Texts for an export of pairs, or the other way round.
        """
        wrong = next((row for row in inputs if isinstance(row, str) != (self.inputs == ["text"])), None)
        if wrong is not None:
            raise InputError(f"the export takes {' and '.join(self.inputs)}. Received: {wrong!r:.60}")
        answers: list[Answer] = []
        for first in range(0, len(inputs), LARGEST_CHUNK):
            answers += self._classify_chunk(inputs[first : first + LARGEST_CHUNK], token_budget)
        return answers

    def classify_stream(self, rows: Iterable[Row], token_budget: int = TOKEN_BUDGET) -> Iterator[Answer]:
        """Does as `TextClassifier.classify_stream`.

        Args:
            rows: Texts, or (text, pair) tuples, as the export takes them.
            token_budget: Most tokens of a request, about.

        Yields:
            An answer for each, in order.

        Raises:
            InputError: As `classify`.
        """
        for chunk in growing_chunks(rows):
            yield from self.classify(chunk, token_budget)

    def _classify_chunk(self, rows: Sequence[Row], token_budget: int) -> Iterator[Answer]:
        name = "score" if self.task == "regression" else "probabilities"
        lengths = guessed_lengths(rows)
        outputs = run_by_length(
            lengths, token_budget, lambda places: self._run([rows[place] for place in places])[name]
        )
        return answers_of(outputs, self.task, self.labels)

    def _run(self, rows: Sequence[Row]) -> dict[str, np.ndarray]:
        """One request."""
        given = columns(rows)
        return self._request(given) if isinstance(given, list) else self._request(*given)
