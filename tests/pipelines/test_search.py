"""`bert-keras search` varies the options of a training, keeps a journal, and goes on where it was left."""

import json
import os
import socket
from pathlib import Path

import optuna
import pytest
import yaml
from html_page import Page, assert_harmless
from mistakes import assert_told_in_a_line
from programs import Ended, call, rows, write_table

from bert_keras.errors import InputError
from pipelines.search import study as study_module
from pipelines.search.config import SearchConfig
from pipelines.search.study import next_trial, study_of, take_up

VARIED = ("learning_rate=1e-4..1e-2", "batch_size=4,8", "label_smoothing=0..0.2")


def search(folder: Path, start: Path, *flags: object, name: str = "found", vary: tuple[str, ...] = VARIED) -> Ended:
    training = ("classify", "--train", "train.tsv", "--dev", "dev.tsv", "--model", start, "--max_length", 16)
    recipe = ("--epochs", 2, "--precision", "float32", "--learning_rate", 3e-3, "--batch_size", 8)
    return call("search", "--vary", *vary, "--name", name, *flags, "--", *training, *recipe, cwd=folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    for split, count, seed in (("train", 24, 0), ("dev", 18, 1)):
        write_table(folder / f"{split}.tsv", ("text", "label"), *rows(count, seed))
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path, start: Path) -> Ended:
    first = search(folder, start, "--trials", 1)
    assert (first.status, first.err) == (0, "")
    return search(folder, start, "--trials", 3)


def study(folder: Path) -> optuna.Study:
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(folder / "journal.log")))
    return optuna.load_study(study_name=folder.name, storage=storage)


def test_a_search_goes_on_to_the_number_of_trainings_and_repeats_none(ended: Ended, folder: Path) -> None:
    assert (ended.status, ended.err) == (0, "")
    trials = study(folder / "runs" / "found").trials
    assert [trial.number for trial in trials] == [0, 1, 2]
    assert len({tuple(trial.params.values()) for trial in trials}) == 3
    assert trials[0].params == {"learning_rate": 3e-3, "batch_size": "8", "label_smoothing": 0.0}  # as they were given
    assert all(trial.params["batch_size"] in ("4", "8") for trial in trials)
    assert "training 2: " in ended.out and "training 1: " not in ended.out


def test_the_best_options_are_those_that_scored_best_and_train_as_they_are(ended: Ended, folder: Path) -> None:
    run = folder / "runs" / "found"
    whole = [trial for trial in study(run).trials if trial.state.name == "COMPLETE"]
    best = max(whole, key=lambda trial: trial.value or 0.0)
    assert best.value == max(best.user_attrs["scores"])
    told = yaml.safe_load((run / "best.yaml").read_text(encoding="utf-8"))
    assert told["learning_rate"] == pytest.approx(best.params["learning_rate"])
    assert (told["batch_size"], told["name"]) == (int(best.params["batch_size"]), "found-best")
    dry = call("classify", "--config", run / "best.yaml", "--dry_run", cwd=folder)
    assert (dry.status, dry.err) == (0, "")
    assert "--config runs/found/best.yaml" in ended.out


def test_the_page_shows_every_training_and_asks_nobody(ended: Ended, folder: Path) -> None:
    page = Page(folder / "runs" / "found" / "search.html")
    assert_harmless(page)
    assert page.source.count("<svg") == 5
    assert "3 trainings, chosen by accuracy on dev" in page.text
    for trial in study(folder / "runs" / "found").trials:
        assert f"{trial.params['learning_rate']:.3g}" in page.text


def test_a_search_of_the_same_name_with_other_options_is_refused(ended: Ended, folder: Path, start: Path) -> None:
    other = search(folder, start, vary=("learning_rate=1e-4..1e-2",))
    assert_told_in_a_line(other, "runs/found: a search with other options is here (vary: learning_rate=1e-4..1e-2 batc")


