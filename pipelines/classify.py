"""Fine-tunes a text classifier on your own rows, scores it, and exports it as a SavedModel that takes raw strings."""

from dataclasses import dataclass
from typing import Literal

from pipelines.program import run
from pipelines.training_config import TrainingConfig


@dataclass(frozen=True)
class ClassifyConfig(TrainingConfig):
    """Options of a text classifier's training.

    Args:
        train: The rows to learn from: .tsv, .csv or .jsonl files (also .gz), patterns such as 'part-*.csv', or TFDS names such as
            tfds:glue/sst2; one or a list.
        dev: Rows to measure on: after each epoch, and for the report.
        test: More rows, measured once at the end.
        task: single_label (one label a text), multi_label (any number of them), or regression (a number, as in STS).
        text_column: Column of the texts; without it the first that is there of the usual names (text, sentence, review, ...).
        pair_column: Column of second texts, for tasks on pairs.
        label_column: Column of the labels; without it the first of the usual names (label, category, intent, ...). For multi_label
            also a list of columns of 0 and 1.
        label_separator: What divides the labels of a row, for multi_label.
        max_length: Most tokens of a row; what is longer is cut. Without it 256, or as many as the model has positions for.
        label_smoothing: The share of a target that is spread over all labels.
        class_weights: none, balanced (each label counts the same, however many rows it has), or a weight for each label.
        stop_metric: The score that patience looks at, e.g. macro_f1 or loss; without it accuracy, micro_f1 or pearson.
    """

    task: Literal["single_label", "multi_label", "regression"] = "single_label"
    text_column: str | None = None
    pair_column: str | None = None
    label_column: str | list[str] | None = None
    label_separator: str = "|"
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"


def main(config: ClassifyConfig) -> None:
    """Trains, scores, reports and exports."""
    from pipelines.classify_data import ClassifyData
    from pipelines.classify_report import ClassifyResults
    from pipelines.training_run import run_training

    run_training(config, ClassifyData, ClassifyResults)


if __name__ == "__main__":
    run("classify", __doc__, ClassifyConfig, main)
