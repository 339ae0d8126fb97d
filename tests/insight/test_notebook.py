import html
import re

import pytest

from bert_keras.errors import InputError
from bert_keras.insight import attention
from bert_keras.insight.notebook import show
from bert_keras.insight.page import page_html
from bert_keras.insight.record import make_record
from bert_keras.models import SpanExtractor, TextClassifier


@pytest.fixture(scope="module")
def inspection(classifier: TextClassifier):
    return attention(classifier, "the film was good")


@pytest.fixture(scope="module")
def record(inspection):
    return make_record(inspection, name="one", methods=("raw",), masked=False)


def test_what_is_shown_is_one_frame_that_holds_the_page(record) -> None:
    shown = show(record, height=500)._repr_html_()
    frame = re.fullmatch(r'<iframe ([^<>]*) srcdoc="([^"<>]*)"></iframe>', shown)
    assert frame is not None
    assert html.unescape(frame.group(2)) == page_html(record)
    assert "height: 500px" in frame.group(1)


def test_as_text_it_is_the_names_alone(record) -> None:
    assert repr(show(record)) == "Shown('one')"


def test_the_frame_is_shut_off_from_the_notebook(record) -> None:
    (sandbox,) = re.findall(r'sandbox="([^"]*)"', show(record)._repr_html_())
    assert "allow-scripts" in sandbox.split()
    assert "allow-same-origin" not in sandbox


def test_a_model_is_shown_with_texts(classifier: TextClassifier) -> None:
    records = show(classifier, ["the film was good", "bad"]).records
    assert [record.header["first"] for record in records] == ["the film was good", "bad"]
    assert [record.header["name"] for record in records] == ["the film was good", "bad"]


def test_a_reader_is_shown_with_questions_of_one_context(extractor: SpanExtractor) -> None:
    records = show(extractor, ["was a", "the film"], "the film was good").records
    assert [(record.header["first"], record.header["second"]) for record in records] == [
        ("was a", "the film was good"),
        ("the film", "the film was good"),
    ]


def test_inspections_and_records_are_shown_together(inspection, record) -> None:
    records = show([record, inspection]).records
    assert records[0] is record
    assert records[1].header["name"] == "the film was good"


def test_a_long_text_is_named_by_its_beginning(classifier: TextClassifier) -> None:
    (record,) = show(classifier, "the film\n" * 50).records
    assert record.header["name"].startswith("the film the film ") and record.header["name"].endswith("…")
    assert len(record.header["name"]) == 60


def test_a_model_needs_texts(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="shown at work on a text"):
        show(classifier)


def test_texts_need_a_model(record) -> None:
    with pytest.raises(InputError, match="texts go with a model"):
        show(record, "the film")


def test_second_texts_are_as_many_as_first(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="2 texts, 1 second texts"):
        show(classifier, ["a", "b"], ["c"])


def test_nothing_is_no_picture() -> None:
    with pytest.raises(InputError, match="at least one"):
        show([])
