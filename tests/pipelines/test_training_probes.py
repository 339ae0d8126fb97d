import json
from pathlib import Path

import pytest
from logged import logged
from programs import LABELS, TRAINING_FLAGS, Workspace, call, rows, write_table

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.data.spread import spread


@pytest.mark.parametrize(
    ("rows", "most", "places"), [(10, 2, [0, 9]), (10, 4, [0, 3, 6, 9]), (3, 5, [0, 1, 2]), (7, 1, [0]), (1, 3, [0])]
)
def test_rows_lie_as_far_apart_as_can_be(rows: int, most: int, places: list[int]) -> None:
    assert spread(rows, most) == places


def test_a_training_logs_dev_rows_before_it_begins_and_after_each_epoch(workspace: Workspace) -> None:
    log = logged(workspace.run / "tensorboard")
    assert [name[:2] for name in log] == ["1 ", "2 "]
    for steps in log.values():
        assert [header["logged_at"] for header in steps] == [19 * epoch for epoch in range(6)]
        assert {header["model"]["name"] for header in steps} == {"reviews"}
        (true,) = {tuple(header["prediction"]["true"]) for header in steps}
        assert steps[-1]["prediction"]["predicted"] == list(true)  # which the run has learned
    (answer,) = TextClassifier.from_preset(str(workspace.run)).classify([steps[-1]["first"]])
    assert steps[-1]["prediction"]["probabilities"] == pytest.approx(
        list(answer.probabilities.values()), abs=0.02
    )  # bfloat16 perhaps


def test_a_reader_logs_questions_with_their_right_answers(reader_workspace: Workspace) -> None:
    log = logged(reader_workspace.run / "tensorboard")
    assert len(log) == 2
    reader = SpanExtractor.from_preset(str(reader_workspace.run))
    report = json.loads((reader_workspace.run / "report.json").read_text(encoding="utf-8"))
    temperature = report["calibration"]["kept"]["temperature"]  # fitted after the training
    for steps in log.values():
        assert len(steps) == 4
        assert all(
            header["second"][span["start"] : span["end"]] == "good"
            for header in steps
            for span in header["answer"]["gold"]
        )
        assert temperature * reader.answer(steps[-1]["first"], steps[-1]["second"]).null_odds == pytest.approx(
            steps[-1]["answer"]["null_odds"], abs=0.5
        )


def test_vectors_are_logged_where_they_are_asked_for_and_probes_where_they_are_not_switched_off(
    start: Path, tmp_path: Path
) -> None:
    for split, count in (("train", 30), ("dev", 12)):
        write_table(tmp_path / "data" / f"{split}.tsv", ("text", "label"), *rows(count, 3))
    files = ("--train", "data/train.tsv", "--dev", "data/dev.tsv", "--model", start, *TRAINING_FLAGS)
    ended = call("classify", *files, "--epochs", 2, "--probes", 0, "--embeddings", "true", cwd=tmp_path)
    assert ended.status == 0, ended.err
    folder = tmp_path / "runs" / "data" / "tensorboard"
    assert not list(folder.glob("*.bert_keras_attention"))
    vectors = sorted(path.parent for path in (folder / "embeddings").rglob("projector_config.pbtxt"))
    assert [path.parent.name for path in vectors if path.name == "sentences"] == [
        "step-0000000",
        "step-0000004",
        "step-0000008",
    ]
    for path in vectors:
        header, *points = (path / "000.tsv").read_text(encoding="utf-8").removesuffix("\n").split("\n")
        assert {"label", "prediction"} <= set(header.split("\t"))
        assert len(points) == 12 if path.name == "sentences" else 36
    hyperparameters = json.loads((tmp_path / "runs" / "data" / "report.json").read_text())["training"]["recipe"]
    assert not {"probes", "embeddings"} & set(hyperparameters)
    assert set(LABELS.values()) >= {line.split("\t")[2] for line in points}


def test_fewer_probes_than_none_are_refused(tmp_path: Path) -> None:
    ended = call("classify", "--train", "a.tsv", "--dev", "b.tsv", "--probes", -1, cwd=tmp_path)
    assert (ended.status, ended.err) == (2, "error: --probes must be 0 or above. Received: -1\n")
