"""An exported masked language model, run in Python with the results that a server returns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bert_keras.errors import ExportError, InputError
from bert_keras.models.classify_stream import TOKEN_BUDGET
from bert_keras.models.mask_filler import FilledMask, MaskedToken, MaskFiller
from bert_keras.serving.loaded_export import LoadedExport, guessed_lengths
from bert_keras.serving.masked_signatures import OUTPUTS, TOP
from bert_keras.text import passes_by_length

_OF_MASKS = ("starts", "tokens", "token_ids", "probabilities")


class SavedMaskedLM(MaskFiller, LoadedExport):
    """A SavedModel of a masked language model that `export` wrote.

    Args:
        folder: The folder of a version.

    Attributes:
        inputs: The names of the inputs: `text`.
        outputs: The names of the outputs, sorted.

    Raises:
        ExportError: The folder holds no export of a masked language model.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        if self.inputs != ["text"] or self.outputs != sorted(OUTPUTS):
            raise ExportError(
                f"{folder}: not the export of a masked language model. Received: inputs {self.inputs}, outputs "
                f"{self.outputs}"
            )

    def _check_fill(self, top: int) -> None:
        super()._check_fill(top)
        if top > TOP:
            raise InputError(f"an export gives {TOP} candidates for a mask at most. Received: top {top}")

    def _fill_chunk(
        self, texts: Sequence[str], top: int, token_budget: int = TOKEN_BUDGET
    ) -> Iterator[list[FilledMask]]:
        found: dict[int, list[FilledMask]] = {}
        for places in passes_by_length(guessed_lengths(texts), token_budget):
            answer = self._request([texts[place] for place in places])
            for row, place in enumerate(places.tolist()):
                count = int(answer["masks"][row])
                parts = (answer[name][row, :count] for name in ("starts", "tokens", "token_ids", "probabilities"))
                found[place] = [
                    FilledMask(int(start), _candidates(top, *of)) for start, *of in zip(*parts, strict=True)
                ]
        return (found[place] for place in range(len(texts)))


def _candidates(top: int, *of_mask: Sequence) -> tuple[MaskedToken, ...]:
    return tuple(
        MaskedToken(token.decode(), int(place), float(probability))
        for token, place, probability in zip(*(column[:top] for column in of_mask), strict=True)
        if place >= 0
    )
