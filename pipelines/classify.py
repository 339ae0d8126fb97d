"""Fine-tunes a text classifier on your own table, scores it, and exports it as a SavedModel that takes raw strings."""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bert_keras.errors import InputError
from pipelines.program import console, plain_name, run

if TYPE_CHECKING:
    from bert_keras import models

_USUAL_MAX_LENGTH = 256


@dataclass(frozen=True)
class ClassifyConfig:
    """Options of a text classifier's training.

    Args:
        train: The rows to learn from: a .tsv or .csv file whose first line names the columns.
        dev: Rows to measure on: after each epoch, and for the report.
        test: More rows, measured once at the end.
        text_column: Column of the texts; without it the first that is there of the usual names (text, sentence, review, ...).
        pair_column: Column of second texts, for tasks on pairs.
        label_column: Column of the labels; without it the first of the usual names (label, category, intent, ...).
        model: What to start from: minilm_l6_en_uncased, a folder (Hugging Face, Google, KerasHub, a run), hf://USER/MODEL, or a
            name of KerasHub's such as bert_base_en_uncased.
        epochs: Times over the training rows.
        batch_size: Rows of a batch.
        learning_rate: The highest rate; it rises over the first tenth of the steps and falls to zero.
        max_length: Most tokens of a row; what is longer is cut. Without it 256, or as many as the model has positions for.
        precision: float32, or bfloat16, which is faster where the processor has it; what is exported is float32.
        seed: Of the order of rows, the head's first weights and dropout.
        name: Of the run and of the exported model; without it the name of the training file's folder.
        runs: Folder of the runs.
        saved_models: Folder of the exported models, as TF Serving is pointed at it.
        overwrite: Replace a finished run of the same name.
    """

    train: str
    dev: str
    test: str | None = None
    text_column: str | None = None
    pair_column: str | None = None
    label_column: str | None = None
    model: str = "minilm_l6_en_uncased"
    epochs: int = 3
    batch_size: int = 32
    learning_rate: float = 5e-5
    max_length: int | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    seed: int = 0
    name: str | None = None
    runs: str = "runs"
    saved_models: str = "saved_models"
    overwrite: bool = False

    def __post_init__(self) -> None:
        for option in ("epochs", "batch_size", "learning_rate"):
            if not getattr(self, option) > 0:  # NaN is not either
                raise InputError(f"--{option} must be above 0. Received: {getattr(self, option)}")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"--seed must be from 0 to 4294967295. Received: {self.seed}")
        if self.name is not None:
            plain_name(self.name)


def main(config: ClassifyConfig) -> None:
    """Trains, scores, reports and exports."""
    from bert_keras import data, models, serving, training
    from pipelines import classify_report
    from pipelines.export import show_check
    from pipelines.progress import TrainingProgress
    from pipelines.run_folder import RunFolder

    config = dataclasses.replace(config, name=config.name or plain_name(Path(config.train).resolve().parent.name))
    columns = data.Columns(config.text_column, config.pair_column, config.label_column)
    files = {split: path for split in ("train", "dev", "test") if (path := getattr(config, split)) is not None}
    examples = {split: data.read_examples(path, columns) for split, path in files.items()}
    labels = data.label_names(examples["train"])
    indices = {split: data.label_indices(rows, labels) for split, rows in examples.items()}
    folder = RunFolder(Path(config.runs, str(config.name)), config.overwrite)

    classifier = _starting_point(config, labels)
    encoded = {split: data.encode(rows, classifier.preprocessor.pack, indices[split]) for split, rows in examples.items()}
    results = classify_report.Results(config, classifier, examples, encoded)
    results.show_data()
    folder.begin(config)

    recipe = training.Recipe(config.epochs, config.batch_size, config.learning_rate, seed=config.seed)
    scalars = training.TensorBoardScalars(folder.path / "tensorboard")
    with TrainingProgress(console, len(encoded["train"]), config.batch_size, config.epochs) as bar:
        outcome = training.fine_tune(classifier, encoded["train"], encoded["dev"], recipe, [bar, scalars])
    folder.write_model(classifier)
    # From here on what is measured is what is served: the saved weights, in float32.
    classifier = models.TextClassifier.from_preset(str(folder.path), dtype="float32")
    results.evaluate(classifier)
    results.show_scores()
    version = serving.export(classifier, Path(config.saved_models, str(config.name)))
    results.write(folder, outcome)
    console.print(f"\nrun     {folder.path}\nexport  {version}\n")
    check = serving.check(version)
    show_check(check)
    commands = (
        f"python -m pipelines.predict --model {version.parent} --input FILE",
        f"tensorboard --logdir {config.runs}",
    )
    console.print("\nnext:\n  " + "\n  ".join(commands))
    sys.exit(0 if check.ok else 1)


def _starting_point(config: ClassifyConfig, labels: list[str]) -> "models.TextClassifier":
    import keras

    from bert_keras.models import TextClassifier

    keras.utils.set_random_seed(config.seed)  # of a fresh head
    policy = "mixed_bfloat16" if config.precision == "bfloat16" else "float32"
    classifier = TextClassifier.from_preset(config.model, labels=labels, new_head=True, max_length=config.max_length, dtype=policy)
    if config.max_length is None:
        classifier.preprocessor.max_length = min(_USUAL_MAX_LENGTH, classifier.preprocessor.max_length)
    classifier.pairs = config.pair_column is not None
    return classifier


if __name__ == "__main__":
    run("classify", __doc__, ClassifyConfig, main)
