"""Exports a run, preset or fine-tuned Hugging Face model as a SavedModel, and proves that it runs without Python."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras.errors import InputError

from ..command_line.folder_names import plain_name
from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, ExportConfig

if TYPE_CHECKING:
    from bert_keras.serving.saved_model import Exported, Precision

_OF_READERS = ("null_threshold", "n_best", "part_words", "across_paragraphs")
# The options that each task has, and what it does.
_KNOWN = {"TextClassifier": ("pairs",), "SpanExtractor": _OF_READERS}
_DOES = {
    "TextClassifier": "labels texts",
    "SpanExtractor": "answers questions",
    "TextEncoder": "gives vectors",
    "MaskedLM": "fills masks",
    "TokenClassifier": "finds entities",
}


def main(config: ExportConfig) -> None:
    """Loads, exports and checks a model, and ends the process."""
    from bert_keras import models, serving

    from ..check.tables import show_check
    from .compared import rows_compared
    from .pruning import pruned

    name = plain_name(config.name or Path(config.model).absolute().name)
    model = _loader(config)(config.model, base=config.base, max_length=config.max_length, dtype="float32")
    _set(config, model, _KNOWN.get(type(model).__name__, ()))
    if isinstance(model, models.TextClassifier):
        _check_pairs(config, True if config.pair_head else models.takes_pairs(config.model))
    with pruned(config, model):
        precision = _precision(config, model)
        compared = rows_compared(config, model, precision)
        version = serving.export(
            model,
            Path(config.saved_models, name),
            precision=precision,
            signatures=config.signature_names,
            compared=compared,
        )
    console.print(f"export  {version}\n")
    report = serving.check(version)
    show_check(report)
    sys.exit(0 if report.ok else 1)


def _loader(config: ExportConfig) -> "Callable[..., Exported]":
    from bert_keras import models

    if config.pair_head:
        return models.TextClassifier.from_next_sentence_head
    if models.is_text_encoder(config.model):
        return models.TextEncoder.from_preset
    return models.MaskedLM.from_preset if models.is_masked_lm(config.model, config.base) else models.load_task


def _precision(config: ExportConfig, model: "Exported") -> "Precision":
    """Returns the precision that is asked for, measured for auto."""
    from bert_keras.serving import faster_precision

    if config.precision != "auto":
        return config.precision
    precision, times = faster_precision(model)
    told = ", ".join(f"{name} {1000 * seconds:.0f} ms" for name, seconds in times.items())
    console.print(f"precision  {precision}: the warm-up requests take, on this machine, {told}")
    return precision


def _set(config: ExportConfig, model: "Exported", known: tuple[str, ...]) -> None:
    """Sets the given options on the model, and raises an error for an option that the model does not have."""
    for option in ("pairs", *_OF_READERS):
        value = getattr(config, option)
        if value is None:
            continue
        if option not in known:
            does = _DOES[type(model).__name__]
            raise InputError(
                f"{config.model}: the model {does}, and has no {option}; leave --{option} out. Received: {value}"
            )
        setattr(model, option, value)


def _check_pairs(config: ExportConfig, known: bool | None) -> None:
    """Raises an error if the option contradicts the model, and says what is exported of a model that does not say."""
    if known is not None and config.pairs not in (None, known):
        takes = "pairs of texts" if known else "single texts"
        raise InputError(f"{config.model}: the model takes {takes}; leave --pairs out. Received: {config.pairs}")
    if known is None and config.pairs is None:
        console.print(
            f"{config.model} does not say whether it takes pairs of texts: exported for single ones; for pairs, --pairs"
        )


if __name__ == "__main__":
    run(PROGRAM, main)
