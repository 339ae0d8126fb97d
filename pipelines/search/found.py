"""What a search has found so far: its page, its best options, and a table of its trainings."""

import shlex
from pathlib import Path
from typing import Any

import optuna
import yaml
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState

from bert_keras import reporting
from bert_keras.files.atomic import replaced_file
from bert_keras.runtime.going_on import going_on

from ..console.consoles import console
from ..console.tables import figures_table
from .config import SearchConfig
from .study import ERROR, METRIC, SCORES, finished

_BEST, _PAGE = "best.yaml", "search.html"
_FEWEST_COMPARED = 4  # trainings from which it is told which options decide
_SHOWN = 5


def search_of(study: optuna.Study, config: SearchConfig, folder: Path) -> reporting.Search | None:
    """Returns what was found; `None` if no training is finished."""
    trials = finished(study)
    if not trials:
        return None
    whole = sum(trial.state == TrialState.COMPLETE for trial in trials)
    compared = whole >= _FEWEST_COMPARED
    return reporting.Search(
        name=config.search_name,
        metric=str(trials[0].user_attrs[METRIC]),
        trainings=[_training(trial) for trial in trials],
        importance=get_param_importances(study, evaluator=PedAnovaImportanceEvaluator()) if compared else {},
        logarithmic=frozenset(varied.option.name for varied in config.varied if varied.logarithmic),
        command=shlex.join(["bert-keras", config.program.name, "--config", str(folder / _BEST)]),
        failed=[str(trial.user_attrs[ERROR]) for trial in study.trials if ERROR in trial.user_attrs],
    )


def _training(trial: FrozenTrial) -> reporting.SearchedTraining:
    values = {name: value if isinstance(value, str) else float(value) for name, value in trial.params.items()}
    scores = tuple(map(float, trial.user_attrs[SCORES]))
    seconds = 0.0 if trial.duration is None else trial.duration.total_seconds()
    return reporting.SearchedTraining(trial.number + 1, values, scores, trial.state == TrialState.PRUNED, seconds)


def write_found(search: reporting.Search, config: SearchConfig, folder: Path) -> None:
    """Writes the best options, as `--config` of the training reads them, and the page."""
    best = search.ranked[0].values
    values: dict[str, Any] = config.given | {
        varied.option.name: varied.value(best[varied.option.name]) for varied in config.varied
    }
    values |= {"name": values.get("name") or f"{config.search_name}-best"}
    with replaced_file(folder / _BEST) as aside:
        aside.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True), encoding="utf-8")
    with going_on(f"the page {_PAGE}"):
        reporting.write_search_page(search, folder / _PAGE)


def show_found(search: reporting.Search, folder: Path) -> None:
    """Prints the best trainings, which options decide, and what to do next."""
    names = list(search.trainings[0].values)
    table = figures_table("training", *names, search.metric)
    for training in search.ranked[:_SHOWN]:
        table.add_row(str(training.number), *map(short, training.values.values()), f"{search.score(training):.4f}")
    console.print(table)
    if search.importance:
        shares = ", ".join(f"{name} {share:.0%}" for name, share in search.importance.items())
        console.print(f"what decides: {shares}")
    console.print(
        f"\npage  {folder / _PAGE}\n\nnext, with a --test split that no training has seen:\n  {search.command}"
    )


def short(value: str | float) -> str:
    """Returns a value in a few characters."""
    return value if isinstance(value, str) else f"{value:.3g}"
