import dataclasses
import re

import pytest
import yaml
from markdown import markdown
from run_records import NASTY, run_record

from bert_keras.reporting import model_card
from bert_keras.reporting.markdown import block, code, table


def header(card: str) -> dict:
    return yaml.safe_load(card.split("---\n")[1])


@pytest.fixture(scope="module")
def nasty() -> str:
    return model_card(run_record("multi_label", [*NASTY, "plain"]))


def test_the_header_is_what_hugging_face_reads() -> None:
    found = header(model_card(run_record("single_label", ["no", "yes"])))
    assert found["license"] == "unknown"
    assert "language" not in found
    assert found["pipeline_tag"] == "text-classification"
    assert "bert" in found["tags"]
    assert found["metrics"] == ["accuracy", "macro_f1", "matthews_correlation"]
    results = found["model-index"][0]["results"]
    assert [result["dataset"]["split"] for result in results] == ["dev", "test"]
    scores = run_record("single_label", ["no", "yes"]).scores("dev")
    assert results[0]["metrics"][0] == {"type": "accuracy", "value": pytest.approx(scores["accuracy"], abs=1e-6)}


def test_licence_and_languages_are_told_where_they_are_known() -> None:
    found = header(model_card(run_record("regression", []), "apache-2.0", ["no", "en"]))
    assert (found["license"], found["language"]) == ("apache-2.0", ["no", "en"])


def test_scores_of_every_label_are_there_lowest_f1_first(nasty: str) -> None:
    section = nasty[nasty.index("By label on dev") : nasty.index("## Limits")]
    figures = [float(line.split(" | ")[-3]) for line in section.splitlines() if line.startswith("| `")]
    assert len(figures) == 9
    assert figures == sorted(figures)


@pytest.mark.parametrize("name", [*NASTY, "`", "a``b", "``` ` ", "a|b"])
def test_a_label_in_a_card_is_shown_as_it_is_and_means_nothing(name: str) -> None:
    shown = " ".join(name.split())
    assert markdown(code(name)).removeprefix("<p><code>").removesuffix("</code></p>") == (
        shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    )
    cells = markdown(table(["label", "F1"], [[code(name), "0.5"]]), extensions=["tables"])
    assert cells.count("<td") == 2
    assert "<img" not in cells and "<script" not in cells and "<a " not in cells


def test_a_fence_is_longer_than_any_in_the_code() -> None:
    assert block("a\n````\nb", "sh") == "`````sh\na\n````\nb\n`````"


def test_limits_name_the_worst_labels_calibration_cuts_and_rows_seen_in_training(nasty: str) -> None:
    limits = nasty[nasty.index("## Limits") : nasty.index("## Use")]
    assert "Lowest F1 on dev" in limits
    assert "expected calibration error" in limits
    assert "4 of 123 rows of dev were cut to the model's length; what stands beyond it is not seen." in limits
    assert "2 rows of dev stand in the training data as well" in limits


def test_limits_are_silent_about_what_is_well() -> None:
    record = run_record("regression", [])
    data = {"dev": {"rows_read": 1000, "rows_cut": 1, "in_train": 0}}
    limits = model_card(dataclasses.replace(record, report={**record.report, "data": data})).split("## Limits")[1]
    assert "1 of 1,000 rows of dev were cut to the model's length.\n" in limits
    assert "stand in the training" not in limits
    assert "Lowest F1" not in limits


def test_a_card_says_how_it_was_trained_and_how_it_is_used(nasty: str) -> None:
    assert "| learning rate | `5e-05` |" in nasty
    assert "| batch size | `32` |" in nasty
    assert "classifier = bert_keras.TextClassifier.from_preset('runs/my run')" in nasty
    assert "bert-keras predict --model 'runs/my run' --input FILE" in nasty
    assert "tensorflow_model_server" in nasty


def test_a_card_that_was_not_exported_tells_of_no_server() -> None:
    assert "tensorflow_model_server" not in model_card(
        dataclasses.replace(run_record("regression", []), served_path=None)
    )


def test_sections_stand_in_the_usual_order(nasty: str) -> None:
    assert re.findall(r"^## (.+)$", nasty, re.MULTILINE) == ["Data", "Training", "Scores", "Limits", "Use"]
