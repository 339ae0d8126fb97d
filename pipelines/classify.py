"""Fine-tunes a text classifier on your own rows, scores it, and exports it as a SavedModel that takes raw strings."""

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bert_keras.errors import InputError
from pipelines.program import console, plain_name, run

if TYPE_CHECKING:
    from bert_keras import training
    from pipelines.classify_data import ClassifyData
    from pipelines.classify_report import Results
    from pipelines.run_folder import RunFolder


@dataclass(frozen=True)
class ClassifyConfig:
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
        model: What to start from: minilm_l6_en_uncased, a folder (Hugging Face, Google, KerasHub, a run), hf://USER/MODEL, or a
            name of KerasHub's such as bert_base_en_uncased.
        max_length: Most tokens of a row; what is longer is cut. Without it 256, or as many as the model has positions for.
        trainable: What learns: all, head (the classifier's dense layer alone), or top-N: the top N layers, the pooler and the head.
        epochs: Times over the training rows.
        batch_size: Rows of an optimizer step.
        token_budget: Most tokens that go through the model together, padding included. A step with more is cut into passes whose
            gradients are added up: less memory, the same result. Without it 2,048, on a GPU 16,384.
        learning_rate: The highest rate; it rises over the first tenth of the steps and falls to zero.
        warmup_share: Share of the steps until the highest rate.
        weight_decay: Of all weights but biases and layer norms.
        clip_norm: The most that the gradients' common norm may be.
        layer_decay: The rate of each layer as a share of the rate of the layer above it.
        label_smoothing: The share of a target that is spread over all labels.
        class_weights: none, balanced (each label counts the same, however many rows it has), or a weight for each label.
        patience: Epochs without a better score on dev until the training stops; the best weights are kept. Without it, all epochs.
        stop_metric: The score that patience looks at, e.g. macro_f1 or loss; without it accuracy, micro_f1 or pearson.
        precision: float32, bfloat16, or auto: bfloat16 where it is faster. What is exported is float32.
        seed: Of the order of rows, the head's first weights and dropout.
        checkpoint_minutes: Minutes between two checkpoints; a killed run goes on from the last one when it is started again.
        name: Of the run and of the exported model; without it the name of the training file's folder.
        runs: Folder of the runs.
        saved_models: Folder of the exported models, as TF Serving is pointed at it.
        overwrite: Replace a finished run of the same name, or an unfinished one with other settings.
        dry_run: Show the data, some rows as tokens, steps and the expected time, and train nothing.
    """

    train: str | list[str]
    dev: str | list[str]
    test: str | list[str] | None = None
    task: Literal["single_label", "multi_label", "regression"] = "single_label"
    text_column: str | None = None
    pair_column: str | None = None
    label_column: str | list[str] | None = None
    label_separator: str = "|"
    model: str = "minilm_l6_en_uncased"
    max_length: int | None = None
    trainable: str = "all"
    epochs: int = 3
    batch_size: int = 32
    token_budget: int | None = None
    learning_rate: float = 5e-5
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    layer_decay: float = 1.0
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] | dict[str, float] = "none"
    patience: int | None = None
    stop_metric: str | None = None
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = 0
    checkpoint_minutes: float = 5.0
    name: str | None = None
    runs: str = "runs"
    saved_models: str = "saved_models"
    overwrite: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.name is not None:
            plain_name(self.name)
        if not self.checkpoint_minutes >= 0:
            raise InputError(f"--checkpoint_minutes must be 0 or above. Received: {self.checkpoint_minutes}")


def main(config: ClassifyConfig) -> None:
    """Trains, scores, reports and exports."""
    from bert_keras.training import run_lock
    from pipelines.classify_data import ClassifyData, run_name
    from pipelines.dry_run import show_dry_run
    from pipelines.run_folder import RunFolder

    config = dataclasses.replace(config, name=config.name or run_name(config.train))
    recipe = recipe_of(config)
    if config.dry_run:
        show_dry_run(ClassifyData(config), recipe)
        return
    folder = RunFolder(Path(config.runs, str(config.name)))
    folder.refuse_finished(config.overwrite)
    # A run that goes on computes as it began, whatever the machine is busy with while the precision is measured.
    data = ClassifyData(dataclasses.replace(config, precision=folder.precision_begun_with() or config.precision))
    with run_lock(folder.path):
        folder.refuse_finished(config.overwrite)  # another process may have been at it meanwhile
        ok = _train_and_export(data, recipe, folder)
    sys.exit(0 if ok else 1)


def recipe_of(config: ClassifyConfig) -> "training.Recipe":
    """The training's part of the options."""
    from bert_keras.training import Recipe, usual_token_budget

    values = {field.name: getattr(config, field.name) for field in dataclasses.fields(Recipe)}
    if config.token_budget is None:
        values["token_budget"] = usual_token_budget()
    return Recipe(**values)


def _train_and_export(data: "ClassifyData", recipe: "training.Recipe", folder: "RunFolder") -> bool:
    from bert_keras import models, serving
    from pipelines.classify_report import Results
    from pipelines.export import show_check

    data.show()
    if folder.unfinished:
        console.print(f"going on with the unfinished training in {folder.checkpoint}")
    folder.begin(dataclasses.asdict(data.config) | {"precision": data.precision.name})
    results = Results(data, folder, recipe)
    outcome = _train(data, recipe, folder, results)
    folder.write_model(data.classifier)
    # From here on what is measured is what is served: the saved weights, in float32.
    results.evaluate(models.TextClassifier.from_preset(str(folder.path), dtype="float32"))
    results.show_scores()
    version = serving.export(results.classifier, Path(data.config.saved_models, str(data.config.name)))
    check = serving.check(version)
    results.write(outcome, version)  # last, for it makes the run a finished one
    console.print(f"\nrun     {folder.path}\nreport  {folder.path / 'report.html'}\nexport  {version}\n")
    show_check(check)
    commands = (
        f"python -m pipelines.predict --model {version.parent} --input FILE",
        f"tensorboard --logdir {data.config.runs}",
        f"python -m pipelines.compare {folder.path} ANOTHER_RUN",
    )
    console.print("\nnext:\n  " + "\n  ".join(commands))
    return bool(check.ok)


def _train(data: "ClassifyData", recipe: "training.Recipe", folder: "RunFolder", results: "Results") -> "training.Outcome":
    from bert_keras import training
    from pipelines.progress import TrainingProgress

    train = data.encoded["train"]
    with TrainingProgress(console, len(train), recipe.batch_size, recipe.epochs) as bar:
        return training.fine_tune(
            data.classifier,
            train,
            data.encoded["dev"],
            recipe,
            [bar, *results.callbacks()],
            training.Checkpoints(folder.checkpoint, data.config.checkpoint_minutes),
            replace=data.config.overwrite,
            on_dev=results.take_dev,
        )


if __name__ == "__main__":
    run("classify", __doc__, ClassifyConfig, main)
