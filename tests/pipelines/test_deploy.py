import re
import sys
from pathlib import Path

import pytest
from mistakes import assert_told_in_a_line, nothing_written
from programs import Workspace, call, start_process

sys.path.append(str(Path(__file__).parents[1] / "serving" / "deploy"))  # where exports on paper are made

from paper_exports import write_paper_export  # noqa: E402


def test_the_files_of_a_model_are_written_and_its_sizes_told(tmp_path: Path) -> None:
    write_paper_export(tmp_path / "saved_models" / "reviews")
    flags = ("reviews", "--milliseconds", "4.2", "--model_megabytes", "208", "--requests_per_second", "1000")
    ended = start_process(["-X", "importtime", "-m", "pipelines.deploy", *flags], cwd=tmp_path)
    assert ended.status == 0
    assert ended.out.splitlines() == [
        "model    reviews: a classifier, version 1",
        "memory   99 MB of files take 208 MB at most, while a version loads",
        "         TensorFlow 500 MB + 2 versions during a change x 208 MB + 4 requests at once x 100 MB = 1316 MB",
        "         1316 MB x 1.2, in case: 1600 MB in whole hundreds",
        "load     2 cores x 1000 / 4.2 ms = 476 requests/s at most; 50% of that = 238 requests/s",
        "servers  1000 requests/s need 5 servers of 238; 2 at least, so that one may fail: 5",
        "files    16 in deploy/reviews: README.md says what they are",
    ]
    assert "minReplicas: 5\n" in (tmp_path / "deploy/reviews/kubernetes/autoscaler.yaml").read_text()
    imported = {line.rpartition("|")[2].strip() for line in ended.err.splitlines()}
    assert "bert_keras.serving.deploy" in imported
    assert "tensorflow" not in imported


def test_a_folder_that_is_there_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    write_paper_export(tmp_path / "saved_models" / "reviews")
    flags = ("reviews", "--milliseconds", "4.2", "--model_megabytes", "208")
    assert call("deploy", *flags, cwd=tmp_path).status == 0
    changed = tmp_path / "deploy" / "reviews" / "models.config"
    changed.write_text("# my own\n")
    with nothing_written(tmp_path):
        assert_told_in_a_line(call("deploy", *flags, cwd=tmp_path), "deploy/reviews is there already: --overwrite")
    assert call("deploy", *flags, "--overwrite", cwd=tmp_path).status == 0
    assert "my own" not in changed.read_text()


def test_time_and_memory_are_measured_where_they_are_not_given(workspace: Workspace, tmp_path: Path) -> None:
    ended = call("deploy", workspace.name, "--saved_models", workspace.folder / "saved_models", cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    first, *_ = ended.out.splitlines()
    told = re.fullmatch(r"here     (\S+) ms of processor time for a usual request, (\d+) MB for a version", first)
    assert told is not None
    assert 0 < float(told[1]) < 1000
    assert 10 < int(told[2]) < 1000
    assert f"/ {told[1]} ms = " in ended.out
    assert f" x {told[2]} MB + " in ended.out


def test_an_export_that_does_not_run_is_told(tmp_path: Path) -> None:
    write_paper_export(tmp_path / "saved_models" / "reviews")
    with nothing_written(tmp_path):
        assert_told_in_a_line(
            call("deploy", "reviews", cwd=tmp_path), "saved_models/reviews/1: the export does not run"
        )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("none",), "no export at saved_models/none"),
        (("../saved_models/reviews",), "the name of a deployed model"),
        (("reviews\n- x",), "the name of a deployed model"),
        (("reviews", "--milliseconds", "0"), "--milliseconds must be a number above 0. Received: 0"),
        (("reviews", "--milliseconds", "nan"), "--milliseconds must be a number above 0. Received: nan"),
        (("reviews", "--cores", "0"), "--cores must be a number above 0. Received: 0"),
        ((), "NAME is missing"),
    ],
)
def test_a_mistake_is_told_in_a_line(flags: tuple[str, ...], message: str, tmp_path: Path) -> None:
    write_paper_export(tmp_path / "saved_models" / "reviews")
    with nothing_written(tmp_path):
        assert_told_in_a_line(call("deploy", *flags, cwd=tmp_path), message)
