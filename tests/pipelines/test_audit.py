"""`bert-keras audit` finds what was made wrong, and `classify --corrections` takes what a person says of it."""

import csv
import json
from pathlib import Path

import pytest
from html_page import Page, assert_harmless
from mistakes import assert_told_in_a_line
from programs import LABELS, TRAINING_FLAGS, Ended, call, rows, write_table

from bert_keras import TextClassifier
from pipelines.audit.config import AuditConfig
from pipelines.audit.rows import told_of_model

WRONG = (3, 40, 77)
ODD = '<script>alert("1")</script>\tand a tab'
FIXED = "fixed.tsv"


@pytest.fixture(scope="module")
def audited(start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ended]:
    """A folder with an audit of rows of which three have a wrong label, and how the program ended."""
    folder = tmp_path_factory.mktemp("audit")
    table = rows(120, 0)
    names = list(LABELS.values())
    for row in WRONG:
        table[row] = (table[row][0], names[(names.index(table[row][1]) + 1) % 3])
    table += [(ODD, names[0]), (ODD, names[1])]
    write_table(folder / "reviews" / "train.tsv", ("text", "label"), *table)
    write_table(folder / "reviews" / "dev.tsv", ("text", "label"), *rows(30, 1))
    return folder, call("audit", "--train", "reviews/train.tsv", "--model", start, cwd=folder)


def table_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "runs" / "reviews-audit" / "audit.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_wrong_labels_are_among_the_first_with_the_right_ones_suggested(
    audited: tuple[Path, Ended],
) -> None:
    folder, ended = audited
    assert (ended.status, ended.err) == (0, "")
    found = [row for row in table_of(folder)[:6] if int(row["line"]) - 2 in WRONG]
    assert len(found) == 3
    true = rows(120, 0)
    for row in found:
        text, label = true[int(row["line"]) - 2]
        assert (row["text"], row["suggested"], row["correction"]) == (text, label, "")
        assert row["why"].startswith("label in doubt") and float(row["doubt"]) > 0.5
    doubts = [float(row["doubt"]) for row in table_of(folder)]
    assert doubts == sorted(doubts, reverse=True)


def test_the_same_text_with_two_labels_is_told_with_its_place(audited: tuple[Path, Ended]) -> None:
    folder, _ = audited
    why = {row["line"]: row["why"] for row in table_of(folder) if row["text"] == ODD}
    assert "same text with another label: reviews/train.tsv, line 123" in why["122"]
    assert "same text with another label: reviews/train.tsv, line 122" in why["123"]


def test_the_page_shows_the_rows_and_runs_none_of_them(audited: tuple[Path, Ended]) -> None:
    folder, _ = audited
    page = Page(folder / "runs" / "reviews-audit" / "audit.html")
    assert_harmless(page)
    assert ODD in page.text


def test_the_figures_are_those_of_the_table(audited: tuple[Path, Ended]) -> None:
    folder, ended = audited
    figures = json.loads((folder / "runs" / "reviews-audit" / "audit.json").read_text(encoding="utf-8"))
    assert figures["data"]["rows"] == 122
    assert figures["suspects"]["same text"] == 2
    in_doubt = sum("label in doubt" in row["why"] for row in table_of(folder))
    assert figures["suspects"]["label"] == in_doubt == sum(of["in_doubt"] for of in figures["labels"])
    assert "runs/reviews-audit/audit.tsv" in ended.out


def test_a_model_that_knows_the_labels_is_warned_of(classifier: TextClassifier, tmp_path: Path) -> None:
    classifier.save_to_preset(str(tmp_path / "model"))
    config = AuditConfig("train.tsv", model=str(tmp_path / "model"))
    assert "labels that stand here too (positive): if on these rows" in told_of_model(config, ["positive", "other"])
    assert told_of_model(config, ["other", "another"]) == ""


def test_a_table_that_may_hold_corrections_is_not_overwritten(audited: tuple[Path, Ended], start: Path) -> None:
    folder, _ = audited
    before = table_of(folder)
    ended = call("audit", "--train", "reviews/train.tsv", "--model", start, cwd=folder)
    assert_told_in_a_line(ended, "audit.tsv: there is a table already")
    assert table_of(folder) == before


def test_corrections_change_what_classify_learns_from(audited: tuple[Path, Ended], start: Path) -> None:
    folder, _ = audited
    filled = table_of(folder)
    for row in filled:
        row["correction"] = "(drop)" if row["text"] == ODD else row["suggested"] if float(row["doubt"]) > 0.5 else ""
    with (folder / FIXED).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(filled[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(filled)
    files = ("--train", "reviews/train.tsv", "--dev", "reviews/dev.tsv", "--model", start, "--corrections", FIXED)
    ended = call("classify", *files, *TRAINING_FLAGS, "--dry_run", cwd=folder)
    assert ended.status == 0, ended.err
    changed = sum(row["correction"] not in ("", "(drop)") for row in filled)
    assert f"corrections of fixed.tsv: {changed} labels changed, 2 rows dropped" in " ".join(ended.out.split())
    again = call("audit", *files[:2], *files[4:], "--output", "again", cwd=folder)
    assert again.status == 0, again.err
    figures = json.loads((folder / "again" / "audit.json").read_text(encoding="utf-8"))
    assert figures["data"]["rows"] == 120
    assert figures["data"]["corrections"] == {"file": FIXED, "labels_changed": changed, "rows_dropped": 2}
    assert figures["suspects"]["same text"] == 0


def test_corrections_of_an_edited_file_are_refused(audited: tuple[Path, Ended], start: Path) -> None:
    folder, _ = audited
    table = table_of(folder)
    first = table[0] | {"correction": "(drop)", "text": "something else"}
    with (folder / "stale.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(first), delimiter="\t")
        writer.writeheader()
        writer.writerow(first)
    files = ("--train", "reviews/train.tsv", "--dev", "reviews/dev.tsv", "--model", start)
    ended = call("classify", *files, "--corrections", "stale.tsv", "--dry_run", cwd=folder)
    assert_told_in_a_line(ended, f"stale.tsv, line 2: reviews/train.tsv, line {first['line']} has another text now")


def test_corrections_are_for_one_label_a_row(audited: tuple[Path, Ended], start: Path) -> None:
    folder, _ = audited
    files = ("--train", "reviews/train.tsv", "--dev", "reviews/dev.tsv", "--model", start, "--task", "multi_label")
    ended = call("classify", *files, "--corrections", "reviews/dev.tsv", cwd=folder)
    assert_told_in_a_line(ended, "--corrections are for --task single_label. Received: multi_label")


def test_the_whole_model_can_judge(audited: tuple[Path, Ended], start: Path) -> None:
    folder, _ = audited
    flags = ("--whole_training", "true", "--folds", "2", "--name", "whole")
    recipe = ("--epochs", "15", "--batch_size", "8", "--learning_rate", "3e-3")
    ended = call("audit", "--train", "reviews/train.tsv", "--model", start, *flags, *recipe, cwd=folder)
    assert ended.status == 0, ended.err
    figures = json.loads((folder / "runs" / "whole" / "audit.json").read_text(encoding="utf-8"))
    assert figures["agreement"] > 0.7  # of three labels, on rows that the judge has not seen
    assert "epoch 15/15" in ended.out
