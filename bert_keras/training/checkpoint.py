"""Checkpoints of a training: what it needs to go on after a kill as if nothing had happened."""

import contextlib
import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from bert_keras.errors import CheckpointError, InputError, TrainingError
from bert_keras.training.state import TrainingState
from bert_keras.training.tensor_file import read_note, read_tensors, write_tensors

_STATE = "state.safetensors"
_LONGEST_SHOWN = 40

Settings = dict[str, Any]


class Checkpoints:
    """A folder that holds the last checkpoint of one training, and the weights of its best epoch.

    `state.safetensors` holds every variable of model and optimizer, the state of dropout's random numbers among them,
    and as its note, in JSON, how far the training is and which training it is. It is replaced in one rename: whenever
    the process is killed, one whole checkpoint is there. `best-EPOCH.safetensors` is written before the state that
    names it.

    Args:
        folder: Where; made when a training begins, and in nobody else's use.
        minutes: Time between two checkpoints within an epoch; 0 is one after each step.

    Attributes:
        last_good: Says which checkpoint is there.
    """

    def __init__(self, folder: str | Path, minutes: float = 5.0) -> None:
        self.folder = Path(folder)
        self._seconds = 60 * minutes
        self._settings: Settings = {}
        self._variables: dict[str, keras.Variable] = {}
        self.last_good = "no checkpoint is there yet"

    def begin(self, settings: Settings, variables: Mapping[str, keras.Variable], replace: bool) -> TrainingState:
        """Takes up the training whose checkpoint is there, or begins one.

        Args:
            settings: All that decides about the training, as JSON can hold it, by names that people know.
            variables: All that changes in it; those of the checkpoint are assigned.
            replace: Whether to delete the checkpoint of a training with other settings, rather than to refuse.

        Returns:
            How far it is.

        Raises:
            InputError: There is a checkpoint of a training with other settings.
            CheckpointError: It is broken.
        """
        self._settings, self._variables = json.loads(json.dumps(settings)), dict(variables)
        path = self.folder / _STATE
        if path.exists():
            there, state = _parsed(path)
            differences = _differences(there, self._settings)
            if not differences:
                read_tensors(path, self._variables)
                self._saved(state)
                return state
            if not replace:
                raise InputError(
                    f"{self.folder}: there is an unfinished training with other settings. Received: {'; '.join(differences)}. "
                    "Give the same settings to go on with it, or --overwrite true to start anew"
                )
            self._forget()
        self._made()
        self._begun = time.monotonic()
        return TrainingState()

    def due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self._begun >= self._seconds

    def save(self, state: TrainingState) -> None:
        """Writes a checkpoint.

        Args:
            state: How far the training is.

        Raises:
            TrainingError: It cannot be written; the last one stays as it is.
        """
        note = json.dumps({"settings": self._settings, "state": state.to_json()})
        self._write(self.folder / _STATE, self._variables, note)
        self._saved(state)
        for path in self.folder.glob("best-*.safetensors"):
            if path != self._best(state.best.epoch):
                path.unlink()

    def save_best(self, epoch: int, weights: Mapping[str, keras.Variable]) -> None:
        """Writes the weights of the best epoch so far; `save` comes after it, with a state that names the epoch."""
        self._write(self._best(epoch), weights)

    def restore_best(self, epoch: int, weights: Mapping[str, keras.Variable]) -> None:
        """Assigns the weights of the best epoch."""
        read_tensors(self._best(epoch), weights)

    def delete(self) -> None:
        """Deletes all, when what came of the training is safe elsewhere."""
        self._forget()
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def _forget(self) -> None:
        # The state first: what is left when that is interrupted means nothing.
        for path in [self.folder / _STATE, *self.folder.glob("best-*.safetensors"), *self.folder.glob(".*.part")]:
            path.unlink(missing_ok=True)

    def _best(self, epoch: int | None) -> Path:
        return self.folder / f"best-{epoch}.safetensors"

    def _saved(self, state: TrainingState) -> None:
        self._begun = time.monotonic()
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
                    f"{self.folder}: the folder was deleted while the training was at work; the same command begins anew"
                ) from error
            raise TrainingError(
                f"{path}: the checkpoint cannot be written ({error.strerror or error}); {self.last_good}; "
                "once that is mended, the same command goes on"
            ) from error


def named(prefix: str, variables: list[keras.Variable]) -> dict[str, keras.Variable]:
    """Names variables by their places: paths hold counters that depend on what the process built before."""
    return {f"{prefix}.{place:04d}.{variable.name}": variable for place, variable in enumerate(variables)}


def fingerprint(variables: Mapping[str, keras.Variable]) -> str:
    """A hash of variables' names, shapes, types and values."""
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


def _differences(there: Settings, here: Settings) -> list[str]:
    names = [name for name in {**there, **here} if there.get(name) != here.get(name)]
    return [_difference(name, there.get(name), here.get(name)) for name in names]


def _difference(name: str, there: Any, here: Any) -> str:
    if name.startswith("the "):  # known by a fingerprint
        return f"{name} differ"
    shown = [text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…" for text in (f"{there}", f"{here}")]
    return f"{name} {shown[0]} there, {shown[1]} now"
