import json
import re
from pathlib import Path

import numpy as np
import pytest
from finished_runs import LABELS, many_labels, numbers, one_label, write_run
from html_page import Page, assert_harmless
from mistakes import assert_told_in_a_line
from programs import call, start_process

from bert_keras.reporting import KeptSlices, RowText, write_kept_slices, write_kept_words

GOLD = "0101010101"
FIRST = "0101010000"  # 8 right; 7 and 9 wrong
SECOND = "1101010101"  # 9 right; 0 wrong
THIRD = "0101010000"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    for name, predicted in (("first", FIRST), ("second", SECOND), ("third", THIRD)):
        write_run(folder / name, "single_label", LABELS, one_label(GOLD, predicted))
    write_run(
        folder / "many_a", "multi_label", "ab", many_labels(["a", "", "ab"] * 3 + ["b"], ["a", "", "a"] * 3 + ["b"])
    )
    write_run(
        folder / "many_b", "multi_label", "ab", many_labels(["a", "", "ab"] * 3 + ["b"], ["a", "b", "ab"] * 3 + ["b"])
    )
    values = [float(place) for place in range(10)]
    write_run(folder / "close", "regression", (), numbers(values, [value + 0.1 for value in values]))
    write_run(folder / "far", "regression", (), numbers(values, [9 - value for value in values]))
    return folder


def test_runs_that_read_pairs_and_single_texts_are_not_compared(folder: Path) -> None:
    answers = [answer | {"pair": "other"} for answer in one_label(GOLD, FIRST)]
    write_run(folder / "pairs", "single_label", LABELS, answers)
    ended = call("compare", "first", "pairs", cwd=folder)
    assert_told_in_a_line(
        ended, "pairs: the run has read pairs of texts, and first single ones; compare runs of one kind"
    )
    ended = call("compare", "pairs", "first", cwd=folder)
    assert_told_in_a_line(ended, "first: the run has read single texts, and pairs pairs; compare runs of one kind")


def test_runs_stand_side_by_side_with_intervals_differences_and_test(folder: Path) -> None:
    ended = call("compare", "first", "second", cwd=folder)
    assert (ended.status, ended.err) == (0, "")
    out = " ".join(ended.out.replace("│", " ").replace("┃", " ").split())
    assert re.search(r"accuracy 0\.8000 \[0\.5000, 1\.0000\] 0\.9000 \[0\.7000, 1\.0000\]", out)
    assert re.search(r"minus first second .*accuracy \+0\.1000 \[-0\.[12]000, \+0\.4000\] macro", out)
    assert re.search(r"first, second 1 2 1 ", out)  # exact test of one against two: p is 1
    assert "3 of 10 rows have different answers" in out


def test_options_in_which_runs_differ_are_named(folder: Path) -> None:
    for name, options in (("slow", "learning_rate: 1.0e-05\nname: slow\nseed: 0\nmodel: '[bold]x'\n"), ("fast", "")):
        run = write_run(folder / name, "single_label", LABELS, one_label(GOLD, FIRST))
        (run / "config.yaml").write_text(options or "learning_rate: 0.001\nname: fast\nseed: 0\nmodel: y\n")
    out = " ".join(call("compare", "slow", "fast", cwd=folder).out.replace("│", " ").split())
    assert re.search(r"options in which they differ .*learning_rate 1e-05 0\.001 ", out)
    assert "model [bold]x y" in out
    assert "seed" not in out and "name" not in out
    assert "options" not in call("compare", "slow", "first", cwd=folder).out  # of which nothing is known
    (folder / "fast" / "config.yaml").write_text("- a list")
    assert_told_in_a_line(call("compare", "slow", "fast", cwd=folder), "config.yaml: no options of a run")


