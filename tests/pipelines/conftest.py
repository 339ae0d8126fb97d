"""Tiny models to start from, and finished runs."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asked import READER_FLAGS, squad, write_squad
from made_once import made_once
from programs import LABELS, TRAINING_FLAGS, Ended, Workspace, rows, start_process, write_table

from bert_keras import SpanExtractor, TextClassifier


@pytest.fixture(scope="session")
def start(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preset to start from, of one layer and 64 positions."""
    backbone = {
        "num_layers": 1,
        "hidden_dim": 32,
        "intermediate_dim": 32,
        "initializer_range": 0.1,
        "max_sequence_length": 64,
    }
    model = build_classifier(backbone=backbone)
    # One folder for all, since the runs below name it.
    return made_once(tmp_path_factory, "start", lambda folder: model.save_to_preset(str(folder)))[0]


@pytest.fixture(scope="session")
def reader(build_extractor: Callable[..., SpanExtractor], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A preset that answers questions, of random weights."""
    folder = tmp_path_factory.mktemp("presets") / "reader"
    build_extractor(null_threshold=0.5).save_to_preset(str(folder))
    return folder


@pytest.fixture(scope="session")
def workspace(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished run, `bert-keras classify`. Tests read it only."""

    def make(folder: Path) -> dict[str, Any]:
        nothing = ("", LABELS["bad"]), ("film", " ")
        for split, count, seed in (("train", 150, 0), ("dev", 45, 1), ("test", 30, 2)):
            write_table(folder / "reviews" / f"{split}.tsv", ("text", "label"), *rows(count, seed), *nothing)
        files = [part for split in ("train", "dev", "test") for part in (f"--{split}", f"reviews/{split}.tsv")]
        flags = (*TRAINING_FLAGS, "--probes", "2")
        ended = start_process(["-m", "pipelines.classify", *files, "--model", start, *flags], cwd=folder)
        return dataclasses.asdict(ended)

    folder, said = made_once(tmp_path_factory, "workspace", make)
    ended = Ended(**said)
    assert ended.status == 0, ended.err
    return Workspace(folder, ended)


@pytest.fixture(scope="session")
def reader_workspace(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A finished run of a reader, `bert-keras answer`, on data of SQuAD 2.0. Tests read it only."""

    def make(folder: Path) -> dict[str, Any]:
        train, dev = squad(150, 0), squad(60, 1)
        train["data"][0]["paragraphs"][1]["qas"][0]["answers"] = [{"text": "nowhere", "answer_start": 3}]  # left out
        train["data"][0]["paragraphs"][2]["qas"][0]["answers"][0]["answer_start"] += 1  # repaired
        dev["data"][1]["paragraphs"][-1]["qas"][0]["answers"] = [{"text": "nowhere", "answer_start": 3}]
        dev["data"][1]["paragraphs"][-1]["qas"][0]["is_impossible"] = False
        for split, content in (("train", train), ("dev", dev), ("test", squad(20, 2))):
            write_squad(folder / "questions" / f"{split}.json", content)
        files = [part for split in ("train", "dev", "test") for part in (f"--{split}", f"questions/{split}.json")]
        flags = (*READER_FLAGS, "--probes", "2")
        ended = start_process(["-m", "pipelines.answer", *files, "--model", start, *flags], cwd=folder)
        return dataclasses.asdict(ended)

    folder, said = made_once(tmp_path_factory, "reader_workspace", make)
    ended = Ended(**said)
    assert ended.status == 0, ended.out + ended.err
    return Workspace(folder, ended, "questions")
