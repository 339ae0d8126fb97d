"""Searches for the options of a training that score best on dev, in any number of processes."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from bert_keras.errors import BertKerasError, InputError, TrainingInterrupted

from ..command_line.lookup import look_for
from ..command_line.run import run
from ..console.consoles import console
from .config import PROGRAM, SearchConfig

if TYPE_CHECKING:
    import optuna


def main(config: SearchConfig) -> None:
    """Trains until as many trainings are finished as are wanted, and writes the best options."""
    _check_installed()
    look_for(config.base, config.options)
    folder = Path(config.base.runs, config.search_name)
    folder.mkdir(parents=True, exist_ok=True)
    from .found import search_of, show_found, write_found
    from .study import check_at_work, next_trial, study_of

    study = study_of(config, folder)
    first = len(study.trials)
    while (trial := next_trial(study, config.trials)) is not None:
        _try(study, trial, config, show=trial.number <= first)
        search = search_of(study, config, folder)
        if search is not None:
            write_found(search, config, folder)
            console.print(f"  best so far: training {search.ranked[0].number}, {search.score(search.ranked[0]):.4f}")
    search = search_of(study, config, folder)
    if search is None:
        check_at_work(study)
        console.print("no training is finished yet; other processes are at work on all of them")
        return
    write_found(search, config, folder)
    show_found(search, folder)


def _check_installed() -> None:
    if importlib.util.find_spec("optuna") is None:
        raise InputError('a search needs Optuna, which is not installed; run: pip install "bert_keras[search]"')


def _try(study: "optuna.Study", trial: "optuna.Trial", config: SearchConfig, show: bool) -> None:
    """Runs a trial and tells the study what came of it."""
    from optuna.trial import TrialState

    from .found import short
    from .study import ERROR, METRIC, SCORES
    from .trial import run_trial

    values = {varied.option.name: varied.suggested(trial) for varied in config.varied}
    console.print(f"training {trial.number + 1}: {'  '.join(f'{name} {short(of)}' for name, of in values.items())}")
    try:
        scored = run_trial(trial, config.program.name, config.program.config(**(config.given | values)), show)
    except TrainingInterrupted as error:
        study.tell(trial, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
        raise TrainingInterrupted("the training was not kept; the same command begins it again") from error
    except BertKerasError as error:
        trial.set_user_attr(ERROR, str(error))
        study.tell(trial, state=TrialState.FAIL)
        console.print(f"warning: this training failed: {error}", style="yellow")
        return
    trial.set_user_attr(METRIC, scored.metric)
    trial.set_user_attr(SCORES, scored.values)
    if scored.pruned:
        study.tell(trial, state=TrialState.PRUNED)
    else:
        study.tell(trial, scored.kept)
    ended = f", stopped after epoch {len(scored.values)}" if scored.pruned else ""
    console.print(f"  {scored.metric} {scored.values[-1]:.4f}{ended}")


if __name__ == "__main__":
    run(PROGRAM, main)