def test_labels_that_a_run_answers_better_are_named_with_a_corrected_p(folder: Path) -> None:
    gold = "0" * 30 + "1" * 30
    texts = one_label(gold, gold)
    for name, predicted in (("misses", "1" * 30 + "1" * 30), ("finds", "0" * 30 + "1" * 29 + "0")):
        run = write_run(folder / name, "single_label", LABELS, texts[:10])
        rows = one_label(gold, predicted)
        lines = [{"split": "dev", "text": f"{place}"} | row for place, row in enumerate(rows)]
        (run / "predictions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    out = " ".join(call("compare", "misses", "finds", "--output", "labels.json", cwd=folder).out.split())
    labels = json.loads((folder / "labels.json").read_text())["labels"]["finds"]
    assert [(one["label"], one["rows"], one["only_first"], one["only_other"]) for one in labels] == [
        (LABELS[0], 30, 0, 30),
        (LABELS[1], 30, 1, 0),
    ]
    assert labels[0]["p"] == pytest.approx(2 * 2 * 0.5**30)  # two-sided, twice for two labels
    assert labels[1]["p"] == 1
    assert "better" in out
    for suffix in ("html", "md"):
        assert call("compare", "misses", "finds", "--output", f"labels.{suffix}", cwd=folder).status == 0
        assert "corrected" in (folder / f"labels.{suffix}").read_text() or suffix == "md"


def test_rows_on_which_runs_differ_are_shown_by_who_is_right(folder: Path) -> None:
    lines = call("compare", "first", "second", cwd=folder).out.splitlines()
    begin = lines.index("right: second: 2 rows")
    assert lines[begin + 1 : begin + 5] == [
        "  two lines",
        "    true: <i>yes</i>; first: no 0.900; second: <i>yes</i> 0.900",
        "  last",
        "    true: <i>yes</i>; first: no 0.900; second: <i>yes</i> 0.900",
    ]
    begin = lines.index("right: first: 1 rows")
    assert lines[begin + 1] == "  good"


def test_as_many_examples_are_shown_as_are_asked_for(folder: Path) -> None:
    assert call("compare", "first", "second", "--examples", "0", cwd=folder).out.count("true: ") == 0
    assert call("compare", "first", "second", "--examples", "1", cwd=folder).out.count("true: ") == 2


def test_runs_that_agree_have_nothing_to_show(folder: Path) -> None:
    out = call("compare", "first", "third", "--split", "test", cwd=folder).out
    assert "0 of 10 rows have different answers" in out
    assert "better" not in out and "worse" not in out


def test_three_runs_are_tested_pair_by_pair(folder: Path) -> None:
    out = call("compare", "first", "second", "third", cwd=folder).out
    for pair in ("first, second", "first, third", "second, third"):
        assert pair in out
    assert "right: first, third: 1 rows" in out


def test_several_labels_are_compared_row_by_row(folder: Path) -> None:
    out = call("compare", "many_a", "many_b", cwd=folder).out
    assert "micro F1" in out and "subset accuracy" in out
    assert "6 of 10 rows have different answers" in out
    assert "true: a, b; many_a: a 0.800; many_b: a 0.800, b 0.800" in out
    assert "true: none; many_a: none; many_b: b 0.800" in out


def test_numbers_are_compared_by_who_is_closest(folder: Path) -> None:
    out = call("compare", "far", "close", cwd=folder).out
    assert "McNemar" not in out
    assert "better" in out
    assert "closest: close: 10 rows" in out
    assert "true: 0; far: 9; close: 0.1" in out


@pytest.mark.parametrize("suffix", ["html", "md", "json"])
def test_a_comparison_is_written_in_the_format_of_the_files_name(folder: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / "new" / f"page.{suffix}"
    ended = call("compare", "first", "second", "--output", output, cwd=folder)
    assert ended.out.endswith(f"\nwritten {output}\n")
    content = output.read_text(encoding="utf-8")
    assert [path.name for path in output.parent.iterdir()] == [output.name]
    if suffix == "html":
        assert "<script" not in content and "<i>yes" not in content and "&lt;i&gt;yes&lt;/i&gt;" in content
        assert "default-src 'none'" in content
        assert re.search(r'<td class="number">1</td><td class="number">2</td><td class="number">1</td>', content)
    elif suffix == "md":
        assert "| accuracy | 0.8000 [0.5000, 1.0000] | 0.9000 [0.7000, 1.0000] |" in content
        assert "| `two lines` | `<i>yes</i>` | `no 0.900` | `<i>yes</i> 0.900` |" in content
    else:
        found = json.loads(content)
        assert found["intervals"]["second"]["accuracy"]["value"] == pytest.approx(0.9)
        assert found["tests"] == [{"runs": ["first", "second"], "only_first": 1, "only_second": 2, "p": 1.0}]
        assert [(kind["right"], kind["rows"]) for kind in found["kinds"]] == [(["second"], 2), (["first"], 1)]


def test_a_label_that_one_run_does_not_know_has_no_probability_from_it(folder: Path, tmp_path: Path) -> None:
    write_run(
        tmp_path / "more", "single_label", ("maybe", *LABELS), one_label("1212121212", "0212121212", ("maybe", *LABELS))
    )
    out = call("compare", folder / "first", tmp_path / "more", cwd=tmp_path).out
    assert "3 of 10 rows have different answers" in out
    assert "maybe 0.900" in out


def broken(folder: Path, name: str, file: str, content: bytes) -> Path:
    run = write_run(folder / name, "single_label", LABELS, one_label(GOLD, SECOND))
    (run / file).write_bytes(content)
    return run


def rows(*changes: dict) -> bytes:
    row = {"split": "dev", "text": "good", **one_label("0", "0")[0]}
    return "".join(json.dumps(row | change) + "\n" for change in changes).encode()


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("report.json", b"{", "report.json: no valid JSON ("),
        ("report.json", b"[]", "report.json: no report of a run; expected an object. Received: []"),
        (
            "report.json",
            b"{}",
            "report.json: no report of a run, for it lacks the model's task or labels; make it again",
        ),
        (
            "report.json",
            b'{"model": {"task": "x"}}',
            "report.json: no report of a run, for it lacks the model's task or labels",
        ),
        (
            "report.json",
            b'{"model": {"task": "single_label", "labels": [["no"]]}}',
            "report.json: no report of a run, for it lacks the model's task or labels",
        ),
        ("report.json", b"\xff", "report.json: no valid JSON ("),
        (
            "predictions.jsonl",
            b"",
            "predictions.jsonl: no predictions on dev; name a split that the run has measured with --split",
        ),
        ("predictions.jsonl", rows({}) + b'{"text":', "predictions.jsonl, line 2: no valid JSON ("),
        ("predictions.jsonl", b"\n", "predictions.jsonl, line 1: no valid JSON ("),
        ("predictions.jsonl", b"\xff\n", "predictions.jsonl, line 1: no valid JSON ("),
        ("predictions.jsonl", b'{"text": "\\ud83d"}', "predictions.jsonl, line 1: no valid JSON ("),
        ("predictions.jsonl", b"[" * 100_000, "predictions.jsonl, line 1: no valid JSON ("),
        ("predictions.jsonl", b'["x"]', 'line 1: expected an object with a string "text". Received: ["x"]'),
        ("predictions.jsonl", rows({}, {"text": 5}), 'line 2: expected an object with a string "text"'),
        (
            "predictions.jsonl",
            rows({}, {"gold": "other"}),
            'line 2: "gold" must be of the report\'s labels. Received: other',
        ),
        (
            "predictions.jsonl",
            rows({"gold": ["no"]}),
            "line 1: \"gold\" must be of the report's labels. Received: ['no']",
        ),
        (
            "predictions.jsonl",
            rows({"probabilities": {"no": 1}}),
            "line 1: expected \"probabilities\" of all labels. Received: {'no': 1}",
        ),
        (
            "predictions.jsonl",
            rows({"probabilities": {"no": 1, "<i>yes</i>": float("nan")}}),
            'line 1: expected "probabilities"',
        ),
        ("predictions.jsonl", rows({}), "measured on other dev rows than"),
    ],
)
def test_a_broken_run_is_told_in_a_line(folder: Path, tmp_path: Path, file: str, content: bytes, message: str) -> None:
    run = broken(tmp_path, "run", file, content)
    ended = call("compare", folder / "first", run, cwd=tmp_path)
    assert_told_in_a_line(ended, message)
    assert str(run) in ended.err


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["first"], "name two or more runs, as in runs/a runs/b. Received: first"),
        (["first", "first"], "a run is named twice. Received: first, first"),
        (
            ["first", "none"],
            "none: no finished run, for it has no report.json. Received: none; name folders as in runs/NAME",
        ),
        (["first", "many_a"], "many_a: its task is multi_label, that of first single_label; compare runs of one task"),
        (
            ["first", "second", "--split", "train"],
            "no predictions on train; name a split that the run has measured with --split",
        ),
        (["first", "second", "--examples", "-1"], "--examples must not be below 0. Received: -1"),
        (["first", "second", "--output", "x.txt"], "--output must end with .html, .md or .json. Received: 'x.txt'"),
    ],
)
def test_a_mistake_is_told_in_a_line(folder: Path, flags: list[str], message: str) -> None:
    assert_told_in_a_line(call("compare", *flags, cwd=folder), message)
    assert not (folder / "x.txt").exists()


