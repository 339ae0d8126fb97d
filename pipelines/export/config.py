"""The options of `bert-keras export`."""

import math
from dataclasses import dataclass

from bert_keras.errors import InputError

from ..command_line.options import base_option, model_option, option
from ..command_line.program import Program


@dataclass(frozen=True)
class ExportConfig:
    """Options of an export.

    Args:
        model: A classifier or a reader: a run (runs/NAME), a preset's folder, a folder of transformers, PEFT,
            KerasHub or Google's code with a trained head, or hf://USER/MODEL.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        name: Name of the exported model. Default: the name of the model's folder.
        saved_models: Folder of the exported models, as TF Serving reads it.
        max_length: Maximum number of tokens per row. Default: that of the model.
        pairs: Whether a classifier takes pairs of texts. Runs know it; for a Hugging Face folder it must be given.
        null_threshold: Log-odds of "no answer" against the best span above which a reader gives no answer. Runs know
            it; for a Hugging Face folder trained on SQuAD 2.0 it must be given, 0 for instance.
        n_best: Maximum number of candidate answers that a reader returns with the best one. Default: that of the
            model.
    """

    model: str = model_option()
    base: str | None = base_option()
    name: str | None = option("NAME", None)
    saved_models: str = option("FOLDER", "saved_models")
    max_length: int | None = None
    pairs: bool | None = None
    null_threshold: float | None = None
    n_best: int | None = None

    def __post_init__(self) -> None:
        if self.n_best is not None and self.n_best < 1:
            raise InputError(f"--n_best must be 1 or above. Received: {self.n_best}")
        if self.null_threshold is not None and not math.isfinite(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")


PROGRAM = Program(
    name="export",
    description=(
        "Exports a run, a preset or a fine-tuned Hugging Face model as a SavedModel, and proves that it runs without "
        "Python."
    ),
    config=ExportConfig,
    groups={
        "model": ("model", "base", "name", "saved_models", "max_length"),
        "classifiers": ("pairs",),
        "readers": ("null_threshold", "n_best"),
    },
    examples=("export --model runs/reviews", "export --model minilm_l6_en_squad2 --name reader"),
)
