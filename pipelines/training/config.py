"""The options that all trainings share."""

import dataclasses
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from bert_keras.errors import InputError
from bert_keras.training.recipe import Recipe

from ..command_line.folder_names import plain_name
from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.processes import worker_range

_CLUSTER = re.compile(r"local|ray://[^/\s]+:\d{1,5}")
_RATE, _RATE_OF_ADAPTERS = 5e-5, 1e-3
# Groups of options that all trainings have, the most used first.
LEARNING = (
    "epochs",
    "batch_size",
    "learning_rate",
    "patience",
    "stop_metric",
    "keep",
    "layer_decay",
    "warmup_share",
    "weight_decay",
    "clip_norm",
    "seed",
)
PLACES = ("name", "runs", "saved_models", "overwrite", "dry_run")
SPEED = ("precision", "deterministic", "token_budget", "checkpoint_minutes")
WORKERS = ("workers", "join_seconds", "gradient_type", "cluster")
LOOKS = ("probes", "embeddings")


@dataclass(frozen=True)
class TrainingConfig:
    """Options that every training has, with the defaults that hold unless a kind of training sets its own.

    Args:
        train: The training data: files, patterns such as 'part-*.csv', or TFDS names.
        dev: The development data, measured after each epoch and for the report.
        test: The test data, measured once at the end.
        model: The model to start from: minilm_l6_en_uncased, a folder (Hugging Face, Google, KerasHub, a run),
            hf://USER/MODEL, or a name of KerasHub's such as bert_base_en_uncased.
        base: For an adapter: the model that it stands over, instead of the one that it names; a folder or another
            MODEL.
        max_length: Maximum number of tokens per row.
        add_tokens: Markers in the texts that become tokens of their own, such as [E1] and [/E1]; they learn in this
            training and are saved with the model.
        trainable: The weights that are trained: all, head (the last dense layer alone), or top-N (the top N layers,
            the pooler and the head).
        adapt: none trains the weights themselves; lora freezes the encoder and trains low-rank adapters beside its
            dense layers. A run with adapters keeps a few megabytes; its export is an ordinary model.
        adapters_over: With --adapt lora: the model that --model was trained from. The adapters stand over it, and begin
            as the difference between the two, cut to --rank by what 1,000 rows of train show of it: so what all weights
            learned becomes a few megabytes.
        rank: Rank of the adapters.
        epochs: Number of passes over the training data.
        batch_size: Rows per optimizer step.
        token_budget: Maximum number of tokens per forward pass, padding included. A larger step is cut into several
            passes whose gradients are added: less memory, the same result. Default: 2,048, on a GPU 16,384.
        learning_rate: Peak learning rate; it rises during warm-up and then falls linearly to zero. Default: 5e-5, for
            adapters 1e-3.
        warmup_share: Share of the steps used for warm-up.
        weight_decay: Weight decay of all weights except biases and layer norms.
        clip_norm: Maximum global norm of the gradients.
        layer_decay: Learning rate of each layer as a share of that of the layer above it.
        patience: Number of epochs without a better score on dev after which training stops. Default: train all epochs.
        stop_metric: The score on dev that decides which epoch is best.
        keep: The epoch whose weights are kept: best on dev, or last.
        precision: float32, bfloat16, or auto: bfloat16 where it is faster on this machine. Exports are float32.
        deterministic: Let a GPU end with the same bits each time, which is slower; the processor does so anyway.
        seed: Seed of the order of rows, the initial weights of the head, and dropout.
        checkpoint_minutes: Minutes between two checkpoints; an interrupted run resumes from the last one.
        workers: Number of processes that train together, each on its share of every step's rows, with the result of
            one. They are started on this machine and share its cores, or have a GPU each; with TF_CONFIG in the
            environment, this process is one of those that it names, on any machines that share the folder of the runs.
            A range such as 2..8 is for --cluster: as many as it has room for at each start; else it is the larger one.
        join_seconds: Seconds after which a worker that has not come ends the start of all.
        cluster: Let Ray Train start the workers, on this machine (local) or on machines of a Ray cluster that share
            the folder of the runs, and start all again from the checkpoint when one is lost.
        gradient_type: How workers send gradients: float32, or bfloat16, which halves the bytes and rounds.
        name: Name of the run and of the exported model. Default: the name of the training file's folder.
        runs: Folder of the runs.
        saved_models: Folder of the exported models, as TF Serving reads it.
        overwrite: Replace a finished run of the same name, or an unfinished one with other settings.
        dry_run: Show the data, some rows as tokens, the number of steps and the expected time; train nothing.
    """

    recipe_class: ClassVar[type[Recipe]] = Recipe

    train: str | list[str] = file_option()
    dev: str | list[str] = file_option()
    test: str | list[str] | None = file_option(None)
    model: str = model_option("minilm_l6_en_uncased")
    base: str | None = base_option()
    max_length: int | None = None
    add_tokens: list[str] | None = option("TOKEN", None)
    trainable: str = option("all|head|top-N", "all")
    adapt: Literal["none", "lora"] = "none"
    adapters_over: str | None = model_option(None)
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
    keep: Literal["best", "last"] = "best"
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    deterministic: bool = False
    seed: int = 0
    checkpoint_minutes: float = 5.0
    workers: str | int | None = option("N|MIN..MAX", None)
    join_seconds: float = 300.0
    gradient_type: Literal["float32", "bfloat16"] = "float32"
    cluster: str | None = option("local|ray://HOST:PORT", None)
    name: str | None = option("NAME", None)
    runs: str = option("FOLDER", "runs", written="folder")
    saved_models: str = option("FOLDER", "saved_models", written="folder")
    overwrite: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.name is not None:
            plain_name(self.name)
        if not self.checkpoint_minutes >= 0:
            raise InputError(f"--checkpoint_minutes must be 0 or above. Received: {self.checkpoint_minutes}")
        fewest, most = worker_range(self.workers)
        if self.workers is not None and fewest == most:
            object.__setattr__(self, "workers", most)
        if self.cluster is not None and not _CLUSTER.fullmatch(self.cluster):
            raise InputError(f"--cluster must be local or ray://HOST:PORT. Received: {self.cluster}")
        if self.cluster is not None and self.workers is None:
            raise InputError(
                f"--cluster needs the number of workers; add --workers N or MIN..MAX. Received: {self.cluster}"
            )
        if not 0 < self.join_seconds < math.inf:
            raise InputError(f"--join_seconds must be above 0. Received: {self.join_seconds}")
        if self.rank < 1:
            raise InputError(f"--rank must be 1 or above. Received: {self.rank}")
        if self.adapt == "lora" and self.trainable != "all":
            raise InputError(
                f"--adapt lora chooses itself what learns; leave --trainable out. Received: {self.trainable}"
            )
        if self.adapters_over is not None and self.adapt == "none":
            raise InputError(
                f"--adapters_over is of adapters; add --adapt lora, or leave it out. Received: {self.adapters_over}"
            )
        if self.add_tokens and (self.adapt, self.trainable) != ("none", "all"):
            frozen = "--adapt lora" if self.adapt == "lora" else f"--trainable {self.trainable}"
            raise InputError(
                f"--add_tokens makes tokens whose embeddings have to be trained, and {frozen} trains none; leave "
                f"{frozen} out. Received: {' '.join(self.add_tokens)}"
            )
        recipe_of(self)  # which checks its own values


