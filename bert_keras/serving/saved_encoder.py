"""An exported text encoder, run in Python with the results that a server returns."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bert_keras.errors import ExportError, InputError
from bert_keras.models.classify_stream import LARGEST_CHUNK, TOKEN_BUDGET, run_by_length
from bert_keras.serving.encoder_signatures import OUTPUTS
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths


class SavedEncoder(LoadedExport):
    """A SavedModel of a text encoder that `export` wrote.

    Args:
        folder: The folder of a version.

    Attributes:
        inputs: The names of the inputs: `text`.
        outputs: The names of the outputs, sorted.
        dimension: The size of a vector.

    Raises:
        ExportError: The folder holds no export of a text encoder.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.inputs != ["text"] or self.outputs != sorted(OUTPUTS):
            raise ExportError(
                f"{folder}: not the export of a text encoder. Received: inputs {self.inputs}, outputs {self.outputs}"
            )
        self.dimension = self._request([""])["embedding"].shape[1]

    def encode(self, texts: Sequence[str], *, token_budget: int = TOKEN_BUDGET) -> np.ndarray:
        """Computes the vectors of texts, behind the model's default prompt if it has one.

        Args:
            texts: The texts.
            token_budget: The maximum number of tokens per request, which are estimated from the lengths of the texts.

        Returns:
            The vectors, `[texts, dimension]` float32.

        Raises:
            InputError: The texts are not a list of strings.
        """
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected a list of texts. Received: {texts!r:.60}")
        found = [np.zeros([0, self.dimension], np.float32)]
        for first in range(0, len(texts), LARGEST_CHUNK):
            chunk = texts[first : first + LARGEST_CHUNK]
            found.append(run_by_length(guessed_lengths(chunk), token_budget, partial(self._some, chunk)))
        return np.concatenate(found)

    def _some(self, texts: Sequence[str], places: np.ndarray) -> np.ndarray:
        return self._request([texts[place] for place in places])["embedding"]
