"""The study of a search: a journal in its folder, which any number of processes write to."""

import os
import socket
from pathlib import Path

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from bert_keras.errors import InputError

from .config import SearchConfig
from .what_is_read import digests

JOURNAL = "journal.log"
ERROR, METRIC, SCORES = "error", "metric", "scores"
"""The attributes of trials: why one failed; the metric on dev, and its value after each epoch."""
_ASKED, _READ, _HOST, _PROCESS = "asked", "read", "host", "process"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
_MOST_FAILED = 3


def study_of(config: SearchConfig, folder: Path) -> optuna.Study:
    """Opens the study in a folder, or creates it.

    The first trial of a new study has the options as they were given, where those are among the values to try.

    Args:
        config: The options of the search.
        folder: The folder of the search, which exists.

    Returns:
        The study.

    Raises:
        InputError: The folder has a search with other options, or one at work that should be replaced.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = _opened(config, folder)
    if config.overwrite:
        at_work = [trial for trial in _running(study) if not _has_ended(trial)]
        if at_work:
            raise InputError(
                f"{folder}: a search of this name is at work; wait for it, stop it, or choose another --name. "
                f"Received: its process id, {at_work[0].user_attrs.get(_PROCESS, 'unknown')}"
            )
        (folder / JOURNAL).unlink()
        study = _opened(config, folder)
    _check_asked(study, config, folder)
    # A sampler of the same seed would begin again with the values of the first trial.
    study.sampler = optuna.samplers.TPESampler(seed=(config.seed + 7919 * len(study.trials) + os.getpid()) % 2**32)
    return study


def _opened(config: SearchConfig, folder: Path) -> optuna.Study:
    try:
        return optuna.create_study(
            study_name=folder.name,
            storage=JournalStorage(JournalFileBackend(str(folder / JOURNAL))),
            direction="maximize",
            pruner=optuna.pruners.MedianPruner() if config.prune else optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
    except (ValueError, KeyError) as error:
        raise InputError(f"{folder / JOURNAL}: not the journal of a search ({error}); move it away") from error


def _check_asked(study: optuna.Study, config: SearchConfig, folder: Path) -> None:
    # The files of options may have other contents now, and scores of two contents are not compared.
    asked = {"training": config.training, "vary": config.vary, "options": _options(config)}
    read, before = digests(config), study.user_attrs.get(_ASKED)
    if before is None:
        study.set_user_attr(_ASKED, asked)
        study.set_user_attr(_READ, read)
        given = {varied.option.name: varied.typed(getattr(config.base, varied.option.name)) for varied in config.varied}
        if None not in given.values():
            study.enqueue_trial(given, skip_if_exists=True)  # another process may begin the search just now
        return
    # A journal of an older version says less.
    other = next((name for name in asked if before.get(name, asked[name]) != asked[name]), None)
    if other is not None:
        raise InputError(
            f"{folder}: a search with other options is here ({other}: {' '.join(before[other])}); choose another "
            f"--name, or add --overwrite true. Received: {' '.join(asked[other])}"
        )
    known = study.user_attrs.get(_READ, read)
    changed = next((name for name in {**known, **read} if known.get(name) != read.get(name)), None)
    if changed is not None:
        raise InputError(
            f"{folder}: a search is here whose trainings read something else, and their scores are not to be compared; "
            f"choose another --name, or add --overwrite true. Received: another {changed}"
        )


def _options(config: SearchConfig) -> list[str]:
    """Returns the options of the training, those of a --config file too."""
    return [f"{name}={value}" for name, value in sorted(config.given.items())]


def take_up(study: optuna.Study) -> None:
    """Asks again for the trials of processes of this machine that have ended without a result."""
    for trial in _running(study):
        if not _has_ended(trial):
            continue
        try:
            study.tell(trial.number, state=TrialState.FAIL)
        except (ValueError, UpdateFinishedTrialError):  # another process has taken it up meanwhile
            continue
        study.enqueue_trial(trial.params)


def next_trial(study: optuna.Study, trials: int) -> optuna.Trial | None:
    """Returns a new trial; `None` if as many as are wanted are finished or at work.

    Args:
        study: The study.
        trials: The number of trials that are wanted of all processes together.

    Raises:
        InputError: The first trials have all failed.
    """
    take_up(study)
    failed = _failed(study)
    if len(failed) >= _MOST_FAILED and not finished(study):
        raise InputError(f"the first {len(failed)} trainings failed, the last one with: {failed[-1].user_attrs[ERROR]}")
    if len(finished(study)) + len(_running(study)) + len(failed) >= trials:
        return None
    trial = study.ask()
    trial.set_user_attr(_HOST, socket.gethostname())
    trial.set_user_attr(_PROCESS, os.getpid())
    return trial


def check_at_work(study: optuna.Study) -> None:
    """Raises `InputError` unless a training is at work, where none is finished."""
    failed = _failed(study)
    if failed and not _running(study):
        many = "the only training" if len(failed) == 1 else f"each of {len(failed)} trainings"
        raise InputError(f"{many} failed: {failed[-1].user_attrs[ERROR]}")


def _failed(study: optuna.Study) -> list[FrozenTrial]:
    return [trial for trial in study.get_trials(deepcopy=False) if ERROR in trial.user_attrs]


def finished(study: optuna.Study) -> list[FrozenTrial]:
    """Returns the trials that were finished or stopped early."""
    return study.get_trials(deepcopy=False, states=FINISHED)


def _running(study: optuna.Study) -> list[FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))


def _has_ended(trial: FrozenTrial) -> bool:
    """Returns whether the process of a trial was one of this machine that is there no more."""
    if trial.user_attrs.get(_HOST) != socket.gethostname() or _PROCESS not in trial.user_attrs:
        return False
    try:
        os.kill(int(trial.user_attrs[_PROCESS]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