@dataclass(frozen=True)
class LookingConfig(TrainingConfig):
    """Options of a training that also looks inside the model while it learns.

    Args:
        probes: Number of dev rows whose attention is logged before training and after each epoch, for TensorBoard's
            Attention tab; 0 logs none, and leaves the words of the report's examples without colours.
        embeddings: Also log embeddings of dev rows after each epoch, for TensorBoard's Projector.
    """

    probes: int = 2
    embeddings: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.probes < 0:
            raise InputError(f"--probes must be 0 or above. Received: {self.probes}")


def recipe_of(config: TrainingConfig, usual_token_budget: int = Recipe.token_budget) -> Recipe:
    """Returns the training recipe that the options describe.

    Args:
        config: The options.
        usual_token_budget: The token budget if the options give none.

    Returns:
        The recipe.

    Raises:
        InputError: A value is out of range.
    """
    given = {of.name for of in dataclasses.fields(config)}
    values = {of.name: getattr(config, of.name) for of in dataclasses.fields(config.recipe_class) if of.name in given}
    if config.learning_rate is None:
        values["learning_rate"] = _RATE_OF_ADAPTERS if config.adapt == "lora" else _RATE
    if config.token_budget is None:
        values["token_budget"] = usual_token_budget
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return config.recipe_class(**values)


def recipe_values(config: TrainingConfig) -> dict[str, Any]:
    """Returns the options that can change a result: those that are neither paths nor for looking inside."""
    paths = (
        "train",
        "dev",
        "test",
        "unlabelled",
        "name",
        "runs",
        "saved_models",
        "overwrite",
        "dry_run",
        "checkpoint_minutes",
    )
    return {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if name not in paths + LOOKS + WORKERS and value is not None
    }


def run_name(train: str | Sequence[str]) -> str:
    """Returns the default name of a run: that of the training file's folder, or of the TFDS data set."""
    first = train if isinstance(train, str) else train[0]
    if first.startswith("tfds:"):
        return plain_name(first.split(":")[1].replace("/", "_"))
    return plain_name(Path(first).resolve().parent.name)
