import re
from pathlib import Path

import numpy as np
import pytest
from html_page import Page, assert_harmless
from run_records import NASTY
from vector_records import KINDS, vector_record

from bert_keras.reporting import VectorFindings, write_vector_page
from bert_keras.reporting.vector_pictures import recall_figure, separation


@pytest.fixture(params=KINDS)
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Page:
    write_vector_page(vector_record(request.param), tmp_path / "report.html")
    return Page(tmp_path / "report.html")


def test_a_page_of_any_kind_has_all_sections_and_asks_nobody(page: Page) -> None:
    assert_harmless(page)
    sections = ["scores", "training", "data", "similarity", "found", "examples", "model", "use"]
    assert [name for name in page.ids if name != "now"] == sections
    assert "could not be drawn" not in page.text
    assert page.source.count("<svg") == (6 if "median" in page.text and "Correlation" in page.text else 5)
    for name in NASTY:
        assert name in page.texts


def test_scores_stand_beside_those_before_and_worse_ones_are_marked(tmp_path: Path) -> None:
    write_vector_page(vector_record("pairs"), tmp_path / "report.html")
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    rows = re.findall(
        r'<th scope="row">(\w+)</th><td>([^<]+)</td><td class="number">(.*?)</td><td class="(.*?)">', source
    )
    assert rows[:3] == [
        ("dev", "mean reciprocal rank", "0.5000", "number better"),
        ("dev", "recall at 1", "0.5000", "number better"),
        ("dev", "recall at 10", "", "number better"),
    ]
    assert rows[3][3] == "number better" or rows[3][3] == "number worse"
    assert "bert-keras serve --model_name &#39;my run&#39;" in source


def test_where_nothing_can_be_found_no_recall_is_drawn(tmp_path: Path) -> None:
    write_vector_page(vector_record("labelled_texts", (0, 0, 0, 0)), tmp_path / "report.html")
    assert "No text of dev has another one that belongs to it." in (tmp_path / "report.html").read_text(
        encoding="utf-8"
    )


def test_the_separation_is_the_share_of_pairs_in_the_right_order() -> None:
    random = np.random.default_rng(0)
    together, apart = random.integers(0, 9, 40) / 9, random.integers(0, 7, 30) / 9
    order = np.sign(together[:, np.newaxis] - apart) / 2 + 0.5
    assert separation(VectorFindings(together, apart, apart)) == pytest.approx(order.mean())


def test_recall_counts_the_rows_that_are_found_so_soon() -> None:
    lines = recall_figure({"before": np.array([1, 3, 60, 2]), "after": np.array([1, 1, 1, 4])}).axes[0].lines
    before, after = (line.get_ydata() for line in lines)
    assert len(before) == 50
    assert before[[0, 1, 2, 49]].tolist() == [0.25, 0.5, 0.75, 0.75]
    assert after[[0, 2, 3]].tolist() == [0.75, 0.75, 1.0]
