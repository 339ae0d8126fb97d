import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from html_page import Page, assert_harmless
from run_records import NASTY, run_record

from bert_keras.reporting import NearRow, NearRows, RowText, RunRecord, write_run_page

LABELS = ("negative", "positive")


def page_of(record: RunRecord, folder: Path) -> Page:
    write_run_page(record, folder / "report.html")
    return Page(folder / "report.html")


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(run_record("single_label", LABELS), tmp_path_factory.mktemp("two"))


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(run_record("multi_label", [*NASTY, "plain"]), tmp_path_factory.mktemp("nasty"))


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(run_record("regression", [], pairs=True), tmp_path_factory.mktemp("numbers"))


@pytest.fixture(params=["two", "nasty", "numbers"])
def page(request: pytest.FixtureRequest) -> Page:
    return request.getfixturevalue(request.param)


def test_a_page_of_one_label_a_text_has_all_sections(two: Page) -> None:
    expected = ["now", "scores", "training", "data", "classes", "confusion", "outputs", "length", "examples"]
    expected += ["model", "use"]
    assert two.ids == expected
    links = [attributes["href"] for tag, attributes in two.elements if tag == "a"]
    assert links == [f"#{name}" for name in expected]


def test_what_a_task_does_not_have_is_left_out(nasty: Page, numbers: Page) -> None:
    assert "confusion" not in nasty.ids and "classes" in nasty.ids
    assert not {"confusion", "classes"} & set(numbers.ids)
    assert "calibration" not in numbers.text.lower()


def test_a_page_runs_nothing_and_asks_nobody(page: Page) -> None:
    assert_harmless(page)


def test_no_name_stands_twice_in_a_page(page: Page) -> None:
    names = [attributes["id"] for tag, attributes in page.elements if "id" in attributes and tag != "path"]
    sections = [name for name in names if name in page.ids]
    assert len(sections) == len(set(sections))


@pytest.mark.parametrize("name", NASTY)
def test_labels_of_any_signs_are_shown_as_they_are(nasty: Page, name: str) -> None:
    assert name in nasty.texts


def test_texts_of_any_signs_are_shown_as_they_are_in_their_own_direction(tmp_path: Path) -> None:
    record = run_record("single_label", LABELS, rows=20)
    page = page_of(record, tmp_path)
    shown = page.texts
    for name in NASTY:
        assert name in shown
    texts = [attributes for _, attributes in page.elements if attributes.get("class") == "text"]
    assert len(texts) == 20
    assert all(attributes["dir"] == "auto" for attributes in texts)


def test_the_hardest_rows_come_first_with_truth_and_prediction(two: Page) -> None:
    section = two.source[two.source.index('id="examples"') : two.source.index('id="model"')]
    losses = [float(value) for value in re.findall(r"loss (\d+\.\d+)", section)]
    assert len(losses) == 25
    assert losses == sorted(losses, reverse=True)
    evaluated = run_record("single_label", LABELS).evaluated["dev"]
    true = evaluated.outputs[np.arange(120), evaluated.targets]
    row = int(true.argmin())
    first = section[: section.index("</li>")]
    assert f"dev.tsv, line {row + 2}" in first
    assert re.search(
        rf"true: <b><bdi>{LABELS[evaluated.targets[row]]}</bdi></b> {true[row]:.3f}", " ".join(first.split())
    )


def test_wrong_rows_have_their_nearest_training_rows_below_them_and_right_ones_have_none(tmp_path: Path) -> None:
    asked: list[RowText] = []

    def near(rows: Sequence[RowText]) -> NearRows:
        asked.extend(rows)
        taught = [NearRow(RowText(NASTY[0], None, "train.tsv, line 3"), (label,), 0.875) for label in (*LABELS, "odd")]
        return NearRows([taught] * len(rows), 100, 2000)

    record = run_record("single_label", LABELS)
    page = page_of(dataclasses.replace(record, near=near), tmp_path)
    section = page.source[page.source.index('id="examples"') : page.source.index('id="model"')]
    assert "among 100 drawn from 2,000" in section
    shown = section.split("<li>\n")[1:]
    wrong = [each for each in shown if '<ul class="near">' in each]
    assert 0 < len(wrong) == len(asked) < len(shown)
    for row, each in zip(asked, wrong, strict=True):
        assert row.place in each
        true, predicted = re.findall(r"(?:true|predicted): <b[^>]*><bdi>(\w+)", each)
        assert true != predicted
        assert f'<b class="right"><bdi>{true}' in each and f'<b class="wrong"><bdi>{predicted}' in each
        assert "<span>0.88</span> <b><bdi>odd" in each
    assert page.texts.count(NASTY[0]) >= 3 * len(wrong)


