import dataclasses
import re

import pytest
import yaml
from answer_records import answer_record, as_squad_1, questions
from markdown import markdown

from bert_keras.reporting import answer_model_card


def header(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


@pytest.fixture(scope="module")
def card() -> str:
    return answer_model_card(answer_record(questions(80)))


def test_the_header_is_what_hugging_face_reads(card: str) -> None:
    found = header(card)
    assert found["license"] == "unknown" and "language" not in found
    assert found["pipeline_tag"] == "question-answering"
    assert {"bert", "keras", "question-answering"} <= set(found["tags"])
    (result,) = found["model-index"][0]["results"]
    assert result["task"] == {"type": "question-answering"}
    scores = answer_record(questions(80)).metrics
    assert result["metrics"][:2] == [
        {"type": name, "value": pytest.approx(scores[name], abs=1e-6)} for name in ("f1", "exact")
    ]


def test_licence_and_languages_are_told_where_they_are_known() -> None:
    found = header(answer_model_card(answer_record(questions(8)), "cc-by-sa-4.0", ["en"]))
    assert (found["license"], found["language"]) == ("cc-by-sa-4.0", ["en"])


def test_squad_1_has_its_own_metrics_and_no_word_of_no_answer() -> None:
    made = answer_model_card(answer_record(as_squad_1(questions(80)), squad_1=True))
    assert header(made)["metrics"] == ["f1", "exact_match"]
    assert "no answer" not in made and "null odds" not in made


def test_limits_say_what_the_numbers_say_against_the_model(card: str) -> None:
    limits = card[card.index("## Limits") : card.index("## Use")]
    assert "Who answers nothing at all has an F1 of 25.00 on dev" in limits
    assert (
        "Lowest F1 on dev by question words, of those with 20 questions or more: "
        "`when` (0.0), `what` (11.0), `other` (22.0)." in limits
    )
    assert (
        "Of the 4,763 questions of dev no passage answers these, and they count all the same: 12 answer not found."
        in limits
    )
    assert "too high by some measure" not in limits


def test_a_threshold_that_is_the_best_of_dev_was_chosen_there() -> None:
    record = answer_record(questions(80))
    metrics = {**record.metrics, "best_f1": record.metrics["f1"]}
    made = answer_model_card(dataclasses.replace(record, report={**record.report, "metrics": metrics}))
    assert "it was chosen there, so its scores there are too high by some measure." in made


def test_a_card_says_how_it_was_trained_and_how_it_is_used(card: str) -> None:
    assert "| learning rate | `0.0002` |" in card
    assert "What is kept is an adapter (rank `16`, alpha `32`)" in card
    assert "reader = bert_keras.SpanExtractor.from_preset('runs/my reader')" in card
    assert "bert-keras predict --model 'runs/my reader' --question \"…\" --context FILE" in card
    assert "tensorflow_model_server" in card


def test_names_of_any_signs_mean_nothing(card: str) -> None:
    assert "<b>" not in re.sub(r"<code>.*?</code>", "", markdown(card.split("---\n", 2)[2], extensions=["tables"]))


def test_sections_stand_in_the_usual_order(card: str) -> None:
    assert re.findall(r"^## (.+)$", card, re.MULTILINE) == ["Data", "Training", "Scores", "Limits", "Use"]


def test_the_picture_of_the_surest_answers_stands_below_their_table_where_there_is_one(card: str) -> None:
    record = answer_record(questions(8))
    record.metrics["by_confidence"] = [{"name": "100%", "questions": 8, "exact": 25.0, "f1": 50.0}]
    with_picture = answer_model_card(record, confidence_picture="confidence.png")
    assert re.search(r"\| `100%` \| 8 \| 25\.00 \| 50\.00 \|\n\n!\[[^]]+\]\(confidence\.png\)", with_picture)
    assert "![" not in answer_model_card(record) and "![" not in card
