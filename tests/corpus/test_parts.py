import json
import multiprocessing
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from made_predict import upper

from bert_keras.corpus import Block, Failure, Parts, blocks_of, predicted
from bert_keras.errors import DataError, InputError

MADE_OF = {"model": "m", "input files": [("texts.csv", 3, 4)]}
ROWS = ["r0", "r1", "bad", "r3", "r4"]


@pytest.fixture
def written(tmp_path: Path) -> Parts:
    """A folder with two of three blocks, the second of which has a row that failed."""
    parts = Parts(tmp_path / "out", MADE_OF)
    with parts.locked():
        for block in list(blocks_of(ROWS, 2))[:2]:
            parts.write(block.number, predicted(upper, block))
    return parts


def test_another_process_sees_which_blocks_are_done(written: Parts) -> None:
    assert Parts(written.folder, MADE_OF).done() == {0: 2, 1: 2}


def test_the_folder_is_read_as_one_table_and_failures_are_told(written: Parts) -> None:
    written.write(2, predicted(upper, Block(2, 4, ROWS[4:])))
    assert written.finish() == (5, [Failure(2, "ValueError: a row is bad")])
    rows = pq.read_table(written.folder).sort_by("row").to_pylist()
    assert rows == [{"row": row, "text": f"R{row}"} for row in (0, 1, 3, 4)]
    failed = (written.folder / "_failed.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in failed] == [{"row": 2, "error": "ValueError: a row is bad"}]
    assert json.loads((written.folder / "_manifest.json").read_text(encoding="utf-8"))["rows"] == 5


def test_rows_that_fail_no_more_are_told_no_more(written: Parts) -> None:
    assert written.finish()[1]
    written.write(1, predicted(upper, Block(1, 2, ["r2", "r3"])))
    assert written.finish() == (4, [])
    assert not (written.folder / "_failed.jsonl").exists()


def test_a_damaged_file_counts_as_not_there(written: Parts) -> None:
    path = written.folder / "part-00000001.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    assert written.done() == {0: 2}


@pytest.mark.parametrize("changed", [{"model": "n"}, {"input files": [("texts.csv", 3, 5)]}, {"--block_rows": 3}])
def test_predictions_made_of_something_else_are_kept_and_refused(written: Parts, changed: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"another {next(iter(changed))}$"):
        Parts(written.folder, MADE_OF | changed)
    assert Parts(written.folder, MADE_OF).done() == {0: 2, 1: 2}


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="holds other files"):
        Parts(tmp_path, MADE_OF)
    with pytest.raises(InputError, match="a folder is wanted"):
        Parts(tmp_path / "thesis.txt", MADE_OF)


def test_a_damaged_manifest_is_refused(written: Parts) -> None:
    for damaged in ("{", "[]", '{"made_of": [1]}', '{"made_of": null}'):
        (written.folder / "_manifest.json").write_text(damaged, encoding="utf-8")
        with pytest.raises(InputError, match="cannot be read; name another folder"):
            Parts(written.folder, MADE_OF)


def test_a_prediction_that_ended_before_its_first_block_leaves_the_folder_to_others(tmp_path: Path) -> None:
    with Parts(tmp_path / "out", MADE_OF | {"--top": 99}).locked():
        pass
    with Parts(tmp_path / "out", MADE_OF).locked():
        pass
    made_of = json.loads((tmp_path / "out" / "_manifest.json").read_text(encoding="utf-8"))["made_of"]
    assert "--top" not in made_of


def test_another_prediction_at_work_keeps_what_it_is_made_of(tmp_path: Path) -> None:
    with Parts(tmp_path / "out", MADE_OF).locked():
        other = Parts(tmp_path / "out", MADE_OF | {"--top": 99})  # there is no block yet
        with pytest.raises(InputError, match="is being written"), other.locked():
            pass
    made_of = json.loads((tmp_path / "out" / "_manifest.json").read_text(encoding="utf-8"))["made_of"]
    assert "--top" not in made_of


def test_a_file_that_cannot_be_written_leaves_nothing_half(written: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(table: object, path: Path) -> None:
        path.write_bytes(b"PAR1")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(DataError, match=r"part-00000002.parquet: cannot be written \(No space left on device\)"):
        written.write(2, predicted(upper, Block(2, 4, ROWS[4:])))
    assert sorted(path.name for path in written.folder.iterdir()) == [
        ".lock",
        "_manifest.json",
        "part-00000000.parquet",
        "part-00000001.parquet",
    ]


def test_two_processes_do_not_predict_into_one_folder(written: Parts) -> None:
    def other() -> None:
        with pytest.raises(InputError, match="is being written"), written.locked():
            pass

    with written.locked():
        process = multiprocessing.get_context("fork").Process(target=other)
        process.start()
        process.join()
    assert process.exitcode == 0
