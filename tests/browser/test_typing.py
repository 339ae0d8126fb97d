"""The text box of `visualize --open`: what is typed is shown at once, in a real TensorBoard with a tiny model."""

import logging
import warnings
from collections.abc import Iterator

import pytest
from attention_tab import AttentionTab
from selenium.webdriver import Chrome, Keys

from bert_keras import TextClassifier
from bert_keras.insight import make_record
from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.inspection import attention
from bert_keras.tensorboard_plugin.loader import AttentionLoader
from pipelines.visualize.live import live

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of what TensorBoard brings along
    from tensorboard import default, program

TEXT = "the film was good"


@pytest.fixture(scope="module")
def address(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a TensorBoard in this process, which holds the model."""
    folder = tmp_path_factory.mktemp("typing")
    record = make_record(attention(classifier, TEXT), name=TEXT, methods=("raw",), masked=False, model_name="tiny")
    AttentionLog(folder / "run").write(0, TEXT, record)
    (folder / "run" / "predictions.jsonl").write_text('{"text": "the was bad", "gold": "x", "label": "y"}\n')
    plugins = [plugin for plugin in default.get_plugins() if plugin is not AttentionLoader]
    board = program.TensorBoard(plugins=[*plugins, AttentionLoader(live(classifier, "tiny", False))])
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    board.configure(argv=[None, f"--logdir={folder}", "--port=0", "--load_fast=false", "--reload_interval=1"])
    yield board.launch()


@pytest.fixture
def tab(browser: Chrome, address: str) -> Iterator[AttentionTab]:
    """The tab, at the logged text."""
    opened = AttentionTab.of(browser, address)
    opened.wait(lambda: _listed(browser, address))
    opened.open(run="run")
    yield opened
    browser.get("about:blank")


def _listed(browser: Chrome, address: str) -> bool:
    browser.get(f"{address}data/plugin/bert_keras_attention/examples")
    return TEXT in browser.page_source


def type_into(tab: AttentionTab, name: str, text: str) -> None:
    """Types, and waits for the look at all that can be computed."""
    before = int(tab.script("return document.querySelector('.bk-typing').dataset.looks ?? 0"))
    tab.browser.find_element("css selector", f"[data-name=typed-{name}]").send_keys(text)
    looks = "return Number(document.querySelector('.bk-typing').dataset.looks ?? 0)"
    tab.wait(lambda: tab.script(looks) >= before + 2)


def test_what_is_typed_is_predicted_and_shown_in_the_open_view(tab: AttentionTab, classifier: TextClassifier) -> None:
    box = tab.browser.find_element("css selector", "[data-name=typed-0]")
    assert box.get_attribute("value") == TEXT
    type_into(tab, "0", " bad")
    assert (tab.state["run"], tab.state["view"]) == ("(typed)", "text")
    header = tab.scene("scene.record.header")
    (answer,) = classifier.classify([f"{TEXT} bad"])
    assert (header["first"], header["prediction"]["predicted"]) == (f"{TEXT} bad", [answer.label])
    assert header["prediction"]["probabilities"] == pytest.approx(list(answer.probabilities.values()), abs=1e-4)
    assert "integrated_gradients" in header["methods"] and header["masked"]["words"] == [0, 1, 2, 3, 4]
    assert f"{answer.label} {answer.probability:.1%} (" in tab.text()
    assert box.get_attribute("value") == f"{TEXT} bad"  # what is typed is not replaced while it is typed
    tab.drawn(lambda: tab.press("3"), view="matrix")
    assert tab.scene("scene.weights(0).rows") == 7
    type_into(tab, "0", Keys.BACKSPACE * 4)
    assert tab.scene("scene.record.header.first") == TEXT and tab.state["view"] == "matrix"
    assert tab.script("return document.querySelectorAll('[data-name=run] option').length") == 2
    # A version for each text, the quick look replaced by the whole one; and no link, for nothing of it is kept.
    assert tab.script("return document.querySelector('[data-name=step]').max") == "1"
    assert not tab.browser.find_elements("css selector", "[data-name=link]") and "typed" not in tab.browser.current_url


def test_heads_are_switched_off(tab: AttentionTab, classifier: TextClassifier) -> None:
    type_into(tab, "0", "!")
    before = tab.scene("scene.record.header.prediction.logits")
    type_into(tab, "without", "0.0, 1.1")
    assert tab.scene("scene.record.header.prediction.logits") != before
    assert classifier.classify([f"{TEXT}!"])[0].probabilities  # the model has all its heads again
    tab.browser.find_element("css selector", "[data-name=typed-without]").send_keys("x")
    tab.wait(lambda: "heads are layer.head" in tab.text())


def test_a_row_that_is_not_in_the_log_is_looked_at(tab: AttentionTab) -> None:
    tab.browser.find_element("css selector", "[data-name=rows]").click()
    tab.wait(lambda: "1 of 1 rows" in tab.text())
    tab.browser.find_element("css selector", ".bk-row-list").send_keys(Keys.ENTER)
    tab.wait(lambda: tab.state["run"] == "(typed)" and tab.scene("scene.record.header.first") == "the was bad")
    assert not tab.browser.find_element("css selector", ".bk-rows").is_displayed()
    tab.browser.find_element("css selector", "[data-name=rows]").click()  # what is typed has no rows: those of the log
    tab.wait(lambda: tab.browser.find_element("css selector", ".bk-rows").is_displayed())
