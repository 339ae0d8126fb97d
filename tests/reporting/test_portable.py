import dataclasses
from pathlib import Path

import pytest
from answer_records import answer_record, questions
from run_records import run_record

from bert_keras.reporting import (
    answer_model_card,
    model_card,
    portable,
    write_answer_page,
    write_run_page,
)


def test_paths_are_seen_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert portable(str(tmp_path / "runs" / "x")) == "runs/x"
    assert portable(f"{tmp_path}/data/dev.tsv, line 3") == "data/dev.tsv, line 3"
    assert portable("/elsewhere/of/mine/data/dev.tsv") == "data/dev.tsv"
    assert portable("runs/x") == "runs/x"
    assert portable("hf://someone/model") == "hf://someone/model"
    assert portable("/one") == "one"


def test_no_page_and_no_card_shows_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.reporting.page.svg", lambda figure, about: "<svg></svg>")  # to draw takes seconds
    secret = "/home/secret/project"
    record = run_record("single_label", ["a", "b"])
    report = dict(record.report)
    report["data"] = {name: {**of, "file": f"{secret}/{name}.tsv"} for name, of in report["data"].items()}
    report["model"] = {**report["model"], "preset": f"{secret}/start"}
    places = {
        name: dataclasses.replace(of, texts=lambda rows, find=of.texts: [
            dataclasses.replace(row, place=f"{secret}/deep/{row.place}") for row in find(rows)
        ])
        for name, of in record.evaluated.items()
    }  # fmt: skip
    moved = dataclasses.replace(
        record, report=report, evaluated=places, run_path=f"{secret}/runs/x", served_path=f"{secret}/saved/x"
    )
    write_run_page(moved, tmp_path / "report.html")
    asked = questions(8)
    reader = answer_record(asked)
    reader = dataclasses.replace(reader, run_path=f"{secret}/runs/x", served_path=f"{secret}/saved/x")
    write_answer_page(reader, asked, tmp_path / "answers.html")
    written = [(tmp_path / name).read_text(encoding="utf-8") for name in ("report.html", "answers.html")]
    for text in (*written, model_card(moved), answer_model_card(reader)):
        assert "secret" not in text
        assert "runs/x" in text and "saved/x" in text
