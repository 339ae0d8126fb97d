"""What `classify` can be told."""

from dataclasses import dataclass
from typing import Literal

from ..command_line.options import option
from ..command_line.program import Program
from ..training.config import LEARNING, LOOKS, PLACES, SPEED, TrainingConfig


@dataclass(frozen=True)
class ClassifyConfig(TrainingConfig):
    """Options of a text classifier's training.

    Args:
        train: The rows to learn from: .tsv, .csv or .jsonl files (also .gz), patterns such as 'part-*.csv', or TFDS
            names such as tfds:glue/sst2; one or a list.
        dev: Rows to measure on: after each epoch, and for the report.
        test: More rows, measured once at the end.
        task: single_label (one label a text), multi_label (any number of them), or regression (a number, as in STS).
        text_column: Column of the texts; without it the first that is there of the usual names (text, sentence, review,
            ...).
        pair_column: Column of second texts, for tasks on pairs.
        label_column: Column of the labels; without it the first of the usual names (label, category, intent, ...). For
            multi_label also a list of columns of 0 and 1.
        label_separator: What divides the labels of a row, for multi_label.
        max_length: Most tokens of a row; what is longer is cut. Without it 256, or as many as the model has positions
            for.
        label_smoothing: The share of a target that is spread over all labels.
        class_weights: none, balanced (each label counts the same, however many rows it has), or a weight for each
            label.
        stop_metric: The score that patience looks at, e.g. macro_f1 or loss; without it accuracy, micro_f1 or pearson.
    """

    task: Literal["single_label", "multi_label", "regression"] = "single_label"
    text_column: str | None = option("COLUMN", None)
    pair_column: str | None = option("COLUMN", None)
    label_column: str | list[str] | None = option("COLUMN", None)
    label_separator: str = "|"
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, float] = option("none|balanced|{LABEL: X, …}", "none")


PROGRAM = Program(
    name="classify",
    description="Fine-tunes a text classifier on your own rows, scores it, and exports it as a SavedModel that takes raw strings.",
    config=ClassifyConfig,
    groups={
        "data": (
            "train",
            "dev",
            "test",
            "text_column",
            "pair_column",
            "label_column",
            "task",
            "label_separator",
            "max_length",
        ),
        "model": ("model", "trainable", "adapt", "rank"),
        "learning": (*LEARNING, "class_weights", "label_smoothing"),
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "looking inside while it learns": LOOKS,
    },
    examples=(
        "classify --train train.tsv --dev dev.tsv --name reviews",
        "classify --train 'part-*.csv' --dev dev.jsonl --text_column body --label_column intent --epochs 5",
        "classify --config pipelines/configs/demo.yaml --dry_run",
    ),
)
