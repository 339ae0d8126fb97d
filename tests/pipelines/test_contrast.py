import csv
import dataclasses
import errno
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from html_page import Page, assert_harmless
from programs import Ended, call, program_of

from bert_keras import TextEncoder, checkpoints
from bert_keras.errors import DataError
from bert_keras.serving import SavedEncoder
from pipelines.command_line.parser import parse
from pipelines.contrast.columns import group_columns
from pipelines.contrast.config import ContrastConfig
from pipelines.contrast.data import ContrastData
from pipelines.contrast.report import ContrastResults

WORDS = ("film", "good", "bad", "play", "a", "b", "c", "d", "[/]", "not")
PAIRS = [(f"the {word}", f"{word} {word} was") for word in WORDS]
FLAGS = ("--model", "encoder", "--max_length", "12", "--precision", "float32", "--batch_size", "8")


def write_csv(path: Path, *rows: Sequence[str]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


@pytest.fixture(scope="module")
def folder(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pairs")
    (folder / "encoder").symlink_to(encoder_folder)
    write_csv(folder / "train.csv", ("question", "answer"), *PAIRS, ("", "no question"))
    write_csv(folder / "dev.csv", ("question", "answer"), *PAIRS)
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path) -> Ended:
    flags = ("--hard_negatives", "1", "--dimensions", "8", "4", "--epochs", "8", "--learning_rate", "5e-3")
    return call("contrast", "--train", "train.csv", "--dev", "dev.csv", "--name", "search", *FLAGS, *flags, cwd=folder)


def test_the_commands_that_it_suggests_are_ones(ended: Ended) -> None:
    suggested = [line.split()[1:] for line in ended.out.splitlines() if line.startswith("  bert-keras ")]
    assert [name for name, *_ in suggested] == ["embed", "serve"]
    for name, *flags in suggested:
        parse(program_of(name), flags)


def report_of(folder: Path) -> Any:
    return json.loads((folder / "runs" / "search" / "report.json").read_text(encoding="utf-8"))


def test_a_run_reports_the_scores_before_and_after_and_its_data(ended: Ended, folder: Path) -> None:
    assert ended.status == 0, ended.err + ended.out
    report = report_of(folder)
    before, after = report["baseline"]["dev"], report["metrics"]
    assert before["prediction"] == "the model before this training"
    assert after["mrr"] > before["mrr"] and after["recall_at_10"] == 1
    assert [row["dimension"] for row in after["by_dimension"]] == [8, 4]
    train = report["data"]["train"]
    assert (train["rows_read"], train["rows"], sum(train["left_out"].values())) == (11, 10, 1)
    assert report["data"]["dev"]["in_train"] == 10 and "10 rows stand in train too" in ended.out
    assert (report["model"]["task"], train["hard_negatives"]) == ("pairs", 1)


def test_a_run_holds_the_encoder_that_is_exported_and_the_rank_of_each_row(ended: Ended, folder: Path) -> None:
    encoder = TextEncoder.from_preset(str(folder / "runs" / "search"), dtype="float32")
    questions, answers = (encoder.encode([pair[side] for pair in PAIRS]) for side in (0, 1))
    saved = SavedEncoder(folder / "saved_models" / "search" / "1")
    np.testing.assert_allclose(saved.encode([pair[0] for pair in PAIRS]), questions, atol=1e-5)
    lengths = [np.linalg.norm(of, axis=1) for of in (questions, answers)]
    cosines = questions @ answers.T / np.outer(*lengths)
    ranks = [1 + int((row >= row[place]).sum()) - 1 for place, row in enumerate(cosines)]
    lines = (folder / "runs" / "search" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert [(row["text"], row["pair"]) for row in told] == PAIRS
    assert [row["rank"] for row in told] == ranks
    assert report_of(folder)["metrics"]["mrr"] == pytest.approx(np.mean([1 / rank for rank in ranks]))


def test_a_run_has_a_page_with_the_pairs_before_and_after(ended: Ended, folder: Path) -> None:
    assert "report  runs/search/report.html" in ended.out
    page = Page(folder / "runs" / "search" / "report.html")
    assert_harmless(page)
    assert "failed and left out" not in ended.out and "could not be drawn" not in page.text
    report = report_of(folder)
    for value in (report["baseline"]["dev"]["mrr"], report["metrics"]["mrr"]):
        assert f"{value:.4f}" in page.text


def test_a_run_with_adapters_that_ended_early_goes_on_where_it_was(
    folder: Path, encoder_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "encoder").symlink_to(encoder_folder)
    monkeypatch.chdir(tmp_path)  # adapters name their base as the option did
    recipe = ("--adapt", "lora", "--rank", "2", "--epochs", "3", "--learning_rate", "1e-2", "--hard_negatives", "1")
    files = ("--train", folder / "train.csv", "--dev", folder / "dev.csv")

    def train(name: str) -> Ended:
        return call("contrast", *files, *FLAGS, *recipe, "--name", name, cwd=tmp_path)

    with monkeypatch.context() as patched:
        measured = []

        def full(results: ContrastResults, outputs: Any) -> None:
            measured.append(outputs)
            if len(measured) == 2:
                raise OSError(errno.ENOSPC, "No space left on device", "dev")

        patched.setattr(ContrastResults, "take_dev", full)
        assert train("halves").err == "error: dev: No space left on device\n"
    again, whole = train("halves"), train("whole")
    assert (again.status, whole.status) == (0, 0), again.err + whole.err
    assert "going on with the unfinished training" in again.out and "epoch 1/3" not in again.out
    texts = [text for pair in PAIRS for text in pair]
    halves, at_once, before = (
        TextEncoder.from_preset(str(tmp_path / name), dtype="float32").encode(texts)
        for name in ("runs/halves", "runs/whole", "encoder")
    )
    np.testing.assert_allclose(halves, at_once, atol=1e-6)
    assert np.abs(at_once - before).max() > 0.01
    assert checkpoints.kind(tmp_path / "runs" / "halves" / "model") == "adapter"
    card = (tmp_path / "runs" / "halves" / "README.md").read_text(encoding="utf-8")
    assert "What is kept is an adapter (rank `2`, base `encoder`" in card


def test_a_dry_run_shows_rows_and_trains_nothing(folder: Path) -> None:
    write_csv(folder / "scored.csv", ("sentence1", "sentence2", "score"), *((*pair, "0.5") for pair in PAIRS))
    flags = ("--train", "scored.csv", "--dev", "scored.csv", "--name", "dry", "--dry_run", *FLAGS)
    ended = call("contrast", *flags, cwd=folder)
    assert ended.status == 0, ended.err
    assert "scored pairs: text 'sentence1', pair 'sentence2', score 'score'" in ended.out
    assert "nothing was trained" in ended.out and not (folder / "runs" / "dry").exists()


def columns(header: str, **options: Any) -> tuple[str, str, str | None, str | None]:
    config = ContrastConfig("train.csv", "dev.csv", **options)
    found = group_columns(config, header.split(","), "train.csv")
    return found.kind, found.text, found.pair, found.third


@pytest.mark.parametrize(
    ("header", "options", "found"),
    [
        ("anchor,positive", {}, ("pairs", "anchor", "positive", None)),
        ("id,Question,Answer", {}, ("pairs", "Question", "Answer", None)),
        ("answer,question,negative", {}, ("triples", "question", "answer", "negative")),
        ("sentence1,sentence2,score", {}, ("scored_pairs", "sentence1", "sentence2", "score")),
        ("q,a,n", {"text_column": "q", "pair_column": "a"}, ("pairs", "q", "a", None)),
        (
            "premise,hypothesis,label",
            {"score_column": "label"},
            ("scored_pairs", "premise", "hypothesis", "label"),
        ),
        ("sentence1,sentence2,label", {"score_column": "none"}, ("pairs", "sentence1", "sentence2", None)),
        ("text,label", {}, ("labelled_texts", "text", None, "label")),
        ("body,topic", {"label_column": "topic"}, ("labelled_texts", "body", None, "topic")),
    ],
)
def test_the_columns_say_what_kind_of_groups_there_are(header: str, options: dict[str, Any], found: Any) -> None:
    assert columns(header, **options) == found


@pytest.mark.parametrize(
    ("header", "options", "problem"),
    [
        ("sentence1,sentence2,label", {}, "which may say that they do not belong together"),
        ("anchor,positive,negative,score", {}, "either negatives or scores"),
        ("a,b", {}, "no two columns of a usual pair"),
        ("anchor,positive", {"pair_column": "postive"}, "did you mean 'positive'"),
    ],
)
def test_doubt_about_the_columns_is_told_in_a_line(header: str, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(DataError) as caught:
        columns(header, **options)
    assert problem in str(caught.value) and str(caught.value).startswith("train.csv: ")
    assert "Received:" in str(caught.value) and "\n" not in str(caught.value)


def test_triples_of_json_on_one_line_keep_their_own_negatives(folder: Path) -> None:
    rows = [{"anchor": f"the {word}", "positive": word, "negative": f"no {word}"} for word in WORDS[:4]]
    (folder / "triples.json").write_text(json.dumps(rows), encoding="utf-8")
    config = ContrastConfig(
        train=str(folder / "triples.json"),
        dev=str(folder / "triples.json"),
        model=str(folder / "encoder"),
        max_length=12,
        precision="float32",
    )
    train = ContrastData(config).train
    assert [[train.texts[place] for place in row] for row in train.members] == [[*row.values()] for row in rows]


def test_negatives_in_columns_that_are_not_read_are_told() -> None:
    config = ContrastConfig(train="train.csv", dev="dev.csv")
    found = group_columns(config, ["anchor", "positive", "negative_1", "negative_2"], "train.csv")
    assert (found.kind, found.unused) == ("pairs", ("negative_1", "negative_2"))
    assert found.described().endswith("; negative_1, negative_2 are there and not used: --negative_column takes one")
    named = dataclasses.replace(config, negative_column="negative_1")
    one = group_columns(named, ["anchor", "positive", "negative_1"], "train.csv")
    assert (one.kind, one.unused) == ("triples", ())


def test_texts_to_which_no_other_belongs_are_told(folder: Path) -> None:
    write_csv(folder / "labels.csv", ("text", "label"), *((f"the {word}", word[0]) for word in WORDS[:4]))  # f, g, b, p
    write_csv(folder / "more.csv", ("text", "label"), *((f"a {word}", word[0]) for word in (*WORDS[:4], "glad")))
    files = {"train": str(folder / "more.csv"), "dev": str(folder / "labels.csv"), "model": str(folder / "encoder")}
    told = list(ContrastData(ContrastConfig(**files, max_length=12, precision="float32"))._warnings())
    assert "train: 3 of 5 texts have a label that no other text of train has, so that nothing belongs to them" in told
    assert "dev: 4 of 4 texts have a label that no other text of dev has, so that nothing belongs to them" in told
