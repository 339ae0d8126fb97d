"""The table of all rows that a run has predicted, with 100,000 of them."""

import json

import pytest
from attention_tab import AttentionTab
from chromium import forget
from selenium.webdriver import Keys
from selenium.webdriver.support.ui import Select
from tensorboard_process import TensorBoard

COUNT = 100_000
AT = {"run": "pair", "tag": "strong", "view": "text"}


@pytest.fixture(scope="module")
def predicted(tensorboard: TensorBoard) -> None:
    """The predictions of 100,000 rows beside the run `pair`: every tenth is wrong, and the last is in the log."""
    rows = [
        {
            "text": f"row {number} of <b>many</b>",
            "gold": f"label {number % 7}",
            "label": f"label {(number + (number % 10 == 0)) % 7}",
            "probability": (number * 7919 % COUNT) / COUNT,
        }
        for number in range(COUNT - 1)
    ]
    logged = {"text": "one twothree four", "pair": "five six", "gold": "negative", "label": "positive"}
    lines = "\n".join(json.dumps(row) for row in [*rows, logged])
    (tensorboard.logs / "pair" / "predictions.jsonl").write_text(lines, encoding="utf-8")


def lines(tab: AttentionTab) -> list[list[str]]:
    """The cells of the lines that are elements, from the first on."""
    tab._frames()
    code = """return [...document.querySelectorAll('.bk-lines .bk-line')]
    .map((line) => [...line.children].map((cell) => cell.textContent))"""
    return tab.script(code)


def table(tab: AttentionTab) -> AttentionTab:
    tab.open(**AT)
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: "100000 of 100000 rows" in told(tab))
    return tab


def told(tab: AttentionTab) -> str:
    return tab.script("return document.querySelector('.bk-row-told').textContent")


@pytest.mark.usefixtures("predicted")
def test_only_lines_in_sight_are_elements_and_scrolling_reaches_the_last(tab: AttentionTab) -> None:
    table(tab)
    assert "10001 of them wrong" in told(tab)
    assert lines(tab)[0] == ["✗", "row 0 of <b>many</b>", "label 0", "label 1", "0.0 %", "20"]
    assert 10 < len(lines(tab)) < 80
    tab.script("const list = document.querySelector('.bk-row-list'); list.scrollTop = list.scrollHeight / 2")
    assert any(cells[1].startswith("row 50000 of") for cells in lines(tab)) and len(lines(tab)) < 80
    assert not tab.browser.find_elements("css selector", ".bk-line b")


@pytest.mark.usefixtures("predicted")
def test_rows_are_filtered_and_sorted(tab: AttentionTab) -> None:
    table(tab)
    Select(tab.browser.find_element("css selector", "select[data-name=row-which]")).select_by_value("wrong")
    Select(tab.browser.find_element("css selector", "select[data-name=row-true]")).select_by_value("label 3")
    tab.browser.find_element("css selector", "input[data-name=row-sure-from]").send_keys("90")
    tab.browser.find_element("css selector", "[data-sort=probability]").click()
    expected = sorted(
        ((number * 7919 % COUNT) / COUNT, number)
        for number in range(0, COUNT - 1, 10)
        if number % 7 == 3 and (number * 7919 % COUNT) / COUNT >= 0.9
    )
    assert f"{len(expected)} of 100000 rows" in told(tab)
    assert lines(tab)[0][1] == f"row {expected[-1][1]} of <b>many</b>"
    tab.browser.find_element("css selector", "[data-sort=probability]").click()
    assert lines(tab)[0][1] == f"row {expected[0][1]} of <b>many</b>"
    tab.browser.find_element("css selector", "input[data-name=row-text]").send_keys("ROW 99")
    assert {cells[1][:6] for cells in lines(tab)} <= {"row 99"}


@pytest.mark.usefixtures("predicted")
def test_keys_walk_and_enter_opens_what_is_in_the_log(tab: AttentionTab) -> None:
    table(tab)
    grid = tab.browser.find_element("css selector", ".bk-row-list")
    grid.send_keys(Keys.ARROW_DOWN, Keys.PAGE_DOWN, Keys.ENTER)
    tab.wait(lambda: "not in the log" in told(tab))
    assert "bert-keras visualize --model RUN --text 'row " in told(tab)
    grid.send_keys(Keys.END)
    assert lines(tab)[-1][1] == "● one twothree four │ five six"
    grid.send_keys(Keys.ENTER)
    tab.wait(lambda: not tab.browser.find_element("css selector", ".bk-rows").is_displayed())
    assert tab.state["tag"] == "strong"
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: tab.browser.find_element("css selector", ".bk-rows").is_displayed())
    tab.browser.find_element("css selector", ".bk-row-list").send_keys(Keys.ESCAPE)
    assert not tab.browser.find_element("css selector", ".bk-rows").is_displayed()
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: tab.browser.find_element("css selector", ".bk-rows").is_displayed())
    tab.drawn(lambda: tab.browser.find_element("css selector", "[data-name=tab-matrix]").click(), view="matrix")
    assert not tab.browser.find_element("css selector", ".bk-rows").is_displayed()


@pytest.mark.usefixtures("predicted")
def test_a_run_without_predictions_says_where_they_would_be(tab: AttentionTab) -> None:
    tab.open(run="reader", tag="question")
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: "no predictions.jsonl below the log folder" in tab.text())
    forget(tab.browser)  # the browser complains of the answer 404
