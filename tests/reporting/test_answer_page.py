import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from answer_records import answer_record, as_squad_1, nasty_questions, questions
from html_page import Page, assert_harmless
from run_records import NASTY

from bert_keras import evaluation
from bert_keras.reporting import AnsweredQuestion, AnswerRunRecord, write_answer_page

SECTIONS = ["scores", "training", "data", "kinds", "outputs", "examples", "model", "use"]


def page_of(record: AnswerRunRecord, asked: Sequence[AnsweredQuestion], folder: Path) -> Page:
    write_answer_page(record, asked, folder / "report.html")
    return Page(folder / "report.html")


@pytest.fixture(scope="module")
def squad_2(tmp_path_factory: pytest.TempPathFactory) -> Page:
    asked = [*questions(120), *nasty_questions()]
    return page_of(answer_record(asked), asked, tmp_path_factory.mktemp("squad_2"))


@pytest.fixture(scope="module")
def squad_1(tmp_path_factory: pytest.TempPathFactory) -> Page:
    asked = as_squad_1(questions(120))
    return page_of(answer_record(asked, squad_1=True), asked, tmp_path_factory.mktemp("squad_1"))


@pytest.fixture(params=["squad_1", "squad_2"])
def page(request: pytest.FixtureRequest) -> Page:
    return request.getfixturevalue(request.param)


def test_a_page_has_all_sections_and_links_to_the_errors(page: Page) -> None:
    assert page.ids == SECTIONS
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert links == [*(f"#{name}" for name in SECTIONS), "errors.html", "errors.html"]


def test_a_page_runs_nothing_and_asks_nobody(page: Page) -> None:
    assert_harmless(page, ["errors.html"])


def test_scores_stand_in_tiles_in_percent(squad_2: Page, squad_1: Page) -> None:
    asked = [*questions(120), *nasty_questions()]
    tiles = re.findall(r'<div class="tile"><b>([\d.]+)</b><span>([^<]*)</span>', squad_2.source)
    assert tiles[0] == (f"{100 * np.mean([of.f1 for of in asked]):.2f}", "F1")
    assert [name for _, name in tiles[2:4]] == ["F1 of the best span", "exact match of the best span"]
    assert len(tiles) == 9
    assert f"Who answers nothing at all has {100 * np.mean([not of.gold for of in asked]):.2f}." in squad_2.text
    assert re.findall(r'<div class="tile"><b>[\d.]+</b><span>([^<]*)</span>', squad_1.source) == ["F1", "exact match"]


def test_what_squad_1_does_not_have_is_left_out(squad_1: Page) -> None:
    assert "threshold" not in squad_1.text.lower()
    assert "null odds" not in squad_1.text


def test_calibration_compares_the_confidence_in_what_was_answered_with_exact_match(squad_1: Page) -> None:
    asked = as_squad_1(questions(120))
    right, confidence = (np.array([[getattr(of, name)] for of in asked]) for name in ("exact", "probability"))
    assert f"calibration, ECE {evaluation.reliability(right, confidence).error:.4f}" in squad_1.text
    silent = next(of for of in questions(120) if not of.answered)
    assert silent.confidence == silent.null_probability


def test_data_tells_what_was_left_out_and_what_was_repaired(page: Page) -> None:
    shown = " ".join(page.text.split())
    assert "12 answer not found 3 blanks, 1 bytes" in shown
    assert "train: data/<b>squad</b>.json" in page.text


def test_the_article_of_the_lowest_f1_comes_first_and_the_others_stay_in_order(page: Page) -> None:
    def figures(name: str) -> list[float]:
        table = page.source[page.source.index(f'<table id="{name}"') :]
        return [
            float(value) for value in re.findall(r'(\d+\.\d\d)<span class="bar">', table[: table.index("</table>")])
        ]

    assert figures("by_article") == sorted(place * 37 % 100 for place in range(60))[:20]
    assert figures("by_question_word") == [0, 37, 74, 11, 48, 85, 22]
    assert "20 of 60" in page.text


def test_the_ten_hardest_questions_come_with_their_marks(squad_2: Page) -> None:
    section = squad_2.source[squad_2.source.index('id="examples"') : squad_2.source.index('id="model"')]
    losses = [float(value) for value in re.findall(r"loss (\d+\.\d+)", section)]
    assert losses == pytest.approx(sorted((of.loss for of in questions(120)), reverse=True)[:10], abs=1e-3)
    assert section.count("<li>") == section.count('<svg class="strip"') == 10
    assert "<mark" in section[section.index("<li>") :]


def test_texts_of_any_signs_are_shown_as_they_are(tmp_path: Path) -> None:
    asked = nasty_questions()
    page = page_of(answer_record(asked, squad_1=True), asked, tmp_path)
    assert all(page.texts.count(text) >= 6 for text in NASTY)
    assert_harmless(page, ["errors.html"])


def test_commands_are_quoted_for_the_shell_and_for_python(page: Page) -> None:
    assert "bert-keras predict --model 'runs/my reader' --question \"…\" --context FILE" in page.text
    assert "reader = bert_keras.SpanExtractor.from_preset('runs/my reader')" in page.text
    assert "--model_name='my <reader>' --model_base_path=\"$PWD/\"'saved_models/my reader'" in page.text


def test_the_adapter_is_among_the_facts_of_the_model(page: Page) -> None:
    assert "adapter: rank" in page.text


def test_a_page_is_the_same_every_time(squad_1: Page, tmp_path: Path) -> None:
    asked = as_squad_1(questions(120))
    assert page_of(answer_record(asked, squad_1=True), asked, tmp_path).source == squad_1.source


def test_a_run_without_curves_tables_and_export_still_has_its_page(tmp_path: Path) -> None:
    asked = questions(8)
    whole = answer_record(asked)
    report = {"metrics": {"exact": 1.0, "f1": 2.0}, "data": {"train": {}}, "model": {"preset": "tiny", "adapter": None}}
    none = np.empty(0, int)
    bare = dataclasses.replace(
        whole, report=report, train={}, dev={}, train_lengths=none, dev_lengths=none, served_path=None
    )  # fmt: skip
    page = page_of(bare, asked, tmp_path)
    assert page.ids == [name for name in SECTIONS if name != "kinds"]
    assert "SavedModel" not in page.text
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_words_of_the_hardest_questions_are_coloured_if_they_were_looked_at(tmp_path: Path, squad_2: Page) -> None:
    asked = questions(12)
    record = dataclasses.replace(
        answer_record(asked), words=lambda chosen: [[(of.question[:3], -0.5), (of.question[3:], 0.0)] for of in chosen]
    )
    page = page_of(record, asked, tmp_path)
    assert re.search(r'<span class="against" style="--share: 50%">(Who|Whi|How|Wha|Whe|In )</span>', page.source)
    assert ("replaced by" in page.text, "replaced by" in squad_2.text) == (True, False)
