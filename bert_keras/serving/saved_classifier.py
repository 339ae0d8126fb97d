"""An exported classifier, answering in Python as it does on a server."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import tensorflow as tf

from bert_keras.errors import ExportError, InputError
from bert_keras.models import Answer
from bert_keras.models.answers import answers_of
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, Row, columns, growing_chunks, run_by_length
from bert_keras.serving.signatures import OUTPUTS
from bert_keras.serving.versions import SAVED_MODEL, version_folder, versions

_CHARACTERS_OF_A_TOKEN = 4
_SPECIAL_TOKENS = 3


class SavedClassifier:
    """A SavedModel that `export` wrote.

    Args:
        folder: A version's folder.

    Attributes:
        inputs: What it takes: `text`, or `text` and `pair`.
        task: What it answers.
        labels: Names of its labels; none for regression.

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
        task = next((task for task, names in OUTPUTS.items() if outputs == sorted(names)), None)
        if self.inputs not in (["text"], ["text", "pair"]) or task is None:
            raise ExportError(f"{folder}: not the export of a classifier. Received: inputs {self.inputs}, outputs {outputs}")
        self.task = task
        names = self._run([""] if self.inputs == ["text"] else [("", "")]).get("labels", np.empty([1, 0]))
        self.labels = tuple(name.decode() for name in names[0])

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

    def classify(self, inputs: Sequence[Row], token_budget: int = TOKEN_BUDGET) -> list[Answer]:
        """Does as `TextClassifier.classify`.

        Args:
            inputs: Texts, or (text, pair) tuples, as the export takes them.
            token_budget: Most tokens of a request, about, for it is the export that counts them; texts of like length go together.

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
        outputs = run_by_length(_lengths(rows), token_budget, lambda places: self._run([rows[place] for place in places])[name])
        return answers_of(outputs, self.task, self.labels)

    def _run(self, rows: Sequence[Row]) -> dict[str, Any]:
        """One request."""
        given = columns(rows)
        strings = (given,) if isinstance(given, list) else given
        feeds = {name: tf.constant(column, tf.string) for name, column in zip(self.inputs, strings, strict=True)}
        return {name: value.numpy() for name, value in self._answer(**feeds).items()}


def _lengths(rows: Sequence[Row]) -> np.ndarray:
    """How many tokens rows have, as their characters let guess."""
    characters = [len(row) if isinstance(row, str) else len(row[0]) + len(row[1]) for row in rows]
    return np.array(characters) // _CHARACTERS_OF_A_TOKEN + _SPECIAL_TOKENS
