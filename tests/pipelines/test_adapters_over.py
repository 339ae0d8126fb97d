"""--adapters_over of each training: by which rows of train it is cut to the rank."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from programs import call

from bert_keras import BertTokenizer
from bert_keras.errors import InputError

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


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """What was to be read by programs, which end there."""
    inputs_of: list[Mapping[str, Any]] = []

    def stopped(*given: object, inputs: Mapping[str, Any], **others: object) -> None:
        inputs_of.append(inputs)
        raise InputError("that is enough")

    monkeypatch.setattr("pipelines.training.data.adapt_over", stopped)
    return inputs_of


def read_until_found(program: str, written: str, start: Path, folder: Path) -> None:
    (folder / "rows.jsonl").write_text(written, encoding="utf-8")
    files = ("--train", "rows.jsonl", "--dev", "rows.jsonl", "--dry_run", "--max_length", "24")
    ended = call(program, *files, "--model", start, "--adapt", "lora", "--adapters_over", start, cwd=folder)
    assert ended.err == "error: that is enough\n"


def test_of_long_texts_no_more_windows_are_read(
    found: list[Mapping[str, Any]], start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.training.data._SAMPLE", 3)
    long = lines({"question": "a ?", "context": " ".join(["the"] * 200), "answers": ["the the"]})
    read_until_found("answer", long, start, tmp_path)
    assert [len(of) for of in found[0].values()] == [3] * len(found[0])


@pytest.mark.parametrize(
    ("program", "row", "tokens"),
    [
        ("contrast", {"text1": "the film", "text2": "a play"}, {"the", "film", "a", "play"}),
        ("pretrain", {"text": "the film was good ."}, {"the", "film", "was", "good", ".", "[MASK]"}),
    ],
)
def test_what_is_read_is_like_what_is_trained_on(
    program: str,
    row: dict[str, object],
    tokens: set[str],
    found: list[Mapping[str, Any]],
    start: Path,
    tokenizer: BertTokenizer,
    tmp_path: Path,
) -> None:
    read_until_found(program, lines(*[row] * 40), start, tmp_path)
    ids, counts = np.unique(found[0]["token_ids"], return_counts=True)
    often = {tokenizer.id_to_token(of) for of, count in zip(ids.tolist(), counts, strict=True) if count >= 20}
    assert often - {"[PAD]", "[CLS]", "[SEP]"} == tokens
