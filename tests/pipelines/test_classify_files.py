"""What a dry run says of files as other tools write them, and where it stops instead of guessing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from programs import Ended, call


@pytest.fixture
def dry_run(start: Path, tmp_path: Path) -> Callable[..., Ended]:
    """Runs `classify --dry_run` on one file as train and dev; returns how it ended, with all blanks as one."""

    def run(content: str, *flags: str, name: str = "rows.csv") -> Ended:
        (tmp_path / name).write_text(content, encoding="utf-8", newline="")
        files = ["--train", name, "--dev", name]
        ended = call("classify", *files, "--model", start, "--dry_run", "--max_length", "32", *flags, cwd=tmp_path)
        return Ended(ended.status, " ".join(ended.out.split()), " ".join(ended.err.split()))

    return run


def test_separator_and_format_are_said(dry_run: Callable[..., Ended]) -> None:
    ended = dry_run("text;label\n" + "good film;yes\nbad film;no\n" * 3)
    assert ended.status == 0, ended.err
    assert "read as text, fields between semicolons" in ended.out
    ended = dry_run('{"text": "good", "label": "yes"}\n{"text": "bad", "label": "no"}\n' * 3, name="rows.json")
    assert ended.status == 0, ended.err
    assert "read as JSON lines" in ended.out


def test_a_dialect_in_doubt_stops_the_run_and_can_be_chosen(dry_run: Callable[..., Ended]) -> None:
    content = 'text,label\n"good \\\\ film, all",yes\nbad,no\n'
    ended = dry_run(content)
    assert (ended.status, ended.out) == (2, "")
    assert "rows.csv, line 2: may be read in several ways" in ended.err
    assert "--dialect" in ended.err
    assert dry_run(content, "--dialect", "csv").status == 0
    assert dry_run(content, "--dialect", "spark").status == 0


def test_labels_that_look_alike_are_warned_of_with_their_counts_and_merged_where_it_is_said(
    dry_run: Callable[..., Ended],
) -> None:
    content = "text,label\n" + "good,Yes\ngood film,yes\nnot bad,yes\nbad,no\n" * 2
    ended = dry_run(content)
    assert "3 labels" in ended.out
    assert "labels that look alike are different labels; --merge_labels takes them as one: 'Yes' (4) and 'yes' (8)" in (
        ended.out
    )
    merged = dry_run(content, "--merge_labels")
    assert "2 labels" in merged.out
    assert "labels that look alike are taken as one each" in merged.out


def test_whole_numbers_are_one_label_in_any_format(dry_run: Callable[..., Ended]) -> None:
    ended = dry_run("text,label\n" + "good,1\nbad,0\ngood film,1.0\nbad film,0.0\n" * 2)
    assert "2 labels" in ended.out
    assert "look alike are different" not in ended.out


def test_several_labels_in_one_field_are_noticed(dry_run: Callable[..., Ended]) -> None:
    content = "text,label\n" + 'good,"red, blue"\nbad,red\nfilm,blue\n' * 2
    ended = dry_run(content)
    assert "labels that look like several in one field: 'red, blue'; is it --task multi_label?" in ended.out
    assert "2 labels" in dry_run(content, "--task", "multi_label").out


def test_lists_of_0_and_1_need_names(dry_run: Callable[..., Ended]) -> None:
    content = 'text,labels\ngood,"[1, 0, 1]"\nbad,"[0, 0, 0]"\nfilm,"[0, 1, 0]"\n'
    ended = dry_run(content, "--task", "multi_label")
    assert ended.status == 2
    assert "name the places with --label_names" in ended.err
    named = dry_run(content, "--task", "multi_label", "--label_names", "wet", "red", "blue")
    assert named.status == 0, named.err
    assert "3 labels" in named.out


def test_minus_one_is_hidden_or_a_class_by_what_is_said(dry_run: Callable[..., Ended]) -> None:
    content = "text,label\n" + "good,1\nbad,0\nfilm,-1\n" * 2
    ended = dry_run(content)
    assert (ended.status, ended.out.count("Traceback")) == (2, 0)
    assert "Received: -1 in 2 of 6 rows; leave these out with --missing_labels -1" in ended.err
    assert "2 labels" in dry_run(content, "--missing_labels", "-1").out
    assert "3 labels" in dry_run(content, "--missing_labels", "NULL").out


def test_a_folder_of_parts_is_one_table(dry_run: Callable[..., Ended], start: Path, tmp_path: Path) -> None:
    folder = tmp_path / "spark"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    (folder / ".part-0.csv.crc").write_bytes(b"crc")
    (folder / "part-0.csv").write_text('text,label\n"a 5\\" screen, good",yes\n', encoding="utf-8")
    (folder / "part-1.csv").write_text("text,label\nbad film,no\n", encoding="utf-8")
    ended = call(
        "classify", "--train", "spark", "--dev", "spark", "--model", start, "--dry_run", "--name", "x", cwd=tmp_path
    )
    assert ended.status == 0, ended.err
    assert "with backslashes before quote marks" in " ".join(ended.out.split())


def test_a_label_studio_export_is_recognised_and_annotators_are_a_choice(dry_run: Callable[..., Ended]) -> None:
    header = '"annotation_id","annotator","id","lead_time","mood","text"\n'
    rows = ["1,a,1,1.5,good,film one", "2,b,1,1.5,bad,film one", "3,a,2,1.5,good,film two", "4,a,3,1.5,bad,film three"]
    rows += ['"","",4,"","",film four']
    content = header + "\n".join(rows) + "\n"
    ended = dry_run(content)
    assert ended.status == 0, ended.err
    assert "an export of Label Studio" in ended.out
    assert "no majority" in ended.out and "not annotated" in ended.out
    assert "│ train │ 4 │" in dry_run(content, "--annotators", "all").out