def test_a_search_whose_files_have_changed_is_refused(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for split in ("train", "dev"):
        (tmp_path / f"{split}.tsv").write_bytes((folder / f"{split}.tsv").read_bytes())
    (tmp_path / "options.yaml").write_text("epochs: 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def options() -> SearchConfig:
        training = ["classify", "--config", "options.yaml", "--train", "train.tsv", "--dev", "dev.tsv"]
        return SearchConfig(training=training, vary=["batch_size=4,8"], name="found")

    study_of(options(), tmp_path)
    study_of(options(), tmp_path)  # which goes on
    (tmp_path / "options.yaml").write_text("epochs: 2\n", encoding="utf-8")
    with pytest.raises(InputError, match="a search with other options is here .options: .*epochs=1"):
        study_of(options(), tmp_path)
    (tmp_path / "options.yaml").write_text("epochs: 1\n", encoding="utf-8")
    write_table(tmp_path / "dev.tsv", ("text", "label"), *rows(18, 2))
    with pytest.raises(InputError, match="trainings read something else.*Received: another dev.tsv$"):
        study_of(options(), tmp_path)


@pytest.mark.parametrize(
    ("vary", "told"),
    [
        ("learning_rat=1..2", "no option that decides a score; did you mean learning_rate?"),
        ("train=a,b", "--vary train: no option that decides a score"),
        ("label_column=a,b", "--vary label_column: no option that decides a score"),
        ("calibrate=auto,none", "--vary calibrate: no option that decides a score"),
        ("rank=4,8", "--vary rank decides nothing without adapters; add --adapt lora"),
        ("learning_rate=2..1", "needs a LOW below its HIGH. Received: '2..1'"),
        ("learning_rate=a..b", "--vary learning_rate must be a number. Received: 'a'"),
        ("adapt=none..lora", "no numbers between its values; list them"),
        ("adapt=none,lorax", "--vary adapt must be none or lora. Received: 'lorax'"),
        ("batch_size=8", "needs a range, LOW..HIGH, or several values"),
        ("batch_size", "expects NAME=LOW..HIGH or NAME=A,B,C"),
    ],
)
def test_what_cannot_be_varied_is_refused(vary: str, told: str, folder: Path, start: Path) -> None:
    assert_told_in_a_line(search(folder, start, vary=(vary,)), told)


def test_a_search_whose_only_training_fails_says_why(folder: Path, start: Path) -> None:
    flags = ("--trials", 1)
    ended = search(folder, start, *flags, name="failing", vary=("batch_size=0,-1",))
    assert ended.status == 2
    assert "error: the only training failed: batch_size must be 1 or more. Received: " in ended.err


def test_a_training_of_several_workers_is_refused(folder: Path) -> None:
    training = ("classify", "--train", "train.tsv", "--dev", "dev.tsv", "--workers", "2")
    ended = call("search", "--vary", "epochs=1,2", "--", *training, cwd=folder)
    assert_told_in_a_line(ended, "--workers: each training of a search is one process; leave it out")


def test_a_training_is_named_behind_two_dashes(folder: Path) -> None:
    ended = call("search", "--vary", "epochs=1,2", "--", "clasify", "--train", "train.tsv", cwd=folder)
    assert_told_in_a_line(
        ended,
        "follows --: classify, answer, contrast, tag, as in -- classify --train FILE --dev FILE. Received: 'clasify';",
    )


def test_values_that_are_varied_choose_no_other_method(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = config(folder, monkeypatch)
    assert (options.given["few_shot"], options.base.few_shot) == ("never", "never")  # type: ignore[attr-defined]
    said = SearchConfig(training=[*options.training[:5], "--few_shot", "always"], vary=["epochs=1,2"])
    assert said.given["few_shot"] == "always"
    assert "few_shot" not in SearchConfig(training=options.training, vary=["few_shot=auto,never"]).given


def config(folder: Path, monkeypatch: pytest.MonkeyPatch) -> SearchConfig:
    monkeypatch.chdir(folder)
    training = ["classify", "--train", "train.tsv", "--dev", "dev.tsv", "--learning_rate", "0.1"]
    return SearchConfig(training=training, vary=["learning_rate=0.001..0.01"], name="alone")


def test_the_trial_of_a_process_that_was_killed_is_asked_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = config(folder, monkeypatch)
    found = study_of(options, tmp_path)
    killed = next_trial(found, 2)
    assert killed is not None
    rate = killed.suggest_float("learning_rate", 0.001, 0.01, log=True)
    assert next_trial(found, 1) is None  # it is at work, in this process
    killed.set_user_attr("process", 2**22 + 1)  # beyond the largest process id
    take_up(found)
    again = next_trial(found, 1)
    assert again is not None and again.suggest_float("learning_rate", 0.001, 0.01, log=True) == rate
    assert (again.user_attrs["host"], again.user_attrs["process"]) == (socket.gethostname(), os.getpid())


def test_the_trial_of_a_killed_process_is_taken_up_by_one_of_two_others(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = config(folder, monkeypatch)
    one, other = study_of(options, tmp_path), study_of(options, tmp_path)
    killed = next_trial(one, 2)
    assert killed is not None
    killed.suggest_float("learning_rate", 0.001, 0.01, log=True)
    killed.set_user_attr("process", 2**22 + 1)
    both = study_module._running(one)  # what both find before either takes it up
    monkeypatch.setattr(study_module, "_running", lambda of: both)
    take_up(one)
    take_up(other)
    assert len(one.get_trials(states=[optuna.trial.TrialState.WAITING])) == 1


def test_a_search_at_work_is_not_replaced(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = config(folder, monkeypatch)
    next_trial(study_of(options, tmp_path), 1)
    replaced = SearchConfig(training=options.training, vary=options.vary, name="alone", overwrite=True)
    with pytest.raises(InputError, match=f"a search of this name is at work.*Received: its process id, {os.getpid()}"):
        study_of(replaced, tmp_path)


def test_a_median_is_pruned(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = study_of(config(folder, monkeypatch), tmp_path)
    for number in range(6):
        trial = found.ask()
        trial.report(float(number < 5), 0)
        assert trial.should_prune() == (number == 5)
        found.tell(trial, float(number < 5))


def test_a_journal_of_something_else_is_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "journal.log").write_text(json.dumps({"a": 1}) + "\n")
    with pytest.raises(InputError, match=r"journal\.log: not the journal of a search"):
        study_of(config(folder, monkeypatch), tmp_path)
