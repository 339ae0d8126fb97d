"""The options of `bert-keras contrast`."""

from dataclasses import dataclass
from typing import ClassVar

from bert_keras.errors import InputError
from bert_keras.training.contrast_recipe import ContrastRecipe

from ..command_line.options import option
from ..command_line.program import Program
from ..training.config import LEARNING, PLACES, SPEED, WORKERS, TrainingConfig

NONE = "none"


@dataclass(frozen=True)
class ContrastConfig(TrainingConfig):
    """Options of a text encoder's training.

    Args:
        train: The training data: files (csv, tsv, JSON lines, Parquet, xlsx, ...) of pairs of texts that belong
            together, of triples (with a text that does not belong), of pairs with a number that says how alike they
            are, or of labelled texts.
        dev: The development data, of the same kind, measured before training, after each epoch and for the report.
        test: The test data, measured before training and at the end.
        text_column: Column with the first texts. Default: that of a usual pair (anchor, query, question, sentence1,
            ...), or of single texts (text, sentence, ...).
        pair_column: Column with the texts that belong to them, or that are compared with them. Default: that of a usual
            pair (positive, answer, passage, sentence2, ...); none for labelled texts.
        negative_column: Column with texts that do not belong to the first ones. Default: negative, if it is there.
        score_column: Column with numbers that are higher for texts that are more alike; none for pairs beside such a
            column. Default: score or similarity, if it is there.
        label_column: Column with the labels of single texts. Default: the first of the usual names (label, category,
            intent, ...).
        max_length: Maximum number of tokens per text; longer ones are cut. Default: that of the model.
        batch_size: Rows per optimizer step. Each text of a step is compared with all others of it, so that a larger
            one is a harder task, and no step is ever cut.
        token_budget: Maximum number of tokens per forward pass when vectors are computed for the scores; steps of the
            training are not cut.
        scale: The factor of cosines in the loss, the inverse of a temperature.
        symmetric: For pairs: also learn to find the first text by the second.
        hard_negatives: For pairs: the number of negatives that are added to each, the nearest by the vectors of the
            model to start from among the second texts of others.
        dimensions: Sizes of the beginnings of vectors that learn to serve alone, such as 384 128 64. Default: whole
            vectors only.
        trainable: The weights that are trained: all, head (the dense layers after the pooling alone), or top-N (the top
            N layers and the head).
        stop_metric: The score on dev that decides which epoch is best. Default: mrr (the mean reciprocal rank), or
            spearman for scored pairs.
    """

    recipe_class: ClassVar[type[ContrastRecipe]] = ContrastRecipe

    epochs: int = 1
    batch_size: int = 64
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    negative_column: str | None = option("COLUMN", None)
    score_column: str | None = option("COLUMN", None)
    label_column: str | None = option("COLUMN", None)
    scale: float = 20.0
    symmetric: bool = False
    hard_negatives: int = 0
    dimensions: list[int] | None = None

    def __post_init__(self) -> None:
        if self.dimensions is None:
            object.__setattr__(self, "dimensions", [])
        super().__post_init__()
        if self.hard_negatives < 0:
            raise InputError(f"--hard_negatives must be 0 or above. Received: {self.hard_negatives}")
        if self.batch_size < 2:
            raise InputError(f"--batch_size must be 2 or above, to compare rows. Received: {self.batch_size}")
        if self.label_column is not None and (self.pair_column or self.negative_column or self.score_column):
            raise InputError(
                "--label_column is for single texts, without --pair_column, --negative_column and --score_column. "
                f"Received: {self.label_column}"
            )


PROGRAM = Program(
    name="contrast",
    description=(
        "Trains a text encoder on pairs, triples, scored pairs or labelled texts, scores its vectors, and exports it "
        "as a SavedModel that takes raw strings."
    ),
    config=ContrastConfig,
    groups={
        "data": (
            "train",
            "dev",
            "test",
            "text_column",
            "pair_column",
            "negative_column",
            "score_column",
            "label_column",
            "max_length",
        ),
        "model": ("model", "base", "add_tokens", "trainable", "adapt", "adapters_over", "rank"),
        "contrast": ("scale", "symmetric", "hard_negatives", "dimensions"),
        "learning": LEARNING,
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "several processes and machines": WORKERS,
    },
    examples=(
        "contrast --train pairs.csv --dev dev.csv --name search",
        "contrast --train faq.jsonl --dev dev.jsonl --text_column question --pair_column answer --hard_negatives 2",
        "contrast --train sts.tsv --dev sts-dev.tsv --score_column score --epochs 4",
    ),
)
