"""--adapters_over of each training: by which rows of train it is cut to the rank."""

import json
from pathlib import Path

import pytest
from programs import call

TEXTS = [f"the film was {word} , not {other}" for word in ("good", "bad", "a") for other in ("b", "c", "d", "the")]


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("program", "written", "rows"),
    [
        ("classify", lines(*({"text": text, "label": "good" in text} for text in TEXTS)), "rows"),
        ("tag", lines(*({"text": text, "label": [[4, 8, "X"]]} for text in TEXTS)), "windows"),
        ("contrast", lines(*({"text1": text, "text2": text[4:]} for text in TEXTS)), "rows"),
        ("pretrain", lines(*({"text": text} for text in TEXTS)), "rows"),
        ("answer", lines(*({"question": "a ?", "context": text, "answers": ["film"]} for text in TEXTS)), "windows"),
    ],
)
def test_rows_of_train_are_read(program: str, written: str, rows: str, start: Path, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(written, encoding="utf-8")
    (tmp_path / "dev.jsonl").write_text(written.replace("was", "not"), encoding="utf-8")
    files = ("--train", "train.jsonl", "--dev", "dev.jsonl", "--dry_run", "--max_length", "24")
    ended = call(
        program, *files, "--model", start, "--adapt", "lora", "--adapters_over", start, "--rank", "2", cwd=tmp_path
    )
    assert ended.status == 0, ended.err
    told = f"what the dense layers of {start} learned over {start}, by their outputs for {len(TEXTS)} {rows} of train"
    assert f"adapters of rank 2 hold 100 % of {told}" in " ".join(ended.out.split())


def test_of_long_texts_no_more_windows_are_read(start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.training.data._SAMPLE", 3)
    long = lines({"question": "a ?", "context": " ".join(["the"] * 200), "answers": ["the the"]})
    (tmp_path / "long.jsonl").write_text(long, encoding="utf-8")
    files = ("--train", "long.jsonl", "--dev", "long.jsonl", "--dry_run", "--max_length", "24")
    ended = call("answer", *files, "--model", start, "--adapt", "lora", "--adapters_over", start, cwd=tmp_path)
    assert ended.status == 0, ended.err
    assert "by their outputs for 3 windows of train" in " ".join(ended.out.split())
