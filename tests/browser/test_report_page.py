import sys
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

sys.path.append(str(Path(__file__).parents[1] / "reporting"))  # where made-up runs are

from run_records import run_record  # noqa: E402

from bert_keras.reporting import write_run_page  # noqa: E402

LABELS = [f"intent_number_{place:02d}_of_the_bank" for place in range(77)]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_run_page(run_record("single_label", LABELS, rows=900), path)
    return path.as_uri()


def test_the_data_table_fits_a_narrow_window(browser: Chrome, page: str) -> None:
    browser.set_window_size(600, 900)
    browser.get(page)
    table = browser.find_element(By.CSS_SELECTOR, "table.splits")
    assert table.size["width"] <= table.find_element(By.XPATH, "..").size["width"]
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")


def test_a_matrix_of_77_labels_scrolls_visibly_and_changes_its_order(browser: Chrome, page: str) -> None:
    browser.set_window_size(1200, 900)
    browser.get(page)
    first, second = browser.find_elements(By.CSS_SELECTOR, ".matrix")
    assert first.is_displayed() and not second.is_displayed()
    inside = "const box = arguments[0]; return [box.scrollWidth - box.clientWidth, box.offsetHeight - box.clientHeight]"
    beyond, bar = browser.execute_script(inside, first)
    assert beyond > 0 and bar > 8  # a bar that takes room is always seen
    browser.execute_script("arguments[0].click()", browser.find_element(By.ID, "order-2"))  # the page scrolls smoothly
    assert second.is_displayed() and not first.is_displayed()
    assert LABELS[0] in second.text
