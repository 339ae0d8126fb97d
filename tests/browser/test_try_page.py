import csv
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from chromium import Requests, complaints, forget
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.support.select import Select
from served_models import ServedModels
from try_page import TryPage

from bert_keras import TextClassifier, serving
from bert_keras.insight import attributions, target_of, word_attributions
from bert_keras.insight.head_statistics import head_statistics
from bert_keras.insight.inspection import attention
from bert_keras.models import SpanExtractor

MARKUP = "<img src=x onerror=\"document.title='owned'\">"
DOCUMENT = "🙂 the film was good. 🙂 a play was not bad, the café was good, b c d e"


@pytest.fixture(scope="module")
def reader(build_extractor: Callable[..., SpanExtractor]) -> SpanExtractor:
    return build_extractor(null_threshold=None, n_best=20)


@pytest.fixture(scope="module")
def pairs(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    """A model of pairs with several labels, one of which is markup, and one layer: explanations are slow to export."""
    backbone = {"num_layers": 1, "max_sequence_length": 32}
    return build_classifier(backbone, 32, task="multi_label", labels=["a", "<b>b</b>", "c"], pairs=True)


@pytest.fixture(scope="module")
def number(build_classifier: Callable[..., TextClassifier]) -> TextClassifier:
    return build_classifier(task="regression", labels=[])


@pytest.fixture(scope="module")
def served(
    classifier: TextClassifier,
    reader: SpanExtractor,
    pairs: TextClassifier,
    number: TextClassifier,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ServedModels]:
    folder = tmp_path_factory.mktemp("served")
    signatures = {
        "reviews": ("strings",),
        "reader": ("strings",),
        "pairs": ("strings", "explain"),
        "stars": ("strings",),
    }
    for name, model in zip(signatures, (classifier, reader, pairs, number), strict=True):
        serving.export(model, folder / name, signatures=signatures[name])
    shutil.copytree(folder / "stars" / "1", folder / "stars" / "2")
    with ServedModels({name: folder / name for name in signatures}, folder / "said.txt") as running:
        yield running


@pytest.fixture
def page(browser: Chrome, served: ServedModels) -> TryPage:
    return TryPage(browser, served.address)


def test_the_models_are_listed_with_what_they_take(page: TryPage) -> None:
    page.open("reviews")
    assert [item.splitlines() for item in page.texts(".model")] == [
        ["reviews", "version 1 is served", "takes text, gives one label", "serving_default"],
        ["reader", "version 1 is served", "takes question and document, gives an answer", "serving_default"],
        ["pairs", "version 1 is served", "takes text and second text, gives labels", "serving_default, explain"],
        ["stars", "version 2 is served", "version 1 is served", "takes text, gives a number", "serving_default"],
    ]


def test_a_short_text_is_answered_while_it_is_typed(page: TryPage, classifier: TextClassifier) -> None:
    page.open("reviews")
    for text in ("the film was good", "a bad film"):
        page.type("text", text)
        (answer,) = classifier.classify([text])
        shown = f"{answer.label} {100 * answer.probability:.1f} %"
        page.wait(lambda shown=shown: page.text(".headline") == shown)
    page.type("text", "x" * 1001)
    time.sleep(0.5)
    assert page.text(".headline") == shown  # a long text waits for the button


def test_an_older_version_can_be_chosen(page: TryPage) -> None:
    def asked(version: int) -> int:
        page.predict(text="good")
        return page.requests(f"/v1/models/stars/versions/{version}:predict")

    page.open("stars")
    page.wait(lambda: asked(2))
    Select(page.find(".version select")).select_by_visible_text("version 1")
    page.wait(lambda: asked(1))  # once the page has read what that version takes


def test_a_text_gets_the_probabilities_of_python(page: TryPage, classifier: TextClassifier) -> None:
    page.open("reviews")
    page.predict(text="the film was not good 🙂")
    (wanted,) = classifier.classify(["the film was not good 🙂"])
    shown = [bar.splitlines() for bar in page.texts(".bars li")]
    best = sorted(wanted.probabilities.items(), key=lambda item: -item[1])
    assert shown == [[label, f"{100 * probability:.1f} %"] for label, probability in best]
    assert page.text(".headline").startswith(wanted.label)
    assert "--name reviews --signatures strings,token_ids,explain" in page.text(".why pre")


def test_control_and_enter_send_the_form(page: TryPage) -> None:
    page.open("reviews")
    page.find("#input-text").send_keys("good", Keys.CONTROL, Keys.ENTER)
    page.wait(lambda: page.find(".bars li"))


def test_several_labels_are_shown_and_none_is_markup(page: TryPage, pairs: TextClassifier) -> None:
    page.open("pairs")
    page.predict(text=MARKUP, pair="the film")
    (wanted,) = pairs.classify([(MARKUP, "the film")])
    best = sorted(wanted.probabilities.items(), key=lambda item: -item[1])
    assert [bar.splitlines()[0] for bar in page.texts(".bars li")] == [label for label, _ in best]
    assert len(page.all(".bars .chosen")) == len(wanted.labels)
    assert page.browser.title != "owned"
    assert not page.all("img, .bars b")


def test_a_number_is_shown_as_one(page: TryPage, number: TextClassifier) -> None:
    page.open("stars")
    page.predict(text="good")
    (wanted,) = number.classify(["good"])
    assert float(page.text(".headline b")) == pytest.approx(wanted.score, abs=1e-5)


def test_an_explanation_is_drawn_by_the_views_with_the_numbers_of_python(page: TryPage, pairs: TextClassifier) -> None:
    text, pair = "🙂 the film was <b>good", "🙂🙂 played, bad"
    page.open("pairs")
    page.predict(text=text, pair=pair)
    page.press("Explain")
    page.browser.switch_to.frame(page.wait(lambda: page.find("iframe.explained")))
    page.wait(lambda: page.find("canvas").get_attribute("data-ready"))
    script = (
        "const {record} = window.bertKerasAttention.scene; return [record.header, record.tokens.map("
        "({text, start, end, piece}) => [piece, text < 0 ? '' : record.slice(text, start, end)])]"
    )
    header, tokens = page.browser.execute_script(script)
    assert page.find("canvas").get_attribute("data-view") == "text"
    inspection = attention(pairs, text, pair)
    assert [piece for piece, _ in tokens] == list(inspection.tokens.pieces)
    said = ["", "🙂", "the", "film", "was", "<", "b", ">", "good", "", "🙂🙂", "play", "ed", ",", "bad", ""]
    assert [part for _, part in tokens] == said
    assert header["tokens"]["words"] == inspection.tokens.words.tolist()
    target = target_of(inspection, None)
    found = attributions(inspection, target, ("integrated_gradients",))["integrated_gradients"]
    assert header["methods"]["integrated_gradients"]["values"][0] == pytest.approx(found.values[0].tolist(), abs=1e-3)
    wanted = head_statistics(inspection.weights, inspection.tokens)
    for name, values in header["statistics"].items():
        np.testing.assert_allclose(values, getattr(wanted, name), atol=1e-4, err_msg=name)
    assert header["target"]["title"] == f"label {pairs.labels[int(inspection.logits.argmax())]}"
    page.find("[data-name=tab-heads]").click()
    page.wait(lambda: page.find("canvas").get_attribute("data-view") == "heads")
    weight = page.browser.execute_script("return window.bertKerasAttention.scene.weights(0).at(1, 0, 3)")
    assert weight == pytest.approx(inspection.weights[0, 1, 0, 3], abs=0.004)


def test_words_are_coloured_as_they_are_typed_by_what_each_adds(page: TryPage, pairs: TextClassifier) -> None:
    text, pair = "🙂 the film was <b>good", "🙂🙂 played, bad"
    page.open("pairs")
    page.type("text", text)
    page.type("pair", pair)
    words = page.wait(lambda: page.all(".words:not([aria-busy]) .coloured"))
    assert [each.text for each in words] == [text, pair]
    (wanted,) = word_attributions(pairs, [(text, pair)])
    greatest = np.abs(wanted.values).max()
    found = page.all(".words span.for, .words span.against")
    assert [each.text for each in found] == list(wanted.words)
    shares = [float(each.get_attribute("title")) for each in found]
    assert shares == pytest.approx((wanted.values / greatest).tolist(), abs=0.02)
    clear = [place for place, value in enumerate(wanted.values) if abs(value) > 0.05 * greatest]
    for place in clear:
        assert found[place].get_attribute("class") == ("against" if wanted.values[place] < 0 else "for")
    page.type("text", "good")
    page.wait(lambda: page.find(".words:not([aria-busy]) .coloured").text == "good")


def test_explanations_of_two_texts_are_compared(page: TryPage) -> None:
    page.open("pairs")
    for text in ("good", "bad"):
        page.predict(text=text, pair="the film")
        page.press("Explain")
        frame = page.wait(lambda: page.find("iframe.explained"))
    page.browser.switch_to.frame(frame)
    page.wait(lambda: page.find("canvas").get_attribute("data-ready"))
    Select(page.find("[data-name=compare]")).select_by_visible_text("side by side")
    titles = ["pairs, version 1 · bad", "pairs, version 1 · good"]
    page.wait(lambda: page.texts(".bk-pane-name") == titles)


def test_the_answer_is_marked_where_python_finds_it(page: TryPage, reader: SpanExtractor) -> None:
    page.open("reader")
    page.predict("Answer", question="what was good", context=DOCUMENT)
    wanted = reader.answer("what was good", DOCUMENT)
    before = page.browser.execute_script("return document.querySelector('.document').firstChild.textContent")
    assert (before, page.text("mark.answer")) == (DOCUMENT[: wanted.start], wanted.text)
    assert page.text(".document") == DOCUMENT
    assert len(wanted.n_best) > 1
    assert page.texts(".spans .name") == [span.text for span in wanted.n_best]
    last = page.all(".spans button")[-1]
    last.click()
    assert page.text("mark") == wanted.n_best[-1].text
    assert last.get_attribute("aria-pressed") == "true"


def test_a_table_is_sent_in_parts_and_saved_without_formulas(
    page: TryPage, classifier: TextClassifier, downloads: Path
) -> None:
    texts = [f"the film {'not ' * (count % 3)}good {count}" for count in range(70)] + ["=a+b", "-bad", 'a "b", c\nd']
    rows = "\n".join(["stars,text", *(f'3,"{text.replace(chr(34), 2 * chr(34))}"' for text in texts)])
    page.open("reviews")
    shown = page.answers(rows)
    wanted = classifier.classify(texts)
    assert [row[2] for row in shown] == [answer.label for answer in wanted]
    page.wait(lambda: page.requests("/v1/models/reviews/versions/1:predict") == 3)
    page.press("Download csv")
    file = downloads / "reviews-answers.csv"
    page.wait(file.exists)
    with file.open(encoding="utf-8-sig", newline="") as lines:
        head, *saved = csv.reader(lines)
    assert head == ["text", "label", "probability", "probability of negative", "probability of positive"]
    assert [row[0] for row in saved] == [*texts[:70], "'=a+b", "'-bad", texts[-1]]
    assert [float(row[3]) for row in saved] == pytest.approx(
        [answer.probabilities["negative"] for answer in wanted], abs=1e-5
    )
    file.unlink()


def test_a_table_of_questions_gets_the_answers_of_python(page: TryPage, reader: SpanExtractor) -> None:
    contexts = ["the film was good", "a café, not bad", ""]
    page.open("reader")
    shown = page.answers("\n".join(["context;question", *(f"{context};what was good" for context in contexts)]))
    wanted = reader.answer(["what was good"] * 3, contexts)
    answers = [answer.text or "no answer" for answer in wanted]
    assert [row[1:4] for row in shown] == [
        ["what was good", context, answer] for context, answer in zip(contexts, answers, strict=True)
    ]


def test_a_table_of_pairs_gets_the_labels_of_python(page: TryPage, pairs: TextClassifier) -> None:
    rows = [("the film", "was good"), ("a", "b"), ("not", "bad")]
    page.open("pairs")
    shown = page.answers("\n".join("\t".join(row) for row in rows))
    wanted = [
        ", ".join(sorted(answer.labels, key=lambda name: -answer.probabilities[name]))
        for answer in pairs.classify(rows)
    ]
    assert [tuple(row[1:3]) for row in shown] == rows
    assert [row[3] for row in shown] == [labels or "no label" for labels in wanted]


def test_an_error_of_a_row_stands_in_its_row(page: TryPage) -> None:
    page.open("reviews")
    # Half of a surrogate pair, which JavaScript can hold, selenium cannot send, and the server refuses.
    rows = page.answers("good\nHALF\nbad", ".replace('HALF', '\\ud83d')")
    assert [len(row) for row in rows] == [4, 3, 4]
    assert rows[1][2].startswith("The server refused this: JSON Parse error")
    assert page.text(".results [role=status]") == "3 of 3 rows, 1 with an error"
    # The browser itself tells of the two refused requests.
    told = complaints(page.browser)
    assert len(told) == 2 and all("status of 400" in message for message in told)


def test_a_busy_server_is_asked_again(page: TryPage) -> None:
    page.open("reviews")
    page.browser.execute_script(
        "const real = window.fetch; window.turnedAway = 0;"
        "window.fetch = (path, options) => options.body && window.turnedAway < 2"
        ' ? Promise.resolve(new Response(\'{"error": "full"}\', {status: 503 + 0 * window.turnedAway++}))'
        " : real(path, options)"
    )
    assert [row[2] in ("negative", "positive") for row in page.answers("good\nbad")] == [True, True]
    assert page.browser.execute_script("return window.turnedAway") == 2


def test_a_table_that_is_no_csv_is_refused_with_its_line(page: TryPage) -> None:
    page.open("pairs")
    page.find("#tab-1").click()
    page.paste("table", 'text,pair\na,b\n"c,d\n')
    assert "Line 3: a quote opens here and is not closed" in page.text("#panel-1 .actions")
    page.paste("table", "text\na\n")
    assert "The table has 1 column, and the model takes text and pair." in page.text("#panel-1 .actions")
    assert not page.find("#panel-1 button.primary").is_enabled()


def test_nothing_is_asked_of_others_nothing_is_kept_and_scripts_of_others_are_refused(
    page: TryPage, served: ServedModels
) -> None:
    forget(page.browser)
    page.open("pairs")
    page.predict(text="good", pair="bad")
    page.press("Explain")
    page.browser.switch_to.frame(page.wait(lambda: page.find("iframe.explained")))
    page.wait(lambda: page.find("canvas").get_attribute("data-ready"))
    page.browser.switch_to.default_content()
    asked = Requests(page.browser)
    assert asked.failed == []
    assert all(address.startswith((served.address, "about:")) for address in asked.addresses)
    assert page.browser.get_cookies() == []
    assert page.browser.execute_script("return localStorage.length + sessionStorage.length") == 0
    page.browser.execute_script(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'x = 1'}))"
    )
    assert page.browser.execute_script("return typeof x") == "undefined"
    assert any("Content Security Policy" in message for message in complaints(page.browser))


def test_every_control_has_a_name(page: TryPage) -> None:
    page.open("reviews")
    script = (
        "return [...document.querySelectorAll('button, select, textarea, input')].filter((control) =>"
        "!(control.labels?.length || control.textContent.trim() || control.getAttribute('aria-label')))"
        ".map((control) => control.outerHTML)"
    )
    assert page.browser.execute_script(script) == []


@pytest.mark.parametrize("model", ["reviews", "reader"])
def test_a_narrow_screen_needs_no_scrolling_sideways(page: TryPage, model: str) -> None:
    size = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        page.open(model)
        assert page.browser.execute_script("return document.documentElement.scrollWidth") <= 360
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_server_that_has_ended_is_told_in_words(browser: Chrome, served: ServedModels) -> None:
    page = TryPage(browser, served.address)
    page.open("reviews")
    # The policy lets the page ask nobody else, which fails as a server does that has ended.
    page.browser.execute_script("const real = window.fetch; window.fetch = () => real('data:text/plain,nothing')")
    page.predict(text="good")
    assert page.text(".outcome .problem").startswith("The server does not answer. It may have been stopped")
    complaints(page.browser)
