"""The table of all rows that a run has predicted, with 30,000 of them."""

import json

import numpy as np
import pytest
from attention_tab import AttentionTab
from chromium import forget
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import Select
from tensorboard_process import TensorBoard

from bert_keras.insight.planes import Plane, write_planes
from bert_keras.insight.train_neighbours import LabelledRow, write_neighbours
from bert_keras.tensorboard_plugin.train_neighbours import digest_of, row_key

COUNT = 30_000
POINTS, SIDE = 10_000, 100
AT = {"run": "pair", "tag": "strong", "view": "text"}


@pytest.fixture(scope="module")
def predicted(tensorboard: TensorBoard) -> None:
    """The predictions of 30,000 rows beside the run `pair`: every tenth is wrong, and the last is in the log."""
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
    predictions = tensorboard.logs / "pair" / "predictions.jsonl"
    predictions.write_text(lines, encoding="utf-8")
    digest = digest_of(predictions)
    # Neighbours of the first row alone, and a picture of 10,000 rows: a grid of 100 by 100.
    train = [LabelledRow("a <b>near</b> row", "label 1", "train.tsv, line 7"), LabelledRow("a far row", "label 0")]
    found = (np.array([[0, 1]]), np.array([[0.75, -0.5]]))
    about = {"predictions": digest, "rows": COUNT, "train_rows": 5_000, "train": ""}
    write_neighbours(
        predictions.parent / "neighbours.jsonl", [LabelledRow(rows[0]["text"], "label 0")], train, found, about
    )
    places = np.stack(np.divmod(np.arange(POINTS), SIDE), axis=1).astype(float)
    keys = [row_key(row["text"], None) for row in rows[:POINTS]]
    write_planes(predictions.parent / "points.json", keys, [Plane("PCA", "A grid.", places)], digest)


def lines(tab: AttentionTab) -> list[list[str]]:
    """The cells of the lines that are elements, from the first on."""
    tab._frames()
    code = """return [...document.querySelectorAll('.bk-lines .bk-line')]
    .map((line) => [...line.children].map((cell) => cell.textContent))"""
    return tab.script(code)


def table(tab: AttentionTab) -> AttentionTab:
    tab.open(**AT)
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: f"{COUNT} of {COUNT} rows" in told(tab))
    return tab


def told(tab: AttentionTab) -> str:
    return tab.script("return document.querySelector('.bk-row-told').textContent")


@pytest.mark.usefixtures("predicted")
def test_only_lines_in_sight_are_elements_and_scrolling_reaches_the_last(tab: AttentionTab) -> None:
    table(tab)
    assert f"{COUNT // 10 + 1} of them wrong" in told(tab)
    assert lines(tab)[0] == ["✗", "row 0 of <b>many</b>", "label 0", "label 1", "0.0 %", "20"]
    assert 10 < len(lines(tab)) < 80
    tab.script("const list = document.querySelector('.bk-row-list'); list.scrollTop = list.scrollHeight / 2")
    assert any(cells[1].startswith(f"row {COUNT // 2} of") for cells in lines(tab)) and len(lines(tab)) < 80
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
    assert f"{len(expected)} of {COUNT} rows" in told(tab)
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
def test_the_row_at_the_cursor_has_its_nearest_training_rows(tab: AttentionTab) -> None:
    table(tab)
    assert not tab.browser.find_element("css selector", ".bk-near").is_displayed()
    grid = tab.browser.find_element("css selector", ".bk-row-list")
    grid.send_keys(Keys.ARROW_DOWN, Keys.ARROW_UP)
    tab.wait(lambda: tab.browser.find_elements("css selector", ".bk-near-line"))
    near = [line.text.split("\n") for line in tab.browser.find_elements("css selector", ".bk-near-line")]
    assert near == [["0.750", "≠", "label 1", "a <b>near</b> row"], ["-0.500", "label 0", "a far row"]]
    said = tab.browser.find_element("css selector", ".bk-near-told")
    assert said.text.startswith("Nearest of 2 of 5000 training rows (a random sample): 1 × label 1, 1 × label 0.")
    tab.browser.find_element("css selector", "[data-place='1']").click()
    tab.wait(lambda: f"looked for of 1 of {COUNT} rows" in said.text)
    tab.browser.find_element("css selector", "[data-name=look-inside]").click()
    tab.wait(lambda: "not in the log" in told(tab))


@pytest.mark.usefixtures("predicted")
def test_a_lasso_in_the_picture_of_the_rows_lists_what_it_encloses(tab: AttentionTab) -> None:
    table(tab)
    over = tab.browser.find_element("css selector", ".bk-map-over")
    points = tab.browser.find_element("css selector", ".bk-map-points")
    tab.wait(lambda: points.get_attribute("data-drawn"))
    assert f"{POINTS} of {COUNT} rows, wrong ones first" in tab.text()
    # The grid is a square in the middle; a lasso around its upper right quarter, and what is beyond.
    side = min(over.size["width"], over.size["height"]) / 2 + 4
    drag = ActionChains(tab.browser, duration=0).move_to_element(over).move_by_offset(1, -1).click_and_hold()
    for x, y in ((0, -side), (side, 0), (0, side), (-side + 3, 0)):
        drag = drag.move_by_offset(round(x), round(y))
    drag.release().perform()
    tab.wait(lambda: "rows in the lasso" in told(tab))
    enclosed = int(told(tab).split(" of ")[0])
    assert abs(enclosed - POINTS // 4) < 200
    numbers = [int(cells[1].split()[1]) for cells in lines(tab)]
    assert all(number // SIDE >= 49 and number % SIDE >= 49 for number in numbers)
    tab.browser.find_element("css selector", "[data-name=map-all]").click()
    tab.wait(lambda: f"{COUNT} of {COUNT} rows" in told(tab))
    # A label of the legend lists its rows, and again all.
    entry = tab.browser.find_element("css selector", "button.bk-map-entry")
    entry.click()
    tab.wait(lambda: {cells[2] for cells in lines(tab)} == {entry.text.split(" (")[0]})
    entry.click()
    tab.wait(lambda: f"{COUNT} of {COUNT} rows" in told(tab))
    # A click on a point goes to its row.
    ActionChains(tab.browser, duration=0).move_to_element(over).click().perform()
    tab.wait(lambda: tab.browser.find_element("css selector", ".bk-near").is_displayed())
    text = tab.browser.find_element("css selector", ".bk-near-text").text
    assert all(48 <= number <= 51 for number in divmod(int(text.split()[1]), SIDE))
    tab.wait(lambda: text in tab.browser.find_element("css selector", ".bk-line[aria-selected=true]").text)


@pytest.mark.usefixtures("predicted")
def test_a_run_without_predictions_says_where_they_would_be(tab: AttentionTab) -> None:
    tab.open(run="reader", tag="question")
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: "no predictions.jsonl below the log folder" in tab.text())
    forget(tab.browser)  # the browser complains of the answer 404
