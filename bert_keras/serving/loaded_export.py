"""An export loaded in Python, which answers requests of strings."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401  (registers its ops, which an export needs to load)

from bert_keras.errors import ExportError
from bert_keras.serving.signature_inputs import TOKEN_SIGNATURE
from bert_keras.serving.versions import SAVED_MODEL, version_folder, versions

_CHARACTERS_OF_A_TOKEN = 4
_SPECIAL_TOKENS = 3


class LoadedExport:
    """A SavedModel that `export` wrote; base class of the exports of each task.

    Args:
        folder: A version's folder.

    Attributes:
        inputs: The names of the inputs of `serving_default`, in the order of its arguments.
        outputs: The names of the outputs of `serving_default`, sorted.

    Raises:
        ExportError: The folder holds no SavedModel with the signature `serving_default`.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._model = tf.saved_model.load(str(folder))
            self._answer = self._model.signatures["serving_default"]
        # An op that is not registered here is a plain RuntimeError.
        except (OSError, KeyError, RuntimeError, tf.errors.OpError) as error:
            raise ExportError(
                f"{folder}: no SavedModel with serving_default ({' '.join(str(error).split())[:200]})"
            ) from error
        # Reversed, which puts text before pair, and question before context.
        self.inputs = sorted(self._answer.structured_input_signature[1], reverse=True)
        self.outputs = sorted(self._answer.structured_outputs)

    @classmethod
    def find(cls, path: str | Path) -> Self | None:
        """Loads an export from a path that may hold something else.

        Args:
            path: A version's folder, or a model's folder, whose highest version is loaded.

        Returns:
            The loaded export; `None` if the path is not an export.

        Raises:
            ExportError: The export is of another task.
        """
        return cls(version_folder(path)) if is_export(path) else None

    def of_tokens(self, inputs: Mapping[str, tf.Tensor]) -> dict[str, np.ndarray]:
        """Runs the signature on token ids.

        Args:
            inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[rows, tokens]` int32.

        Returns:
            The outputs by name.
        """
        return {name: value.numpy() for name, value in self._model.signatures[TOKEN_SIGNATURE](**inputs).items()}

    def _request(self, *columns: Sequence[str]) -> dict[str, np.ndarray]:
        """Runs `serving_default` on a column of strings for each input, in the order of `inputs`."""
        feeds = {name: tf.constant(column, tf.string) for name, column in zip(self.inputs, columns, strict=True)}
        return {name: value.numpy() for name, value in self._answer(**feeds).items()}


def is_export(path: str | Path) -> bool:
    """Returns whether a path is a version's folder, or a model's folder with versions."""
    return (Path(path) / SAVED_MODEL).exists() or bool(versions(path))


def guessed_lengths(rows: Sequence[str | tuple[str, str]]) -> np.ndarray:
    """Estimates the number of tokens of texts, or of pairs of texts, from their characters, `[rows]`."""
    characters = [len(row) if isinstance(row, str) else len(row[0]) + len(row[1]) for row in rows]
    return np.array(characters, np.int64) // _CHARACTERS_OF_A_TOKEN + _SPECIAL_TOKENS