def test_pairs_are_shown_and_used_as_pairs(numbers: Page) -> None:
    assert sum(attributes.get("class") == "text" for _, attributes in numbers.elements) == 50
    assert '("a text", "its pair")' in numbers.text


def test_the_worst_label_comes_first(nasty: Page) -> None:
    section = nasty.source[nasty.source.index('id="classes"') : nasty.source.index('id="outputs"')]
    figures = [float(value) for value in re.findall(r'(\d\.\d{4})<span class="bar">', section)]
    assert len(figures) == 9
    assert figures == sorted(figures)


def test_data_tells_what_was_left_out_and_why(two: Page) -> None:
    assert "2 empty text, 1 empty label" in " ".join(two.text.split())
    assert "train: data/<b>train</b>.tsv" in two.text


def test_commands_are_quoted_for_the_shell(two: Page) -> None:
    assert "bert-keras predict --model 'runs/my run' --input FILE" in two.text


def test_pictures_are_well_formed_and_in_the_pages_colours(page: Page) -> None:
    pictures = re.findall(r"<svg.*?</svg>", page.source, re.DOTALL)
    assert len(pictures) >= 7
    for picture in pictures:
        root = ElementTree.fromstring(picture.replace("<svg", '<svg xmlns:xlink="x"', 1))
        assert root.attrib["role"] == "img"
        assert "var(--ink)" in picture and "#1d2733" not in picture


def test_a_page_is_the_same_every_time(two: Page, tmp_path: Path) -> None:
    assert page_of(run_record("single_label", LABELS), tmp_path).source == two.source


def test_seventy_seven_labels_name_their_mistakes(tmp_path: Path) -> None:
    record = run_record("single_label", [f"intent_{place}" for place in range(77)], rows=400)
    page = page_of(record, tmp_path)
    section = page.source[page.source.index("Most frequent mistakes") : page.source.index('id="outputs"')]
    evaluated = record.evaluated["dev"]
    counts = np.zeros([77, 77], int)
    np.add.at(counts, (evaluated.targets, evaluated.outputs.argmax(axis=1)), 1)
    np.fill_diagonal(counts, 0)
    shown = [int(count) for count in re.findall(r'<td class="number">(\d+)</td><td class="number">', section)]
    assert shown == sorted(counts[counts > 0].tolist(), reverse=True)[:15]
    assert len(page.source) < 1_000_000


def test_a_run_without_curves_or_test_still_has_its_page(tmp_path: Path) -> None:
    whole = run_record("single_label", LABELS)
    report = {**whole.report, "data": {"train": {}}, "training": {}}
    record = RunRecord("bare", report, {}, {}, {"dev": whole.evaluated["dev"]}, whole.train_lengths, "runs/bare")
    page = page_of(record, tmp_path)
    assert "SavedModel" not in page.text
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_two_thousand_labels_make_a_page_of_the_usual_size(tmp_path: Path) -> None:
    record = run_record("single_label", [f"intent_{place}" for place in range(2000)], rows=3000)
    page = page_of(record, tmp_path)
    assert len(page.source) < 1_500_000
    section = page.source[page.source.index('id="classes"') : page.source.index('id="confusion"')]
    assert section.count('<th scope="row">') == 100
    assert "The 100 lowest of 2,000" in page.text
    assert "confused of 2,000 labels" in page.text
    assert "the 100 labels with the lowest F1" in " ".join(page.text.split())


def test_a_picture_that_cannot_be_drawn_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: object) -> None:
        raise MemoryError("Unable to allocate 14.9 GiB")

    monkeypatch.setattr("bert_keras.reporting.run_page.confusion_figure", fail)
    page = page_of(run_record("single_label", LABELS), tmp_path)
    assert "The picture could not be drawn: confusion matrix." in page.text
    assert page.ids.count("confusion") == 1
    assert [record.getMessage() for record in caplog.records] == [
        "a picture of the report (confusion matrix): failed and left out, the run goes on (MemoryError: Unable to "
        "allocate 14.9 GiB)"
    ]


def test_each_score_stands_beside_its_interval_and_its_baseline(tmp_path: Path) -> None:
    record = run_record("single_label", LABELS)
    known = {
        "baseline": {"dev": {"prediction": "always '<b>no</b>'", "accuracy": 0.99}},
        "interval": {"dev": {"accuracy": [0.81, 0.9]}},
    }
    page = page_of(dataclasses.replace(record, report={**record.report, **known}), tmp_path)
    text = " ".join(page.text.split())
    accuracy = f"{record.scores('dev')['accuracy']:.4f}"
    assert f"{accuracy} accuracy 95 %: 0.8100 to 0.9000 constant: 0.9900" in text
    assert f"dev: accuracy {accuracy} (0.8100 to 0.9000) does not beat always '<b>no</b>' (0.9900)." in text