def test_other_rows_are_told_by_the_first_that_differs(folder: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "other", "single_label", LABELS, one_label("1" + GOLD[1:], SECOND))
    ended = call("compare", folder / "first", tmp_path / "other", cwd=tmp_path)
    assert ended.status == 2
    assert (
        "dev.tsv, line 2 has other text or another label than dev.tsv, line 2; compare runs on the same data"
        in ended.err
    )


def test_a_run_without_predictions_is_half_a_run(folder: Path, tmp_path: Path) -> None:
    run = write_run(tmp_path / "half", "single_label", LABELS, one_label(GOLD, SECOND))
    (run / "predictions.jsonl").unlink()
    assert (
        "predictions.jsonl: not there, so the run is not whole; make it again"
        in call("compare", folder / "first", run, cwd=tmp_path).err
    )


def test_it_needs_no_tensorflow_and_its_help_tells_of_runs(folder: Path) -> None:
    ended = start_process(["-X", "importtime", "-m", "pipelines.compare", "first", "second"], cwd=folder)
    assert ended.status == 0
    assert "0 of" not in ended.out
    modules = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.err.splitlines()}
    assert "bert_keras" in modules
    assert not modules & {"tensorflow", "keras"}
    ended = start_process(["-m", "pipelines.compare", "--help"], cwd=folder)
    assert "RUN [RUN …]" in ended.out
    assert "Folders of finished runs (runs/NAME), two or more" in ended.out


