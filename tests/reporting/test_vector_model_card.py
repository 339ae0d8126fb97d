import dataclasses
import re
from collections.abc import Sequence

import pytest
import yaml
from vector_records import KINDS, vector_record

from bert_keras.reporting import vector_model_card


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_of_any_kind_has_the_usual_sections_and_results_of_each_split(kind: str) -> None:
    _, head, body = vector_model_card(vector_record(kind)).split("---\n", 2)
    results = yaml.safe_load(head)["model-index"][0]["results"]
    assert [(of["dataset"]["name"], of["metrics"][0]["value"]) for of in results] == [("dev", 0.75), ("test", 0.25)]
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == ["Data", "Training", "Scores", "Limits", "Use"]
    assert "vectors of 384 numbers" in body and "TextEncoder.from_preset('runs/my run')" in body


def test_scores_stand_beside_those_before_and_what_is_no_better_is_a_limit() -> None:
    record = vector_record("pairs")
    card = vector_model_card(record)
    assert "| dev | value | 95 % interval | before |" in card
    assert "| mean reciprocal rank | 0.7500 | 0.7000 to 0.8000 | 0.5000 |" in card
    assert "| first numbers of the vectors, on dev |" in card and "| 128 | 0.5000 |" in card
    assert "2 rows of dev stand in the training data as well" in card and "does not beat" not in card
    wide = {"dev": {"mrr": [0.4, 0.8]}}
    worse = vector_model_card(dataclasses.replace(record, report={**record.report, "interval": wide}))
    assert "mean reciprocal rank 0.7500 (0.4000 to 0.8000) does not beat the model before (0.5000)" in worse


def test_adapters_are_named_with_their_base_and_no_absolute_path() -> None:
    record = vector_record("pairs")
    model = record.report["model"] | {"adapter": {"rank": 8, "base": "/data/models/base", "megabytes": 0.5}}
    card = vector_model_card(dataclasses.replace(record, report={**record.report, "model": model}))
    assert "What is kept is an adapter (rank `8`, base `models/base`, megabytes `0.5`)" in card
    assert "/data" not in card


@pytest.mark.parametrize(("dimensions", "shown"), [((256, 1024), "256, 1,024"), ([], "-")])
def test_a_setting_of_several_values_is_a_list(dimensions: Sequence[int], shown: str) -> None:
    record = vector_record("pairs")
    training = record.report["training"] | {"recipe": {"dimensions": dimensions}}
    card = vector_model_card(dataclasses.replace(record, report={**record.report, "training": training}))
    assert f"| dimensions | `{shown}` |" in card
