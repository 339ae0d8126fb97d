import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from asked import READER_FLAGS, questions, squad, write_squad
from mistakes import nothing_written
from programs import Workspace, call, kill_at, start_unchecked

from bert_keras import SpanExtractor, qa
from bert_keras.serving import SavedExtractor
from bert_keras.serving.check import CheckReport
from bert_keras.training import read_scalars

FILES = {
    ".lock",
    "README.md",
    "confidence.png",
    "config.yaml",
    "errors.html",
    "left_out.jsonl",
    "model",
    "null-odds-squad.json",
    "predictions-squad.json",
    "predictions.jsonl",
    "report.html",
    "report.json",
    "tensorboard",
    "test-null-odds-squad.json",
    "test-predictions-squad.json",
    "threshold.png",
}


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").removesuffix("\n").split("\n")]


@pytest.fixture(scope="module")
def report(reader_workspace: Workspace) -> dict[str, Any]:
    return read_json(reader_workspace.run / "report.json")


@pytest.fixture(scope="module")
def reader(reader_workspace: Workspace) -> SpanExtractor:
    return SpanExtractor.from_preset(str(reader_workspace.run), dtype="float32")


def test_a_run_leaves_its_files_and_nothing_else(reader_workspace: Workspace) -> None:
    assert {path.name for path in reader_workspace.run.iterdir()} == FILES
    assert {path.name for path in reader_workspace.folder.iterdir()} == {"questions", "runs", "saved_models"}
    assert [path.name for path in (reader_workspace.folder / "saved_models" / "questions").iterdir()] == ["1"]
    for picture in ("threshold.png", "confidence.png"):
        assert (reader_workspace.run / picture).read_bytes().startswith(b"\x89PNG")
    assert "](confidence.png)" in (reader_workspace.run / "README.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in (reader_workspace.run / "tensorboard").rglob("events.*")}
    assert folders == {"train", "dev", "tensorboard"}
    assert len(read_scalars(reader_workspace.run / "tensorboard" / "dev")["best_f1"].steps) == 3


def test_a_run_learns_which_word_is_meant_and_when_it_is_not_there(report: dict[str, Any]) -> None:
    metrics = report["metrics"]
    assert (metrics["total"], metrics["HasAns_total"], metrics["NoAns_total"]) == (60, 40, 20)
    # One question's answer stands nowhere, and counts.
    assert metrics["HasAns_exact"] == metrics["best_span_exact"] == pytest.approx(100 * 39 / 40)
    assert metrics["NoAns_exact"] == 100
    assert report["test_metrics"]["exact"] == report["test_metrics"]["f1"] == 100


@pytest.mark.parametrize(("split", "before", "metrics"), [("dev", "", "metrics"), ("test", "test-", "test_metrics")])
def test_the_files_for_squads_own_scripts_have_the_reported_scores(
    reader_workspace: Workspace, report: dict[str, Any], split: str, before: str, metrics: str
) -> None:
    gold = read_json(reader_workspace.folder / "questions" / f"{split}.json")
    predicted = read_json(reader_workspace.run / f"{before}predictions-squad.json")
    figures = qa.evaluate(gold, predicted)
    assert {name: report[metrics][name] for name in figures} == figures
    odds = read_json(reader_workspace.run / f"{before}null-odds-squad.json")
    assert list(odds) == list(predicted) == [name for name, _, _ in questions(gold)]
    threshold = report["metrics"]["null_threshold"]
    for name, text in predicted.items():
        assert bool(text) == (odds[name] <= threshold)


def test_tables_group_all_questions_of_dev(report: dict[str, Any]) -> None:
    metrics = report["metrics"]
    for kind in ("by_length", "by_question_word", "by_article", "by_answer_words"):
        assert sum(row["questions"] for row in metrics[kind]) == 60
        for name in ("exact", "f1"):
            assert sum(row[name] * row["questions"] for row in metrics[kind]) == pytest.approx(60 * metrics[name])
    assert {row["name"] for row in metrics["by_article"]} == {"[b]First[/b]", "Second"}
    assert [row["questions"] for row in metrics["by_confidence"]] == [12, 24, 36, 48, 60]
    assert sum(row["questions"] for row in metrics["by_distance"]) == 39  # an answer that stands nowhere has none


def test_the_reader_and_its_export_have_the_temperature_that_was_fitted_on_dev(
    reader_workspace: Workspace, report: dict[str, Any], reader: SpanExtractor
) -> None:
    kept, before, after = (report["calibration"][name] for name in ("kept", "before", "after"))
    assert kept["rows"] == 60
    assert kept["temperature"] != pytest.approx(1.0, abs=0.01)
    assert set(before) == set(after) == {"loss", "ece"}
    assert f"a temperature of {kept['temperature']:.2f}, fitted on dev" in " ".join(reader_workspace.ended.out.split())
    rows = [row for row in read_lines(reader_workspace.run / "predictions.jsonl") if row["split"] == "dev"][:8]
    gold = read_json(reader_workspace.folder / "questions" / "dev.json")
    contexts = {
        entry["id"]: paragraph["context"]
        for article in gold["data"]
        for paragraph in article["paragraphs"]
        for entry in paragraph["qas"]
    }
    for row in rows:
        answer = reader.answer(row["question"], contexts[row["id"]])
        assert (answer.score, answer.null_odds) == pytest.approx((row["score"], row["null_odds"]), abs=1e-3)


def test_the_report_tells_what_was_read_left_out_repaired_and_cut(
    reader_workspace: Workspace, report: dict[str, Any]
) -> None:
    train, dev = report["data"]["train"], report["data"]["dev"]
    expected = {"file": "questions/train.json", "questions_read": 150, "questions": 149}
    expected |= {"left_out": {"answer not in its context": 1}, "repaired": {"a few characters off": 1}}
    assert train.items() >= expected.items()
    assert dev["questions"] == dev["questions_read"] == dev["contexts"] == 60
    assert (
        train["windows_kept"] == train["windows"] > 149
    )  # SQuAD 2.0: those without an answer teach that there is none
    assert train["windows_without_answer"] >= 50
    for split in (train, dev):
        assert [split[name] for name in ("answers_in_no_window", "windows_of_these", "answers_too_long")] == [0, 0, 0]
        assert [split[name] for name in ("questions_cut", "ids_repeated", "ids_missing")] == [0, 0, 0]
        assert (split["blank_answers_as_none"], split["offsets_count"]) == (0, {})
    left_out = read_lines(reader_workspace.run / "left_out.jsonl")
    assert [(row["split"], row["id"], row["answer"], row["question_left_out"]) for row in left_out] == [
        ("train", "0-1", "nowhere", True),
        ("dev", "1-59", "nowhere", True),
    ]


def test_the_report_tells_which_model(report: dict[str, Any], reader: SpanExtractor, start: Path) -> None:
    parameters = report["model"]["parameters"]
    expected = {"preset": str(start), "task": "spans", "adapter": None, "parameters": reader.count_params()}
    assert report["model"] == expected | {"trainable_parameters": report["model"]["trainable_parameters"]}
    assert 0.8 * parameters < report["model"]["trainable_parameters"] <= parameters  # a pooler does not learn
    assert report["training"]["steps"] == 3 * -(-report["data"]["train"]["windows_kept"] // 8)
    assert "class_weights" not in report["training"]["recipe"]
    assert report["seed"] == 5


def test_the_threshold_that_dev_chose_is_that_of_the_model(
    report: dict[str, Any], reader: SpanExtractor, reader_workspace: Workspace
) -> None:
    assert reader.null_threshold == report["metrics"]["null_threshold"] == report["test_metrics"]["null_threshold"]
    assert report["metrics"]["best_f1"] == report["metrics"]["f1"]


def test_predictions_are_those_of_the_model_that_is_saved(reader_workspace: Workspace, reader: SpanExtractor) -> None:
    rows = read_lines(reader_workspace.run / "predictions.jsonl")
    asked = [
        (split, *question)
        for split in ("dev", "test")
        for question in questions(read_json(reader_workspace.folder / "questions" / f"{split}.json"))
    ]
    assert [(row["split"], row["id"]) for row in rows] == [(split, name) for split, name, _, _ in asked]
    answers = reader.answer_stream((entry["question"], context) for _, _, context, entry in asked)
    for row, (_, _, context, entry), answer in zip(rows, asked, answers, strict=True):
        assert (row["answer"], row["start"], row["end"]) == (answer.text, answer.start, answer.end)
        assert row["answer"] == context[row["start"] : row["end"]]
        assert row["score"] == pytest.approx(answer.score, abs=1e-4)
        assert row["null_odds"] == pytest.approx(answer.null_odds, abs=1e-3)
        assert row["n_best"][0]["text"] == answer.n_best[0].text
        assert row["gold"] == [of["text"] for of in entry["answers"]]


def test_the_export_answers_as_the_model_does(reader_workspace: Workspace, reader: SpanExtractor) -> None:
    served = SavedExtractor.find(reader_workspace.folder / "saved_models" / "questions")
    assert served is not None
    asked = [
        ("what is it ?", "the film was good ."),
        ("what is it ?", "the film was ."),
        ("", ""),
        ("what", "东京 good " * 40),
    ]
    for one, other in zip(served.answer_stream(asked), reader.answer_stream(asked), strict=True):
        assert (one.text, one.start, one.end) == (other.text, other.start, other.end)
        assert one.score == pytest.approx(other.score, abs=1e-4)


def test_the_screen_shows_the_run_from_data_to_export(reader_workspace: Workspace) -> None:
    out = reader_workspace.ended.out
    assert [line[:10] for line in out.splitlines() if line.startswith("epoch ")] == [
        f"epoch {epoch}/3 " for epoch in range(1, 4)
    ]
    first = 'first questions/train.json, article "[b]First[/b]", paragraph 2, id 0-1'
    assert f"warning: train: answers left out: 1, answer not in its context; {first}" in out.splitlines()
    for said in ("F1 of the best", "95 % interval", "dev question word", "checks ok"):
        assert said in out
    for line in ("run     runs/questions", "export  saved_models/questions/1", "  tensorboard --logdir runs"):
        assert line in out.splitlines()
    assert 'bert-keras predict --model saved_models/questions --question "…" --context FILE' in out
    assert reader_workspace.ended.err == ""


def test_pages_show_contexts_as_they_are(reader_workspace: Workspace) -> None:
    errors = (reader_workspace.run / "errors.html").read_text(encoding="utf-8")
    assert "nowhere" in errors  # the answer of a question that was left out counts, so it is shown
    assert "[b]First[/b]" in (reader_workspace.run / "report.html").read_text(encoding="utf-8")


def test_the_config_holds_every_option_as_it_was_used(reader_workspace: Workspace) -> None:
    config = yaml.safe_load((reader_workspace.run / "config.yaml").read_text(encoding="utf-8"))
    expected = {
        "epochs": 3,
        "batch_size": 8,
        "max_length": 32,
        "window_overlap": None,
        "no_answer_windows": None,
        "answers": "first",
    }
    expected |= {"max_answer_tokens": 30, "n_best": 20, "null_threshold": None, "adapt": "none", "name": "questions"}
    assert config.items() >= expected.items()
    assert config["precision"] != "auto"


def test_a_finished_run_is_not_replaced_unasked(reader_workspace: Workspace) -> None:
    with nothing_written(reader_workspace.folder):
        ended = call("answer", "--config", "runs/questions/config.yaml", cwd=reader_workspace.folder)
    assert ended.status == 2
    assert ended.err == (
        "error: runs/questions: there is a run of this name already; choose another --name, or add --overwrite true\n"
    )


def test_a_run_that_is_killed_goes_on_and_ends_as_if_nothing_had_happened(
    reader_workspace: Workspace, report: dict[str, Any], tmp_path: Path
) -> None:
    shutil.copytree(reader_workspace.folder / "questions", tmp_path / "questions")
    # Without probes, which take as long as the training, and change nothing of it.
    flags = ("--config", reader_workspace.run / "config.yaml", "--checkpoint_minutes", "0", "--probes", "0")
    kill_at(["-m", "pipelines.answer", *flags], "epoch 2/3", cwd=tmp_path)
    run = tmp_path / "runs" / "questions"
    assert {path.name for path in run.iterdir()} == {".lock", "checkpoint", "config.yaml", "tensorboard"}
    ended = start_unchecked("answer", *flags, cwd=tmp_path)
    assert ended.status == 0, ended.out + ended.err
    assert "going on with the unfinished training in runs/questions/checkpoint" in ended.out
    assert "epoch 1/3" not in ended.out
    again = read_json(run / "report.json")
    assert again["training"]["history"] == report["training"]["history"]
    assert again["metrics"] == report["metrics"]
    assert {path.name for path in run.iterdir()} == FILES


@pytest.fixture(scope="module")
def adapted(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A run with adapters on data of SQuAD 1.1, where each question has an answer."""
    folder = tmp_path_factory.mktemp("adapted")
    for split, seed in (("train", 0), ("dev", 1)):
        write_squad(folder / "questions" / f"{split}.json", squad(60, seed, unanswerable=False))
    files = ["--train", "questions/train.json", "--dev", "questions/dev.json", "--model", start, *READER_FLAGS]
    ended = call("answer", *files, "--adapt", "lora", "--rank", "4", "--answers", "any", "--n_best", "3", cwd=folder)
    assert ended.status == 0, ended.out + ended.err
    return Workspace(folder, ended, "questions")


def test_where_each_question_has_an_answer_the_reader_always_gives_one(adapted: Workspace) -> None:
    report = read_json(adapted.run / "report.json")
    assert report["metrics"].keys() >= {"exact_match", "f1", "best_span_f1", "by_length"}
    assert not report["metrics"].keys() & {"null_threshold", "NoAns_f1", "best_f1"}
    assert report["metrics"]["f1"] == report["metrics"]["best_span_f1"]
    assert not (adapted.run / "threshold.png").exists()
    reader = SpanExtractor.from_preset(str(adapted.run))
    assert reader.null_threshold is None
    answer = reader.answer("what is it ?", "the film was .")
    assert answer.text and len(answer.n_best) == 3


def test_where_each_question_has_an_answer_windows_without_one_are_left_away(adapted: Workspace) -> None:
    train = read_json(adapted.run / "report.json")["data"]["train"]
    assert train["windows_without_answer"] > 0
    assert train["windows_kept"] == train["windows"] - train["windows_without_answer"]
    assert f"learning from {train['windows_kept']} windows an epoch; cut were {train['windows']}" in adapted.ended.out


def test_a_run_with_adapters_keeps_them_alone_and_exports_a_whole_model(adapted: Workspace, start: Path) -> None:
    report = read_json(adapted.run / "report.json")
    size = sum(path.stat().st_size for path in (adapted.run / "model").iterdir())
    assert {path.name for path in (adapted.run / "model").iterdir()} == {"adapter.json", "adapter.safetensors"}
    assert report["model"]["adapter"] == {"rank": 4, "base": str(start), "megabytes": round(size / 1e6, 2)}
    assert report["model"]["trainable_parameters"] < report["model"]["parameters"] / 2
    assert report["training"]["recipe"]["learning_rate"] == 5e-3
    assert "checks ok" in adapted.ended.out
    served, reader = (
        SavedExtractor.find(adapted.folder / "saved_models" / "questions"),
        SpanExtractor.from_preset(str(adapted.run)),
    )
    assert served is not None
    context = "the film was good . " * 20
    one, other = served.answer("what is it ?", context), reader.answer("what is it ?", context)
    assert [span.text for span in one.n_best] == [span.text for span in other.n_best]
    assert one.score == pytest.approx(other.score, abs=1e-4)


def test_a_reader_can_be_trained_further_and_its_rate_is_that_of_what_learns(
    reader_workspace: Workspace, report: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bert_keras.serving.check", lambda version: CheckReport(version, (), (), "")
    )  # takes as long as all the rest
    files = [reader_workspace.folder / "questions" / f"{split}.json" for split in ("train", "dev")]
    flags = [
        "--train",
        files[0],
        "--dev",
        files[1],
        "--model",
        reader_workspace.run,
        "--name",
        "further",
        "--epochs",
        "1",
    ]
    ended = call("answer", *flags, "--adapt", "lora", "--null_threshold", "1.5", cwd=tmp_path)
    assert ended.status == 0, ended.out + ended.err
    further = read_json(tmp_path / "runs" / "further" / "report.json")
    assert further["training"]["recipe"]["learning_rate"] == 1e-3
    assert further["metrics"]["null_threshold"] == 1.5
    assert further["metrics"]["best_span_f1"] >= report["metrics"]["best_span_f1"] - 1  # it knew all that before
    assert SpanExtractor.from_preset(str(tmp_path / "runs" / "further")).null_threshold == 1.5


def test_a_dry_run_shows_questions_windows_and_time_and_writes_nothing(
    reader_workspace: Workspace, start: Path, tmp_path: Path
) -> None:
    files = [reader_workspace.folder / "questions" / f"{split}.json" for split in ("train", "dev")]
    flags = ["--train", files[0], "--dev", files[1], "--model", start, *READER_FLAGS, "--dry_run", "true"]
    ended = call("answer", *flags, cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    for said in (
        "lengths of the windows of train",
        "question word",
        "[CLS] [UNK] [UNK]",
        "of 8 windows in each of 3 epochs",
        "nothing was",
    ):
        assert said in ended.out
    assert not (tmp_path / "runs").exists()


def test_what_all_weights_learned_is_told_that_adapters_begin_with(
    reader_workspace: Workspace, start: Path, tmp_path: Path
) -> None:
    files = [reader_workspace.folder / "questions" / f"{split}.json" for split in ("train", "dev")]
    flags = ["--train", files[0], "--dev", files[1], "--model", reader_workspace.run, "--adapters_over", start]
    ended = call("answer", *flags, "--adapt", "lora", "--rank", "2", "--dry_run", cwd=tmp_path)
    assert ended.status == 0, ended.err
    told = re.search(
        r"adapters of rank 2 hold (\d+) % of what the dense layers of (\S+) learned over (\S+),",
        " ".join(ended.out.split()),
    )
    assert told is not None
    assert 10 < int(told[1]) < 100
    assert told.groups()[1:] == (str(reader_workspace.run), str(start))


def test_a_dry_run_tells_what_cannot_be_learned_or_found_and_what_was_read_otherwise(
    start: Path, tmp_path: Path
) -> None:
    words = " ".join(["a b c d e"] * 12)
    rows = [
        {"id": "w1", "question": "what ?", "context": "the film was good", "answers": ["good"]},
        {"id": "w1", "question": "who ?", "context": "the film was bad", "answers": ["bad"]},
        {"question": "what ?", "context": "the play", "answers": [""]},
        {"id": "w2", "question": "what is not good in it ?", "context": words, "answers": [words[10:90]]},
        {"id": "w3", "question": "what ?", "context": "é a, é a", "answers": [{"text": "a", "answer_start": 9}]},
        {"id": "w4", "question": "what ?", "context": f"a {words} a", "answers": [{"text": "b", "answer_start": 900}]},
        {"id": "w5", "question": "what ?", "context": "the film\n\nwas good", "answers": ["film\n\nwas"]},
    ]
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    for name in ("train.json", "dev.json"):
        (tmp_path / name).write_text(lines)
    flags = ["--train", "train.json", "--dev", "dev.json", "--model", start, *READER_FLAGS, "--dry_run"]
    ended = call("answer", *flags, cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    of_both = [
        "offsets of answers count UTF-8 bytes, and are read so: NAME.json",
        "answers left out: 1, answer several times in its context, its offset at none of them; first NAME.json, line 6",
        "questions whose blank answers are read as no answer: 1; first NAME.json, line 3",
        'questions with the id of an earlier one: 1; first "who ?", NAME.json, line 2. Each question counts; where ids '
        "are keys, as in predictions-squad.json, the first one keeps the id, and later ones get a number (w1#2)",
        "questions without id, named by their place: 1; first NAME.json, line 3",
        "answers that no window of 32 tokens holds: 1; first NAME.json, line 4. So THEN; --max_length and "
        "--window_overlap make more fit",
        "answers of more than 30 tokens (--max_answer_tokens), never given as a whole: 1; first NAME.json, line 4",
        "answers that run over a blank line or the end of a page, never given as a whole: 1; first NAME.json, line 7. "
        "--across_paragraphs lets them",
        "questions cut to 5 tokens (--max_question_length): 1; first NAME.json, line 4",
    ]
    told = [line.removeprefix("warning: ") for line in ended.out.splitlines() if line.startswith("warning: ")]
    for split, then in (
        ("train", "4 windows of their questions are not learned from"),
        ("dev", "they cannot be found"),
    ):
        expected = [f"{split}: {line.replace('NAME', split).replace('THEN', then)}" for line in of_both]
        assert [line for line in told if line.startswith(split)][: len(expected)] == expected


def test_runs_of_readers_are_not_compared(reader_workspace: Workspace) -> None:
    ended = call("compare", "runs/questions", "runs/other", cwd=reader_workspace.folder)
    assert ended.status == 2
    assert ended.err == (
        "error: runs/questions: a run of question answering, and runs of classifiers alone can be compared; "
        "name others\n"
    )
