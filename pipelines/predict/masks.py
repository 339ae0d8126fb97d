"""The masks of texts and their candidates as JSON lines."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bert_keras import serving
from bert_keras.errors import InputError
from bert_keras.models import FilledMask, MaskedLM, MaskFiller, is_masked_lm
from bert_keras.models.classify_stream import Row

from ..command_line.text_output import STANDARD_STREAM
from .config import PredictConfig

TOP = 5
_json = json.JSONEncoder(ensure_ascii=False).encode


def mask_filler(config: PredictConfig) -> MaskFiller | None:
    """Loads the export, or else the preset or run, of a masked language model; `None` if the model is another."""
    if fills_masks(config):
        return MaskedLM.from_preset(config.model, base=config.base, dtype="float32")
    return None if config.pair_head else serving.saved_mask_filler(config.model)


def fills_masks(config: PredictConfig) -> bool:
    """Returns whether the model is the preset or run of a masked language model, without loading it."""
    return (
        not config.pair_head and serving.saved_inputs(config.model) is None and is_masked_lm(config.model, config.base)
    )


def lines_of_masks(config: PredictConfig, filler: MaskFiller, chunks: Iterable[list[Row]]) -> Iterator[list[str]]:
    """Fills the masks of texts.

    Args:
        config: The options.
        filler: The model.
        chunks: The texts in chunks.

    Yields:
        Blocks of lines, one for each text: `text`, and `masks`, each with `start` and its candidates.

    Raises:
        InputError: A text has no mask, or has it behind what the model reads; the message says which.
    """
    first = 1
    for chunk in chunks:
        texts = [row for row in chunk if isinstance(row, str)]
        if len(texts) < len(chunk):
            raise InputError(f"{config.model}: fills masks of single texts; leave --pair_column out")
        try:
            masks = masks_of(config, filler, texts, first)
        except InputError as error:
            raise InputError(f"{_read(config)}, {error}") from error
        first += len(texts)
        yield [_json({"text": text, "masks": of}) + "\n" for text, of in zip(texts, masks, strict=True)]


def masks_of(
    config: PredictConfig, filler: MaskFiller, texts: Sequence[str], first: int = 1
) -> list[list[dict[str, Any]]]:
    """Returns the masks of texts as JSON values, each with `start`, `tokens` and `probabilities`.

    Args:
        config: The options.
        filler: The model.
        texts: The texts.
        first: The number of the first text, for messages.

    Raises:
        InputError: A text has no mask, or has it behind what the model reads; the message says which.
    """
    found = filler.fill_texts(texts, config.top or TOP, config.token_budget, first=first) if texts else []
    return [_told(masks) for masks in found]


def _read(config: PredictConfig) -> str:
    """Returns what the texts are read from, for messages."""
    names = [config.input] if isinstance(config.input, str) else config.input
    return ", ".join("standard input" if name == STANDARD_STREAM else name for name in names)


def _told(masks: Sequence[FilledMask]) -> list[dict[str, Any]]:
    return [
        {
            "start": mask.start,
            "tokens": [one.token for one in mask.candidates],
            "probabilities": [one.probability for one in mask.candidates],
        }
        for mask in masks
    ]
