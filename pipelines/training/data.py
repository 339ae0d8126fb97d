"""The base class of a training's data: the splits, and the model to fine-tune."""

import abc
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import keras
import numpy as np
from rich.table import Table

from bert_keras import training
from bert_keras.data import Encoded
from bert_keras.data.spread import spread
from bert_keras.models import BertTask, TextClassifier, TokenClassifier, adapt_over
from bert_keras.models.low_rank import PARTS
from bert_keras.runtime.gpu import gpu_in_use, unused_gpus
from bert_keras.workers import Workers

from ..console.consoles import console
from ..console.progress import TrainingProgress, counted_rows
from .config import TrainingConfig
from .idle import said_idle
from .probes import DevRow
from .replaced_head import replaced_head

# The splits of a training, and the split that is read of a TFDS name without one.
TFDS_SPLITS = {"train": "train", "dev": "validation", "test": "test"}

_SAMPLE = 1000  # rows of train, by whose inputs what was learned is cut to the rank of adapters

Model = TypeVar("Model", bound=BertTask)


class TrainingData(abc.ABC):
    """The training, development and test split of a training, and the model to fine-tune.

    Subclasses read the splits, load the model, and set the attributes below except `config` and `files`.

    Args:
        config: The options of the training.

    Attributes:
        rows_are: The plural noun for the rows of the training split, "rows" or "windows".
        config: The options of the training.
        files: The file or files of each split that the options name.
        precision: The numeric precision of the training.
        model: The model to fine-tune.
        train: The rows of the training split.
        dev: The development split, as `training.fine_tune` takes it.
    """

    rows_are: str
    config: TrainingConfig
    precision: training.Precision
    model: BertTask
    train: Encoded
    dev: Any

    def __init__(self, config: TrainingConfig) -> None:
        self.config = config
        self.files: dict[str, str | list[str]] = {
            split: names for split in TFDS_SPLITS if (names := getattr(config, split)) is not None
        }

    @property
    def begins_with(self) -> str:
        """The model that is trained, in words."""
        return self.config.model

    @cached_property
    def replaced_head(self) -> str:
        """What is told of a trained head that gives way to a new one; empty if there is none, or if it is kept."""
        if isinstance(self.model, TextClassifier):
            return replaced_head(self.config, self.model.task, self.model.labels)
        return replaced_head(self.config, "tags", self.model.labels) if isinstance(self.model, TokenClassifier) else ""

    @property
    def not_counted(self) -> str:
        """What a dry run's expected time does not count."""
        return "dev"

    @property
    def method(self) -> dict[str, str]:
        """What the report says beside the recipe about how the model is trained; empty for plain fine-tuning."""
        return {}

    def recipe(self, given: training.Recipe) -> training.Recipe:
        """Returns the recipe of the training, which the data may change.

        Args:
            given: The recipe that the options describe.
        """
        return given

    def progress(self, recipe: training.Recipe) -> TrainingProgress:
        """Returns the callback that shows the progress of `fit`."""
        return TrainingProgress(console, len(self.train), recipe.batch_size, recipe.epochs)

    def fit(
        self,
        recipe: training.Recipe,
        callbacks: Sequence[keras.callbacks.Callback],
        checkpoints: training.Checkpoints | None,
        on_dev: Callable[[Any], object],
        workers: Workers | None = None,
    ) -> training.Outcome:
        """Trains the model.

        Args:
            recipe: The recipe, as `recipe` returns it.
            callbacks: The callbacks.
            checkpoints: The checkpoints of a training that can be resumed; `None` keeps none.
            on_dev: A function that receives the outputs on the development split.
            workers: The workers that train together.

        Returns:
            The result of the training.
        """
        return training.fine_tune(
            self.model,
            self.train,
            self.dev,
            recipe,
            callbacks,
            checkpoints,
            replace=self.config.overwrite,
            on_dev=on_dev,
            workers=workers,
            gradient_type=self.config.gradient_type,
        )

    def dev_rows(self, most: int) -> list[DevRow]:
        """Returns up to `most` rows of the development split to look into, evenly spaced and the same at each call."""
        return []

    @abc.abstractmethod
    def preview(self) -> Iterator[Table]:
        """Yields the tables of a dry run, which show the training targets and some rows as tokens."""

    @abc.abstractmethod
    def report(self) -> dict[str, Any]:
        """Returns the "data" section of `report.json`."""

    def show(self) -> None:
        """Prints the size of the model and of each split, and warnings about the data."""
        console.print(f"{self.begins_with}: {self.model.count_params():,} parameters, {self._answers()}")
        if self.replaced_head:
            console.print(f"{self.config.model}: {self.replaced_head}")
        for line in said_idle(self.config):
            console.print(line)
        console.print(self.precision.why)
        gpu, unused = gpu_in_use(), unused_gpus()
        if gpu is not None:
            console.print(f"computes on {gpu}{', the same bits each time' * self.config.deterministic}", markup=False)
        elif self.config.deterministic:
            console.print("the processor gives the same bits each time anyway: --deterministic changes nothing here")
        if unused:
            console.print(
                f"warning: TensorFlow cannot use the GPU ({unused[0]}) and computes on the processor; "
                "requirements-gpu.txt has what it needs",
                style="yellow",
                markup=False,
            )
        for part in self._summary():
            console.print(part)
        for warning in self._warnings():
            console.print(f"warning: {warning}", style="yellow")

    @abc.abstractmethod
    def _answers(self) -> str:
        """Returns a phrase that says what the model predicts."""

    @abc.abstractmethod
    def _summary(self) -> Iterator[Table | str]:
        """Yields a table of the splits, and lines to print below it."""

    @abc.abstractmethod
    def _warnings(self) -> Iterator[str]:
        """Yields the warnings about the data."""

    def _with_new_head(self, load: Callable[[], Model], sample: Callable[[Model, int], Mapping[str, Any]]) -> Model:
        """Loads a model with the seed set, which decides the weights of its head, and adds the adapters asked for.

        Args:
            load: A function that loads the model.
            sample: A function from a model and a number of rows to what the model reads of so many of train.
        """
        keras.utils.set_random_seed(self.config.seed)
        model = load()
        if self.config.adapters_over is not None:
            self._adapt_over(self.config.adapters_over, model, sample(model, _SAMPLE))
        elif self.config.adapt == "lora":
            model.adapt(self.config.model, self.config.rank, base_of_base=self.config.base)
        return model

    def _adapt_over(self, base: str, model: BertTask, read: Mapping[str, Any]) -> None:
        rank, rows = self.config.rank, spread(len(read["token_ids"]), _SAMPLE)  # a long text makes many windows
        inputs = {name: np.asarray(of)[rows] for name, of in read.items()}
        steps = len(rows) + len(PARTS) * len(model.backbone.transformer_layers)
        with counted_rows(console, f"cutting to rank {rank}", steps) as advance:
            held = adapt_over(model, base, rank, inputs=inputs, on_steps=advance)
        console.print(
            f"adapters of rank {rank} hold {100 * held:.0f} % of what the dense layers of {self.config.model} learned "
            f"over {base}, by their outputs for {len(rows):,} {self.rows_are} of train",
            markup=False,
        )
