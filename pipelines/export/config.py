"""The options of `bert-keras export`."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program

# Those of `serving.saved_model`, which would load TensorFlow: a mistyped name is told before that.
_SIGNATURES = ("strings", "token_ids", "explain", "embed", "fill_mask")


@dataclass(frozen=True)
class ExportConfig:
    """Options of an export.

    Args:
        model: A classifier, a reader, a text encoder or a masked language model: a run (runs/NAME), a preset's folder,
            a folder of transformers, sentence-transformers, PEFT, KerasHub or Google's code with a trained head, or
            hf://USER/MODEL.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        name: Name of the exported model. Default: the name of the model's folder.
        saved_models: Folder of the exported models, as TF Serving reads it.
        max_length: Maximum number of tokens per row. Default: that of the model.
        pairs: Whether a classifier takes pairs of texts. Runs know it; for a Hugging Face folder it must be given.
        pair_head: Export the head that tells of pairs of texts whether the second follows the first, which pretrain
            --pairs trains and BertForPreTraining has, instead of that which fills masks.
        null_threshold: Log-odds of "no answer" against the best span above which a reader gives no answer. Runs know
            it; for a Hugging Face folder trained on SQuAD 2.0 it must be given, 0 for instance.
        precision: What the export computes in. bfloat16 is for processors that have it (AVX512-BF16, AMX): half as
            large, and faster there, but several times slower elsewhere. auto measures both on this machine.
        signatures: Signatures of the export, separated by commas: strings (serving_default), token_ids, and for
            classifiers explain (tokens with offsets, attributions, attention) and embed (sentence vectors). The strings
            of a text encoder are embed too, those of a masked language model fill_mask. token_ids alone needs no
            tensorflow-text, for LiteRT.
        compare: File of texts, one a line (JSON lines with question and context for a reader), whose answers in float32
            the export keeps, for its check to compare with. Default: the dev rows of a run, up to 500.
        prune_heads: Share of the attention heads of a classifier's run to leave out, those on which the loss of its dev
            rows depends least: smaller, faster, and mostly a little worse, which is told.
        n_best: Maximum number of candidate answers that a reader returns with the best one. Default: that of the
            model.
        part_words: Whether a reader's answer may begin and end within a word. Default: as the model does.
        across_paragraphs: Whether a reader's answer may run over a blank line or the end of a page. Default: as the
            model does.
    """

    model: str = model_option()
    base: str | None = base_option()
    name: str | None = option("NAME", None)
    saved_models: str = option("FOLDER", "saved_models", written="folder")
    max_length: int | None = None
    pairs: bool | None = None
    pair_head: bool = False
    null_threshold: float | None = None
    n_best: int | None = None
    part_words: bool | None = None
    across_paragraphs: bool | None = None
    precision: Literal["float32", "bfloat16", "auto"] = "float32"
    signatures: str = option("NAMES", "strings,token_ids")
    compare: str | None = file_option(None)
    prune_heads: float | None = None

    @property
    def signature_names(self) -> tuple[str, ...]:
        """The names of the signatures."""
        return tuple(name.strip() for name in self.signatures.split(","))

    def __post_init__(self) -> None:
        unknown = [name for name in self.signature_names if name not in _SIGNATURES]
        if unknown or len(set(self.signature_names)) < len(self.signature_names):
            raise InputError(
                f"--signatures must be different ones of {', '.join(_SIGNATURES)}, with commas between. Received: "
                f"{self.signatures}"
            )
        if self.prune_heads is not None and not 0 < self.prune_heads < 1:
            raise InputError(f"--prune_heads must be above 0 and below 1. Received: {self.prune_heads}")
        if self.prune_heads is not None and "explain" in self.signature_names:
            raise InputError(
                "explain tells the attention of every head, and --prune_heads leaves some out; leave one of both out. "
                f"Received: --prune_heads {self.prune_heads}"
            )
        if self.prune_heads is not None and self.pair_head:
            raise InputError(
                "--prune_heads goes by the labelled dev rows of a classifier's run, and --pair_head exports a head of "
                f"pre-training; leave one of both out. Received: --prune_heads {self.prune_heads}"
            )
        refuse_all_idle(self, IDLE)
        if self.n_best is not None and self.n_best < 1:
            raise InputError(f"--n_best must be 1 or above. Received: {self.n_best}")
        if self.null_threshold is not None and not math.isfinite(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")


IDLE = (
    Idle(
        ("compare",),
        lambda config: "strings" not in config.signature_names,
        "compares answers to strings; add strings to --signatures, or leave it out",
    ),
)

PROGRAM = Program(
    name="export",
    description=(
        "Exports a run, a preset or a fine-tuned Hugging Face model as a SavedModel, and proves that it runs without "
        "Python."
    ),
    config=ExportConfig,
    groups={
        "model": ("model", "base", "name", "saved_models", "max_length"),
        "classifiers": ("pairs", "pair_head"),
        "readers": ("null_threshold", "n_best", "part_words", "across_paragraphs"),
        "export": ("precision", "signatures", "compare", "prune_heads"),
    },
    examples=(
        "export --model runs/reviews",
        "export --model minilm_l6_en_squad2 --name reader",
        "export --model runs/reviews --precision auto --signatures strings,token_ids,explain",
    ),
)
