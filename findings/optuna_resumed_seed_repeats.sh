#!/usr/bin/env bash
# optuna 5.0.0: a study that is resumed with the same sampler seed tries the values of its first trials again.
#
# A search is made reproducible with TPESampler(seed=0), and kept in a journal, so that it can be stopped and go on. The
# sampler's random numbers are not kept in the journal: a process that resumes begins them anew, and as long as the
# sampler is in its random start (10 trials by default), trial N of the second process has the values of trial 0 of the
# first. Nothing warns of it; two processes that share the study do the same trainings side by side.
#
# Seen: the values of trials 0 to 2 of the first process are those of trials 3 to 5, which the second one made. With a
# seed that depends on the number of trials there are none alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet optuna==5.0.0 numpy==2.4.6
cat > "$folder/search.py" <<'PY'
import sys

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

optuna.logging.set_verbosity(optuna.logging.ERROR)
journal, own_seed = sys.argv[1], sys.argv[2] == "own"
study = optuna.create_study(
    study_name="rates", storage=JournalStorage(JournalFileBackend(journal)), direction="maximize", load_if_exists=True
)
study.sampler = optuna.samplers.TPESampler(seed=len(study.trials) if own_seed else 0)
for _ in range(3):
    trial = study.ask()
    rate = trial.suggest_float("learning_rate", 1e-5, 1e-3, log=True)
    trial.suggest_categorical("batch_size", [16, 32, 64])
    study.tell(trial, -abs(rate - 1e-4))
print([tuple(trial.params.values()) for trial in study.trials])
PY
run() { "$folder/venv/bin/python" "$folder/search.py" "$folder/$1.log" "$1"; }
for kind in same own; do
    run "$kind" > /dev/null
    run "$kind" > "$folder/$kind.txt"
done
python3 - "$folder" <<'PY'
import ast
import sys
from pathlib import Path

same, own = (ast.literal_eval(Path(sys.argv[1], f"{kind}.txt").read_text()) for kind in ("same", "own"))
print("optuna 5.0.0, seed 0, first process:", same[:3])
print("optuna 5.0.0, seed 0, resumed:      ", same[3:])
assert same[:3] == same[3:], "a resumed study no longer repeats its first trials"
assert len(set(own)) == 6, own
PY
