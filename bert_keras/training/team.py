"""What a training asks of the workers that train together, and of the one that trains alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from bert_keras.errors import InputError
from bert_keras.training.checkpoint import Settings, differences
from bert_keras.training.interruption import Stopped, StopWish
from bert_keras.training.shared_contrast import SharedContrast
from bert_keras.training.shared_step import GradientType, SharedStep
from bert_keras.training.state import TrainingState
from bert_keras.training.step import TrainingStep
from bert_keras.workers import Workers

_FROZEN = 10.0  # seconds without a sign of life


class Alone:
    """A process that trains alone.

    Attributes:
        first: Whether this process writes, decides and reports.
        share: The rank of this process, and the number of workers.
        workers: The workers; `None` for a process that trains alone.
        bytes_a_step: The number of bytes that this process sent in a step, on average.
    """

    first = True
    share = 0, 1
    workers: Workers | None = None
    bytes_a_step: int = 0

    def step(self, seed: int, *args: Any, **settings: Any) -> TrainingStep:
        """Returns the step; the arguments after the seed are those of `TrainingStep`."""
        return TrainingStep(*args, **settings)

    def same_state(self, state: TrainingState, settings: Callable[[], Settings]) -> TrainingState:
        """Returns the state of worker 0, after checking that all have the same settings."""
        return state

    def same_values(self, variables: Sequence[keras.Variable]) -> None:
        """Assigns the values of worker 0."""

    def same_figures(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Returns the figures of worker 0."""
        return dict(figures)

    def agree(self, model: keras.Model) -> None:
        """Sets the model's `stop_training` if it is set in any worker."""

    def check(self, wish: StopWish, model: keras.Model) -> None:
        """Raises `Stopped` if any worker was asked to stop; also calls `agree`."""
        wish.check()

    def while_measuring(self, wish: StopWish) -> Callable[[int], object]:
        """Returns the function that is called after each batch of the development split."""
        return lambda rows: wish.check()

    def end_measuring(self, wish: StopWish, model: keras.Model) -> None:
        """Raises `Stopped` if that function could not."""


class Team(Alone):
    """Workers that train together; worker 0 decides wherever the others could come to another result.

    Args:
        workers: The workers.
        gradient_type: The format in which dense gradients are sent.
    """

    def __init__(self, workers: Workers, gradient_type: GradientType) -> None:
        self.workers: Workers = workers
        self.first, self.share = workers.first, (workers.rank, workers.count)
        self._gradient_type = gradient_type

    def step(self, seed: int, *args: Any, **settings: Any) -> TrainingStep:
        """Returns the step, whose rows are shared out."""
        shared = SharedContrast if settings.get("together") else SharedStep
        self._step = shared(self.workers, seed, self._gradient_type, *args, **settings)
        return self._step

    @property
    def bytes_a_step(self) -> int:  # type: ignore[override]
        """The number of bytes that this process sent in a step, on average."""
        return round(self._step.sent / max(1, self._step.steps))

    def same_state(self, state: TrainingState, settings: Callable[[], Settings]) -> TrainingState:
        """Returns the state of worker 0, after checking that all have the same settings."""
        of_all = self.workers.each(settings())
        # From here on no worker is busy for long without a sign of life, as it may be while it reads its data.
        self.workers.mesh.silence = min(self.workers.mesh.silence, _FROZEN)
        for rank, of in enumerate(of_all):
            differing = differences(of_all[0], of)
            if differing:
                raise InputError(
                    f"{self.workers.name(rank)} trains something else than worker 0 (which is there): "
                    f"{'; '.join(differing)}; give all workers the same options and files"
                )
        told = self.workers.told(state.to_json())
        return state if self.first else TrainingState.from_json(told)

    def same_values(self, variables: Sequence[keras.Variable]) -> None:
        """Assigns the values of worker 0."""
        for variable in variables:
            variable.assign(self.workers.same(keras.ops.convert_to_numpy(variable)))

    def same_figures(self, figures: Mapping[str, float]) -> dict[str, float]:
        """Returns the figures of worker 0."""
        return dict(self.workers.told({name: float(value) for name, value in figures.items()}))

    def agree(self, model: keras.Model) -> None:
        """Sets the model's `stop_training` if it is set in any worker."""
        model.stop_training = any(self.workers.each(bool(model.stop_training)))

    def check(self, wish: StopWish, model: keras.Model) -> None:
        """Raises `Stopped` if any worker was asked to stop; also calls `agree`."""
        asked, ends = zip(*self.workers.each([wish.asked, bool(model.stop_training)]), strict=True)
        model.stop_training = any(ends)
        if any(asked):
            raise Stopped

    def while_measuring(self, wish: StopWish) -> Callable[[int], object]:
        """Returns a function that does nothing, since all workers have to stop at the same place."""
        return lambda rows: None

    def end_measuring(self, wish: StopWish, model: keras.Model) -> None:
        """Raises `Stopped` if any worker was asked to stop while they measured."""
        self.check(wish, model)


def team_of(workers: Workers | None, gradient_type: GradientType) -> Alone:
    """Returns the workers that train together, or this process that trains alone if there are none."""
    return Alone() if workers is None else Team(workers, gradient_type)
