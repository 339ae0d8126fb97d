import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from answer_records import PARAGRAPH, answered, as_squad_1, nasty_questions, questions
from html_page import Page, assert_harmless
from run_records import NASTY

from bert_keras.reporting import AnsweredQuestion, write_answer_errors_page
from bert_keras.reporting.answer_examples import error_kind

KINDS = ["wrong-span", "partial", "needless", "missed"]


def page_of(asked: Sequence[AnsweredQuestion], folder: Path, title: str = "errors") -> Page:
    write_answer_errors_page(asked, folder / "errors.html", title)
    return Page(folder / "errors.html")


def section(page: Page, kind: str) -> str:
    begin = page.source.index(f'<section id="{kind}"')
    return page.source[begin : page.source.index("</section>", begin)]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(questions(800), tmp_path_factory.mktemp("many"))


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(nasty_questions(), tmp_path_factory.mktemp("nasty"), NASTY[1])


def test_errors_stand_by_kind_with_their_counts_on_top(many: Page) -> None:
    assert many.ids == ["kinds", *KINDS]
    found = [error_kind(of) for of in questions(800)]
    counts = {name: sum(kind is not None and kind.name == name for kind in found) for name in KINDS}
    links = [attributes["href"] for tag, attributes in many.elements if tag == "a"]
    assert links == [f"#{name}" for name in KINDS]
    assert re.findall(r'<div class="tile"><b>(\d+)</b>', many.source) == [str(counts[name]) for name in KINDS]
    assert f"{sum(counts.values())} of 800 questions answered wrongly. Shown are 200" in many.text


def test_of_each_kind_those_of_the_highest_loss_are_shown_highest_first(many: Page) -> None:
    total = 0
    for name in KINDS:
        kind = [of.loss for of in questions(800) if (found := error_kind(of)) and found.name == name]
        shown = [float(loss) for loss in re.findall(r"loss (\d+\.\d+)", section(many, name))]
        assert len(shown) >= min(50, len(kind))
        assert shown == pytest.approx(sorted(kind, reverse=True)[: len(shown)], abs=1e-3)
        total += len(shown)
    assert total == 200


def test_what_a_rare_kind_leaves_of_the_page_goes_to_the_others(tmp_path: Path) -> None:
    wrong = [answered("?", PARAGRAPH, ["rapeseed oil"], "paraffin", -1.0, number) for number in range(300)]
    partial = [answered("?", PARAGRAPH, ["rapeseed oil"], "oil", -1.0, number) for number in range(7)]
    page = page_of([*wrong, *partial], tmp_path)
    assert page.ids == ["kinds", "wrong-span", "partial"]
    assert section(page, "wrong-span").count("<span>loss ") == 193
    assert section(page, "partial").count("<span>loss ") == 7
    assert "The 193 of the highest loss of 300." in page.text


def test_a_question_is_shown_with_all_that_explains_its_answer(tmp_path: Path) -> None:
    question = answered("What burned?", PARAGRAPH, ["rapeseed oil", "oil"], "burned rapeseed oil, later", -1.25, 7)
    silent = answered("?", PARAGRAPH, [], None, 9.0)
    shown = " ".join(page_of([question, silent], tmp_path).text.split())
    for text in (
        "What burned?",
        "null odds -1.25",
        "F1 0.67",
        f"loss {question.loss:.3f}",
        "q00007",
        question.place,
        "Lighthouses",
    ):
        assert text in shown
    assert "gold: rapeseed oil , oil predicted: burned rapeseed oil, later 0.700" in shown
    assert "614 characters, 111 tokens, 2 windows, gold in window 2, best span in window 2" in shown
    assert f"no answer {question.null_probability:.4f}" in shown


def test_gold_and_predicted_are_marked_and_both_where_they_overlap(tmp_path: Path) -> None:
    page = page_of([answered("?", PARAGRAPH, ["first lamp burned"], "lamp burned rapeseed", -1.0)], tmp_path)
    marks = re.findall(r'<mark class="([a-z ]*)" title="([a-z ,]*)">([^<]*)</mark>', section(page, "partial"))
    assert [(names.split(), title, text) for names, title, text in marks] == [
        (["gold"], "gold answer", "first "),
        (["gold", "best"], "gold answer and predicted answer", "lamp burned"),
        (["best"], "predicted answer", " rapeseed"),
    ]


def test_a_span_that_was_held_back_is_shown_as_such(tmp_path: Path) -> None:
    page = page_of([answered("?", PARAGRAPH, ["rapeseed oil"], "paraffin", 2.0)], tmp_path)
    assert 'best withheld" title="best span, held back">paraffin</mark>' in section(page, "missed")
    assert "predicted: no answer" in " ".join(page.text.split())
    assert "held back: paraffin" in " ".join(page.text.split())


def test_a_question_without_any_span_is_shown_too(tmp_path: Path) -> None:
    page = page_of([dataclasses.replace(answered("?", "", [], None, 0.0), f1=0.0, windows=())], tmp_path)
    assert "0 characters, 0 tokens, 0 windows" in page.text


def test_a_document_of_sixty_thousand_characters_does_not_fill_the_page(tmp_path: Path) -> None:
    context = " ".join(f"[{number}] {PARAGRAPH}" for number in range(100))
    page = page_of([answered("?", context, ["[70]"], "[20]", -1.0)], tmp_path)
    assert len(page.text) < 4_000
    assert page.source.count('<rect class="window"') == len(answered("?", context, [], None, 0.0).windows) > 200
    assert sum(map(int, re.findall(r"… (\d+) characters …", page.text.replace(",", "")))) > 60_000


def test_a_page_runs_nothing_and_asks_nobody(many: Page, nasty: Page) -> None:
    assert_harmless(many)
    assert_harmless(nasty)


@pytest.mark.parametrize("text", NASTY)
def test_texts_of_any_signs_are_shown_as_they_are(nasty: Page, text: str) -> None:
    assert nasty.texts.count(text) >= 6  # question, gold answer in context and below, article, place, id


def test_texts_stand_in_their_own_direction(nasty: Page) -> None:
    texts = [attributes for _, attributes in nasty.elements if "text" in (attributes.get("class") or "").split()]
    assert len(texts) == 2 * len(NASTY)
    assert all(attributes["dir"] == "auto" for attributes in texts)


def test_null_odds_are_told_only_where_a_question_can_be_without_answer(tmp_path: Path, many: Page) -> None:
    page = page_of(as_squad_1(questions(40)), tmp_path)
    assert "null odds" not in page.text and "no answer" not in page.text
    assert "null odds" in many.text


def test_a_reader_without_errors_has_its_page(tmp_path: Path) -> None:
    page = page_of([answered("?", PARAGRAPH, ["rapeseed oil"], "rapeseed oil", -1.0)], tmp_path)
    assert "0 of 1 questions answered wrongly" in page.text
    assert page.ids == ["kinds"]
    assert [path.name for path in tmp_path.iterdir()] == ["errors.html"]


def test_a_page_is_the_same_every_time(nasty: Page, tmp_path: Path) -> None:
    assert page_of(nasty_questions(), tmp_path, NASTY[1]).source == nasty.source
