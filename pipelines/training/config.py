"""The options that trainings of all kinds share."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from bert_keras.errors import InputError
from bert_keras.training.recipe import Recipe

from ..command_line.folder_names import plain_name
from ..command_line.options import file_option, model_option, option

_RATE, _RATE_OF_ADAPTERS = 5e-5, 1e-3
# Groups of options that all trainings have, the most used first.
LEARNING = (
    "epochs",
    "batch_size",
    "learning_rate",
    "patience",
    "stop_metric",
    "layer_decay",
    "warmup_share",
    "weight_decay",
    "clip_norm",
    "seed",
)
PLACES = ("name", "runs", "saved_models", "overwrite", "dry_run")
SPEED = ("precision", "token_budget", "checkpoint_minutes")
LOOKS = ("probes", "embeddings")


@dataclass(frozen=True)
class TrainingConfig:
    """Options of any training; where a kind of training says no other, these are the defaults.

    Args:
        train: What to learn from.
        dev: What to measure on: after each epoch, and for the report.
        test: More to measure on, once at the end.
        model: What to start from: minilm_l6_en_uncased, a folder (Hugging Face, Google, KerasHub, a run),
            hf://USER/MODEL, or a name of KerasHub's such as bert_base_en_uncased.
        max_length: Most tokens of a row.
        trainable: What learns: all, head (the last dense layer alone), or top-N: the top N layers, the pooler and the
            head.
        adapt: none, or lora: the encoder stays as it is, and low-rank adapters beside its dense layers learn instead.
            The run then keeps a few megabytes; what is exported is an ordinary model.
        rank: Of the adapters.
        epochs: Times over the training rows.
        batch_size: Rows of an optimizer step.
        token_budget: Most tokens that go through the model together, padding included. A step with more is cut into
            passes whose gradients are added up: less memory, the same result. Without it 2,048, on a GPU 16,384.
        learning_rate: The highest rate; it rises over the first tenth of the steps and falls to zero. Without it 5e-5,
            for adapters 1e-3.
        warmup_share: Share of the steps until the highest rate.
        weight_decay: Of all weights but biases and layer norms.
        clip_norm: The most that the gradients' common norm may be.
        layer_decay: The rate of each layer as a share of the rate of the layer above it.
        patience: Epochs without a better score on dev until the training stops; the best weights are kept. Without it,
            all epochs.
        stop_metric: The score that patience looks at.
        precision: float32, bfloat16, or auto: bfloat16 where it is faster. What is exported is float32.
        seed: Of the order of rows, the head's first weights and dropout.
        checkpoint_minutes: Minutes between two checkpoints; a killed run goes on from the last one when it is started
            again.
        probes: Rows of dev whose attention is logged before the training and after each epoch, for TensorBoard's
            Attention tab; 0 for none.
        embeddings: Also log vectors of some rows of dev after each epoch, for TensorBoard's Projector.
        name: Of the run and of the exported model; without it the name of the training file's folder.
        runs: Folder of the runs.
        saved_models: Folder of the exported models, as TF Serving is pointed at it.
        overwrite: Replace a finished run of the same name, or an unfinished one with other settings.
        dry_run: Show the data, some rows as tokens, steps and the expected time, and train nothing.
    """

    train: str | list[str] = file_option()
    dev: str | list[str] = file_option()
    test: str | list[str] | None = file_option(None)
    model: str = model_option("minilm_l6_en_uncased")
    max_length: int | None = None
    trainable: str = option("all|head|top-N", "all")
    adapt: Literal["none", "lora"] = "none"
    rank: int = 16
    epochs: int = 3
    batch_size: int = 32
    token_budget: int | None = None
    learning_rate: float | None = None
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    clip_norm: float = 1.0
    layer_decay: float = 1.0
    patience: int | None = None
    stop_metric: str | None = option("METRIC", None)
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = 0
    checkpoint_minutes: float = 5.0
    probes: int = 2
    embeddings: bool = False
    name: str | None = option("NAME", None)
    runs: str = option("FOLDER", "runs")
    saved_models: str = option("FOLDER", "saved_models")
    overwrite: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.name is not None:
            plain_name(self.name)
        if not self.checkpoint_minutes >= 0:
            raise InputError(f"--checkpoint_minutes must be 0 or above. Received: {self.checkpoint_minutes}")
        if self.probes < 0:
            raise InputError(f"--probes must be 0 or above. Received: {self.probes}")
        if self.rank < 1:
            raise InputError(f"--rank must be 1 or above. Received: {self.rank}")
        if self.adapt == "lora" and self.trainable != "all":
            raise InputError(
                f"--adapt lora chooses itself what learns; leave --trainable out. Received: {self.trainable}"
            )
        recipe_of(self)  # which checks its own values


def recipe_of(config: TrainingConfig, usual_token_budget: int = Recipe.token_budget) -> Recipe:
    """Takes the training's part of the options.

    Args:
        config: The options.
        usual_token_budget: The budget where the options name none.

    Returns:
        The recipe.

    Raises:
        InputError: A value that makes no sense.
    """
    given = {of.name for of in dataclasses.fields(config)}
    values = {of.name: getattr(config, of.name) for of in dataclasses.fields(Recipe) if of.name in given}
    if config.learning_rate is None:
        values["learning_rate"] = _RATE_OF_ADAPTERS if config.adapt == "lora" else _RATE
    if config.token_budget is None:
        values["token_budget"] = usual_token_budget
    return Recipe(**values)


def recipe_values(config: TrainingConfig) -> dict[str, Any]:
    """What runs differ in, for people who compare them: the options without paths, and without what is merely looked at."""
    paths = ("train", "dev", "test", "name", "runs", "saved_models", "overwrite", "dry_run", "checkpoint_minutes")
    looks = ("probes", "embeddings")
    return {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if name not in paths + looks and value is not None
    }


def run_name(train: str | Sequence[str]) -> str:
    """The name of a run that was given none: the training file's folder's, or the TFDS data set's."""
    first = train if isinstance(train, str) else train[0]
    if first.startswith("tfds:"):
        return plain_name(first.split(":")[1].replace("/", "_"))
    return plain_name(Path(first).resolve().parent.name)
