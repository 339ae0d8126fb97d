"""Training checkpoints, from which a killed training resumes with the same result."""

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np

from bert_keras.errors import CheckpointError, InputError, TrainingError
from bert_keras.training.state import TrainingState
from bert_keras.training.tensor_file import read_note, read_tensors, write_tensors

_STATE, _PARTS = "state.safetensors", "part-"
_UNSET = "left out"
_LONGEST_SHOWN = 40

Settings = dict[str, Any]
"""The settings that determine the result of a training, by name."""


class Checkpoints:
    """A folder with the last checkpoint of one training, and the weights of its best epoch.

    `state.safetensors` holds all variables of the model and the optimizer, including the random state of dropout; its
    note holds the settings and the progress of the training, in JSON. It is replaced by a rename, so that there is
    always one complete checkpoint, whenever the process is killed. `best-EPOCH.safetensors` is written before the state
    that refers to it.

    Args:
        folder: The folder, used by this training alone; created when the training begins.
        minutes: The time between two checkpoints within an epoch, in minutes; 0 means after each step.

    Attributes:
        folder: The folder.
        last_good: A sentence for error messages on which checkpoint exists.
    """

    def __init__(self, folder: str | Path, minutes: float = 5.0) -> None:
        self.folder = Path(folder)
        self._seconds = 60 * minutes
        self._settings: Settings = {}
        self._variables: dict[str, keras.Variable] = {}
        self._state = TrainingState()
        self._whole: Checkpoints | None = None
        self.last_good = "no checkpoint is there yet"

    @property
    def there(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return (self.folder / _STATE).exists()

    def part(self, name: str) -> Self:
        """Returns the checkpoints of a training that is a part of this one, in a folder within its own.

        Before the first of them this training is saved too, as it is then: so a part is never without the settings that
        it belongs to, and what was done before it is not done again.

        Args:
            name: The name of the part.
        """
        part = type(self)(self.folder / f"{_PARTS}{name}", self._seconds / 60)
        part._whole = self
        return part

    def begin(self, settings: Settings, variables: Mapping[str, keras.Variable], replace: bool) -> TrainingState:
        """Resumes the training of the existing checkpoint, or begins a new one.

        Args:
            settings: All settings that determine the result of the training, as JSON values, by names that users know.
            variables: All variables of the training; those of a checkpoint are assigned to them.
            replace: Whether to delete the checkpoint of a training with other settings, rather than raising an error.

        Returns:
            The progress of the training, which its steps are added to.

        Raises:
            InputError: There is a checkpoint of a training with other settings, and `replace` is false.
            CheckpointError: The checkpoint is broken.
            TrainingError: The folder cannot be created.
        """
        self._settings, self._variables = json.loads(json.dumps(settings)), dict(variables)
        path = self.folder / _STATE
        if self.there:
            there, state = _parsed(path)
            differing = differences(there, self._settings)
            if not differing:
                read_tensors(path, self._variables)
                self._saved(state)
                return state
            if not replace:
                raise InputError(
                    f"{self.folder}: there is an unfinished training with other settings. Received: "
                    f"{'; '.join(differing)}. Give the same settings to go on with it, or --overwrite true to start "
                    "anew"
                )
        self._made()
        self._forget()
        self._begun, self._state = time.monotonic(), TrainingState()
        return self._state

    def due(self) -> bool:
        """Returns whether it is time for a checkpoint."""
        return time.monotonic() - self._begun >= self._seconds

    def save(self, state: TrainingState) -> None:
        """Writes a checkpoint.

        Args:
            state: The progress of the training.

        Raises:
            TrainingError: The checkpoint cannot be written; the previous one stays intact.
        """
        if self._whole is not None and not self._whole.there:
            self._whole.save(self._whole._state)
        note = json.dumps({"settings": self._settings, "state": state.to_json()})
        self._write(self.folder / _STATE, self._variables, note)
        self._saved(state)
        for path in self.folder.glob("best-*.safetensors"):
            if path != self._best(state.best.epoch):
                path.unlink()

    def save_best(self, epoch: int, weights: Mapping[str, keras.Variable]) -> None:
        """Writes the weights of the best epoch so far; `save` must follow, with a state that refers to the epoch."""
        self._write(self._best(epoch), weights)

    def restore_best(self, epoch: int, weights: Mapping[str, keras.Variable]) -> None:
        """Assigns the weights of the best epoch."""
        read_tensors(self._best(epoch), weights)

    def delete(self) -> None:
        """Deletes all files, once the trained model is saved elsewhere."""
        self._forget()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _forget(self) -> None:
        # The state first: without it, the other files are ignored if the deletion is interrupted.
        for path in [self.folder / _STATE, *self.folder.glob("best-*.safetensors"), *self.folder.glob(".*.part")]:
            path.unlink(missing_ok=True)
        for folder in self.folder.glob(f"{_PARTS}*"):
            Checkpoints(folder).delete()

    def _best(self, epoch: int | None) -> Path:
        return self.folder / f"best-{epoch}.safetensors"

    def _saved(self, state: TrainingState) -> None:
        self._begun, self._state = time.monotonic(), state
        self.last_good = f"the last good checkpoint, of epoch {state.epoch + 1}, step {state.step}, is whole"

    def _made(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingError(f"{self.folder}: cannot be made ({error.strerror})") from error

    def _write(self, path: Path, variables: Mapping[str, keras.Variable], note: str = "") -> None:
        try:
            write_tensors(path, variables, note)
        except OSError as error:
            if not self.folder.exists():
                raise TrainingError(
                    f"{self.folder}: the folder was deleted while the training was at work; the same command begins "
                    "anew"
                ) from error
            raise TrainingError(
                f"{path}: the checkpoint cannot be written ({error.strerror or error}); {self.last_good}; "
                "once that is mended, the same command goes on"
            ) from error


def named(prefix: str, variables: list[keras.Variable]) -> dict[str, keras.Variable]:
    """Returns variables by names made of their indices; their paths depend on what the process built before."""
    return {f"{prefix}.{place:04d}.{variable.name}": variable for place, variable in enumerate(variables)}


def fingerprint(variables: Mapping[str, keras.Variable]) -> str:
    """Returns a hash of the names, shapes, dtypes and values of variables."""
    digest = hashlib.blake2b(digest_size=16)
    for name, variable in variables.items():
        digest.update(f"{name} {tuple(variable.shape)} {variable.dtype}".encode())
        digest.update(np.ascontiguousarray(keras.ops.convert_to_numpy(variable)).tobytes())
    return digest.hexdigest()


def _parsed(path: Path) -> tuple[Settings, TrainingState]:
    note = read_note(path)
    try:
        content = json.loads(note)
        return dict(content["settings"]), TrainingState.from_json(content["state"])
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path}: no checkpoint of a training; delete it to start anew") from error


def differences(there: Settings, here: Settings) -> list[str]:
    """Returns a phrase for each setting of two trainings that differs."""
    names = [name for name in {**there, **here} if there.get(name) != here.get(name)]
    return [_difference(name, there.get(name, _UNSET), here.get(name, _UNSET)) for name in names]


def _difference(name: str, there: Any, here: Any) -> str:
    if name.startswith("the "):  # the value is a fingerprint, which tells a user nothing
        return f"{name} differ"
    shown = [text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…" for text in (f"{there}", f"{here}")]
    return f"{name} {shown[0]} there, {shown[1]} now"
