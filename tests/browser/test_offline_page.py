from pathlib import Path

import pytest
from attention_tab import AttentionTab
from chromium import Requests, forget
from made_logs import FIRST, HOSTILE, SECOND, STRONG
from made_records import record_of
from selenium.webdriver import Chrome

from bert_keras import TextClassifier
from bert_keras.insight import Record, make_record, write_page
from bert_keras.insight.inspection import attention
from bert_keras.insight.notebook import Shown

((LAYER, HEAD, FROM), (TO, _)), *_ = STRONG.items()


def steps() -> list[Record]:
    """Returns the records of two steps of one text."""
    weights = {1: 0.25, 2: 0.81}
    return [
        record_of("a text", FIRST, SECOND, strong={(LAYER, HEAD, FROM): (TO, weight)}).at(step)
        for step, weight in weights.items()
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, classifier: TextClassifier) -> Path:
    """A page of made records and of a real model's record."""
    path = tmp_path_factory.mktemp("offline") / "page.html"
    hostile = record_of(HOSTILE, HOSTILE, "<svg/onload=alert(1)> b", labels=("</script><b>no</b>", "<u>yes</u>"))
    real = make_record(
        attention(classifier, "the film was </script><img src=x onerror=alert(1)> good 🙂"), name="of a model"
    )
    write_page(path, [*steps(), hostile, real])
    return path


def test_the_page_makes_no_request_at_all(browser: Chrome, page: Path) -> None:
    forget(browser)
    tab = AttentionTab(browser, page.as_uri())
    for view in ("heads", "grid", "matrix", "text", "architecture"):
        tab.open(view=view)
    asked = Requests(browser)
    assert asked.failed == []
    assert {address.split("#")[0] for address in asked.addresses} <= {page.as_uri(), "about:blank"}


def test_its_numbers_and_steps_are_those_of_the_records(browser: Chrome, page: Path) -> None:
    tab = AttentionTab(browser, page.as_uri())
    for step, weight in ((1, "0.25 "), (2, "0.81 ")):
        tab.open(run="made", tag="a text", view="matrix", layer=LAYER, head=HEAD, step=step)
        assert weight in tab.hover(tab.place(**{"from": FROM, "to": TO}))


def test_every_record_is_shown_and_none_of_them_is_markup(browser: Chrome, page: Path) -> None:
    tab = AttentionTab(browser, page.as_uri())
    tab.open()
    runs = tab.script(
        "return [...document.querySelectorAll('select[data-name=run] option')].map((option) => option.textContent)"
    )
    tags = tab.script(
        "return [...document.querySelectorAll('select[data-name=tag] option')].map((option) => option.textContent)"
    )
    assert len(runs) * len(tags) >= 3
    assert tab.browser.title != "owned"
    assert not tab.browser.find_elements("css selector", "img, u, b > i")


def test_a_record_of_a_real_model_is_drawn_in_all_views(
    browser: Chrome, classifier: TextClassifier, tmp_path: Path
) -> None:
    write_page(
        tmp_path / "one.html",
        make_record(attention(classifier, "the film was not good, it played badly"), name="of a model"),
    )
    tab = AttentionTab(browser, (tmp_path / "one.html").as_uri())
    tab.open(view="heads", layer=1)
    for view in ("grid", "matrix", "text", "architecture", "heads"):
        tab.go(view=view)
        assert tab.picture().std() > 1
        for thing in tab.things(24)[:4]:
            tab.hover(tab.place(4, **thing))


def test_in_a_notebooks_frame_it_is_drawn_without_asking_anybody(browser: Chrome, tmp_path: Path) -> None:
    shown = Shown((steps()[1],), height=600)._repr_html_()
    (tmp_path / "notebook.html").write_text(
        f"<!DOCTYPE html><html><body><p>A cell</p>{shown}</body></html>", encoding="utf-8"
    )
    forget(browser)
    browser.get((tmp_path / "notebook.html").as_uri())
    browser.switch_to.frame(browser.find_element("css selector", "iframe"))
    tab = AttentionTab(browser, "")
    tab.wait(lambda: tab.draws)
    assert tab.picture().std() > 1
    tab.drawn(lambda: tab.press("3"), view="matrix")
    browser.switch_to.default_content()
    asked = Requests(browser)
    assert asked.failed == []
    assert {address for address in asked.addresses if not address.startswith("about:")} == {
        (tmp_path / "notebook.html").as_uri()
    }