def test_slices_behaviour_and_words_that_both_runs_keep_stand_side_by_side(folder: Path, tmp_path: Path) -> None:
    gold, first, second = "01" * 20, "01" * 20, "01" * 10 + "10" * 10
    part = {("column:source", "<b>shop</b>"): np.arange(40) >= 20, ("length", "1 to 8 words"): np.arange(40) < 40}
    for name, predicted, passed in (("a", first, 9), ("b", second, 4)):
        run = write_run(tmp_path / name, "single_label", LABELS, one_label(GOLD, FIRST if name == "a" else SECOND))
        right = np.array([one == other for one, other in zip(gold, predicted, strict=True)])
        write_kept_slices(run, KeptSlices("the same rows", right, part))
        tests = [{"name": "<i>negation</i>", "passed": passed, "cases": 10}]
        (run / "behave.json").write_text(json.dumps({"tests": tests + [{"name": name, "passed": 1, "cases": 2}]}))
    write_kept_words(tmp_path / "b", [RowText("last", None, "")], [[[("la", 1.0), ("st", -0.5)]]])
    ended = call("compare", "a", "b", "--output", "c.html", cwd=tmp_path)
    assert (ended.status, ended.err) == (0, "")
    out = " ".join(ended.out.replace("│", " ").replace("┃", " ").split())
    assert re.search(r"parts, b rows only a right only b right p .*column:source 20 20 0 \S+ worse <b>shop</b>", out)
    assert "length 1 to 8 words 40 20 0" in out
    assert re.search(r"<i>negation</i> 9 of 10 4 of 10", out) and re.search(r" b - 1 of 2", out)
    page = Page(tmp_path / "c.html")
    assert_harmless(page)
    shown = " ".join(page.text.split())
    assert "words of b la st" in shown and "words of a" not in shown
    assert "column:source <b>shop</b>" in shown and "4 of 10" in shown
    # Slices of other rows are not compared.
    write_kept_slices(tmp_path / "b", KeptSlices("other rows", right, part))
    assert "parts, b" not in call("compare", "a", "b", cwd=tmp_path).out
    assert "## Behavioural tests" in _markdown(tmp_path)


def _markdown(folder: Path) -> str:
    assert call("compare", "a", "b", "--output", "c.md", cwd=folder).status == 0
    return (folder / "c.md").read_text(encoding="utf-8")
