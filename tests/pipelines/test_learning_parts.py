"""The parts of the rows that a learning curve is trained on, and how."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bert_keras import TextClassifier, data
from pipelines.classify.config import ClassifyConfig
from pipelines.classify.few_shot import choose_few_shot
from pipelines.classify.learning import _parts

LABELS = ["fine", "rare", "poor"]


@pytest.fixture(scope="module")
def train(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> data.Encoded:
    """400 rows of three labels, one of them rare."""
    table = tmp_path_factory.mktemp("parts") / "rows.tsv"
    labels = np.random.default_rng(0).permutation(["fine"] * 240 + ["rare"] * 24 + ["poor"] * 136)
    lines = ["text\tlabel", *(f"the film {row}\t{label}" for row, label in enumerate(labels))]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    pack = build_classifier().preprocessor.pack
    return data.encode(data.Source(str(table), task="single_label"), pack, "parts", table.parent).with_labels(LABELS)


def parts(train: data.Encoded, model: Path, **options: Any) -> list[tuple[data.Encoded, bool]]:
    config = ClassifyConfig(train="t.tsv", dev="d.tsv", model=str(model), learning_curve=True, **options)
    of_run: Any = SimpleNamespace(
        config=config,
        encoded={"train": train},
        few_shot=choose_few_shot(config, train, False),
        model=SimpleNamespace(labels=LABELS, pairs=False),
    )
    return list(_parts(of_run, 0))


@pytest.mark.parametrize(
    ("options", "ways"),
    [
        ({}, {50: True, 100: False, 200: False}),  # 17, 33 and 67 rows a label
        ({"few_shot": "always"}, {50: True, 100: True, 200: True}),
        ({"few_shot": "never"}, {50: False, 100: False, 200: False}),
        ({"epochs": 5}, {50: False, 100: False, 200: False}),
    ],
)
def test_a_part_is_trained_as_the_run_or_as_so_many_rows_would_be(
    options: dict[str, Any], ways: dict[int, bool], train: data.Encoded, encoder_folder: Path
) -> None:
    assert {len(rows): few for rows, few in parts(train, encoder_folder, **options)} == ways


def test_each_part_is_within_the_next_and_has_its_share_of_each_label(
    train: data.Encoded, encoder_folder: Path
) -> None:
    found = [rows for rows, _ in parts(train, encoder_folder)]
    for rows, share in zip(found, (8, 4, 2), strict=True):
        np.testing.assert_allclose(rows.label_counts(), np.array([240, 24, 136]) / share, atol=1)
    for some, more in zip(found, [*found[1:], train], strict=True):
        assert set(some.lines.tolist()) < set(more.lines.tolist())


def test_of_few_rows_parts_of_two_a_label_are_enough(train: data.Encoded, encoder_folder: Path) -> None:
    few = data.subset(train, np.arange(25))
    assert [(len(rows), few) for rows, few in parts(few, encoder_folder)] == [(6, True), (12, True)]
    assert parts(few, encoder_folder, few_shot="never") == []
