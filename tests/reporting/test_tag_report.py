"""The report of a token classifier's run: kinds of mistakes, marked texts, the page and the model card."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from bert_keras import reporting
from bert_keras.evaluation import Confusion
from bert_keras.reporting.tag_errors import marked_pieces, mistakes
from bert_keras.reporting.tag_record import TaggedText
from bert_keras.tagging import Span

TEXT = "Jo Ex met <b>Ann</b> in New York"
JO, ANN, CITY = Span(0, 5, "PER"), Span(13, 16, "PER"), Span(24, 32, "LOC")


def tagged(*found: Span, gold: tuple[Span, ...] = (JO, ANN, CITY)) -> TaggedText:
    return TaggedText(TEXT, "dev.jsonl, line 1", gold, found, 0.5)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (tagged(JO, ANN, CITY), []),
        (tagged(JO, CITY), [("missed", "Ann", "PER", "", "")]),
        (tagged(JO, ANN, CITY, Span(6, 9, "LOC")), [("invented", "", "", "met", "LOC")]),
        (tagged(JO, ANN, Span(24, 32, "ORG")), [("wrong type", "New York", "LOC", "New York", "ORG")]),
        (tagged(JO, ANN, Span(28, 32, "LOC")), [("wrong bounds", "New York", "LOC", "York", "LOC")]),
        (tagged(JO, ANN, Span(21, 27, "PER")), [("wrong type and bounds", "New York", "LOC", "in New", "PER")]),
        # Two parts of an entity are one mistake.
        (
            tagged(Span(0, 2, "PER"), Span(3, 5, "LOC"), ANN, CITY),
            [("wrong bounds", "Jo Ex", "PER", "Jo", "PER")],
        ),
        # One that holds two entities is a mistake of each.
        (
            tagged(Span(0, 16, "PER"), CITY),
            [
                ("wrong bounds", "Jo Ex", "PER", TEXT[:16], "PER"),
                ("wrong bounds", "Ann", "PER", TEXT[:16], "PER"),
            ],
        ),
    ],
)
def test_each_mistake_is_of_a_kind(text: TaggedText, wanted: list[tuple[str, ...]]) -> None:
    assert [tuple(mistake) for mistake in mistakes(text)] == wanted


def test_mistakes_are_counted_with_the_first_place() -> None:
    texts = [tagged(JO, CITY), TaggedText("Ann", "x, line 2", (Span(0, 3, "PER"),), (), 1.0), tagged(ANN, CITY)]
    assert [(mistake.gold, count, place) for mistake, count, place in reporting.frequent_mistakes(texts, 5)] == [
        ("Ann", 2, "dev.jsonl, line 1"),
        ("Jo Ex", 1, "dev.jsonl, line 1"),
    ]


def test_a_text_is_divided_where_entities_begin_and_end() -> None:
    pieces = marked_pieces(tagged(JO, Span(28, 32, "LOC")))
    assert "".join(piece.text for piece in pieces) == TEXT
    assert [(piece.text, piece.begins) for piece in pieces if piece.begins] == [
        ("Jo Ex", "PER"),
        ("Ann", "PER → none"),
        ("New ", "LOC → none"),
        ("York", "LOC"),
    ]
    assert [piece.text for piece in pieces if not piece.right] == ["Ann", "New "]


def record(**metrics: Any) -> reporting.TagRunRecord:
    row = {"name": "P<E>R", "f1": 0.5, "precision": 0.5, "recall": 0.5, "entities": 4, "predicted": 4}
    scores = dict.fromkeys(("micro_f1", "micro_precision", "micro_recall", "macro_f1", "word_accuracy", "loss"), 0.5)
    report = {
        "metrics": scores | {"by_type": [row]} | metrics,
        "training": {"history": {}, "epochs": 1},
        "data": {"dev": {"file": "dev.jsonl", "texts_read": 2, "overlapping": 1, "wordless": 2, "left_out": {}}},
        "model": {"preset": "minilm", "task": "tags", "labels": ["P<E>R"], "tags": ["O", "B-P<E>R", "I-P<E>R"]},
        "environment": {},
        "baseline": {"dev": {"prediction": "each word alone", "heading": "words alone", "micro_f1": 0.25}},
        "interval": {"dev": {"micro_f1": [0.4, 0.6]}},
    }
    confusion = Confusion.of_matrix(np.array([[3, 1], [0, 9]]))
    lengths = {"dev": np.array([5, 7])}
    return reporting.TagRunRecord("names", report, {}, {}, lengths, confusion, "runs/names", "saved_models/names")


def test_the_page_shows_scores_mistakes_and_marked_texts_and_no_markup_of_theirs(tmp_path: Path) -> None:
    reporting.write_tag_page(record(), [tagged(JO, CITY), tagged(JO, ANN, CITY)], tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<b>Ann</b>" not in page and "P<E>R" not in page and "P&lt;E&gt;R" in page
    assert "words alone: 0.2500" in page and "Words alone: <bdi>each word alone</bdi>" in page
    assert "1 of 2 texts of dev have a mistake" in page
    assert 'class="gold" title="PER, found: none"' in page
    assert "saved_models/names --input FILE" in page


def test_the_page_of_a_model_without_mistakes_says_so(tmp_path: Path) -> None:
    reporting.write_tag_page(record(), [tagged(JO, ANN, CITY)], tmp_path / "report.html")
    assert "None on dev." in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_model_card_is_written_from_the_report() -> None:
    card = reporting.tag_model_card(record())
    fields = yaml.safe_load(card.split("---")[1])
    assert fields["pipeline_tag"] == "token-classification"
    assert {metric["type"]: metric["value"] for metric in fields["model-index"][0]["results"][0]["metrics"]}[
        "micro_f1"
    ] == 0.5
    assert "Of the entities of dev 3 are left out" in card
    assert "| words alone |" in card and "TokenClassifier.from_preset('runs/names')" in card
