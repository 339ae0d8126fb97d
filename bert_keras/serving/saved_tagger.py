"""An exported token classifier, run in Python with the results that a server returns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from bert_keras.errors import ExportError
from bert_keras.models.entities import Entity
from bert_keras.models.text_tagger import TextTagger
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths
from bert_keras.serving.tagger_signatures import OUTPUTS
from bert_keras.text import MOST_ROWS, passes_by_length


class SavedTagger(TextTagger, LoadedExport):
    """A SavedModel of a token classifier that `export` wrote.

    Args:
        folder: The folder of a version.

    Attributes:
        inputs: The names of the inputs: `text`.
        outputs: The names of the outputs, sorted.

    Raises:
        ExportError: The folder holds no export of a token classifier.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.inputs != ["text"] or self.outputs != list(OUTPUTS):
            raise ExportError(
                f"{folder}: not the export of a token classifier. Received: inputs {self.inputs}, outputs "
                f"{self.outputs}"
            )

    def _tag_chunk(self, texts: Sequence[str], token_budget: int) -> Iterator[tuple[Entity, ...]]:
        passes = passes_by_length(guessed_lengths(texts), token_budget, MOST_ROWS)
        found = made_ahead(lambda places: self._entities([texts[place] for place in places]), passes, lanes())
        entities = {
            place: of_text
            for places, part in zip(passes, found, strict=True)
            for place, of_text in zip(places.tolist(), part, strict=True)
        }
        yield from (entities[place] for place in range(len(texts)))

    def _entities(self, texts: Sequence[str]) -> list[tuple[Entity, ...]]:
        """Runs one request."""
        return list(entities_of_outputs(self._request(texts), texts))


def entities_of_outputs(outputs: dict[str, np.ndarray], texts: Sequence[str]) -> Iterator[tuple[Entity, ...]]:
    """Converts the outputs of a request to entities.

    Args:
        outputs: The arrays, by output name.
        texts: The texts.

    Yields:
        The entities of each text, in order.
    """
    rows = {name: values.tolist() for name, values in outputs.items()}
    for row, text in enumerate(texts):
        count = rows["count"][row]
        names = ("labels", "starts", "ends", "scores")
        here = zip(*(rows[name][row][:count] for name in names), strict=True)
        yield tuple(Entity(text[start:end], label.decode(), start, end, score) for label, start, end, score in here)
