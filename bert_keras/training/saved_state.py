"""The state of a training, kept by its checkpoints."""

import time
from collections.abc import Callable, Mapping

import keras

from bert_keras.errors import TrainingInterrupted, WorkerError
from bert_keras.training.checkpoint import Checkpoints, Settings, fingerprint, named
from bert_keras.training.state import TrainingState
from bert_keras.training.team import Alone


class SavedState:
    """The state of a training, and the checkpoints from which it goes on.

    Args:
        model: The model.
        checkpoints: The checkpoints; `None` keeps none.
        team: This process, or the workers that train together.

    Attributes:
        checkpoints: The checkpoints.
        state: The state, which the training changes.
    """

    def __init__(self, model: keras.Model, checkpoints: Checkpoints | None, team: Alone) -> None:
        self._model, self.checkpoints, self._team = model, checkpoints, team
        self.state = TrainingState()

    def begin(
        self, variables: Mapping[str, keras.Variable], settings: Callable[[], Settings], replace: bool
    ) -> TrainingState:
        """Restores the last checkpoint, if there is one, with the same state in all workers.

        Args:
            variables: What a checkpoint holds; its values are assigned to them.
            settings: A function that returns what determines the result, beside the weights to start from, and is the
                same for all workers.
            replace: Whether to delete the checkpoint of a training with other settings, rather than raising an error.

        Returns:
            The state.
        """
        if self.checkpoints is not None:
            start = {"the weights to start from": fingerprint(named("model", self._model.variables))}
            self.state = self.checkpoints.begin(settings() | start, variables, replace)
        self.state = self._team.same_state(self.state, settings)
        self._clock = time.perf_counter() - self.state.seconds
        return self.state

    @property
    def seconds(self) -> float:
        """The duration so far, in all processes."""
        return time.perf_counter() - self._clock

    def save(self) -> None:
        """Notes the duration so far, and writes a checkpoint."""
        self.state.seconds = self.seconds
        if self.checkpoints is not None:
            self.checkpoints.save(self.state)

    def save_if_due(self) -> None:
        """Writes a checkpoint if it is time for one."""
        if self.checkpoints is not None and self.checkpoints.due():
            self.save()

    def save_at_end(self) -> None:
        """Writes a checkpoint of the end of a training, unless that was shorter than the time between two."""
        self.state.seconds = self.seconds
        if self.checkpoints is not None and (self.checkpoints.there or self.checkpoints.due()):
            self.checkpoints.save(self.state)

    def interrupted(self, place: str) -> TrainingInterrupted:
        """Writes a checkpoint, and returns the exception to raise.

        Args:
            place: Where the training stopped, as it goes on after "stopped".
        """
        self.save()
        if self.checkpoints is None:
            return TrainingInterrupted(f"stopped {place}; nothing was saved, for there is no folder for checkpoints")
        where = self.checkpoints.folder
        return TrainingInterrupted(f"stopped {place}, saved in {where}; the same command goes on from there")

    def left_alone(self, error: WorkerError, place: str) -> WorkerError:
        """Writes a checkpoint of a training that another worker ended, and returns the exception to raise.

        Args:
            error: What happened to the other worker.
            place: The last step that is whole.
        """
        if self.checkpoints is None:
            return error
        self.save()
        return WorkerError(
            f"{error}; the training is saved in {self.checkpoints.folder} as of {place}; the same command goes on from "
            "there"
        )
