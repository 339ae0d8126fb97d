import csv
from pathlib import Path

import numpy as np
import pytest

from bert_keras.data import Source
from bert_keras.errors import InputError
from bert_keras.labelling import (
    Judged,
    NearTexts,
    Suggestion,
    every_row,
    judged_by_rows,
    suggest,
    write_label_table,
    zero_shot,
)

CENTRES = 3 * np.eye(4, 6, dtype=np.float32)
NAMES = ["north", "east", "south", "west"]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Four groups of fifty rows, one after another."""
    noise = np.random.default_rng(0).normal(0, 0.3, [200, 6])
    return (np.repeat(CENTRES, 50, axis=0) + noise).astype(np.float32)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [f"text{row} of{row} its{row} own{row}" for row in range(200)]


def test_from_nothing_each_group_has_a_row_near_its_centre(texts: list[str], vectors: np.ndarray) -> None:
    chosen = suggest(texts, vectors, [None] * 200, 4)
    assert sorted(each.row // 50 for each in chosen) == [0, 1, 2, 3]
    assert all(each.label is None and each.probability is None for each in chosen)
    far = np.linalg.norm(vectors - np.repeat(vectors.reshape(4, 50, 6).mean(axis=1), 50, axis=0), axis=1)
    for each in chosen:
        group = far[each.row // 50 * 50 :][:50]
        assert far[each.row] <= np.sort(group)[4]


def test_with_labels_rows_between_them_are_chosen_before_sure_ones(texts: list[str], vectors: np.ndarray) -> None:
    between = ((CENTRES[0] + CENTRES[1]) / 2 + np.random.default_rng(1).normal(0, 0.1, [30, 6])).astype(np.float32)
    every = np.concatenate([vectors, between])
    labels: list[str | None] = [None] * 230
    for row in (0, 50, 100, 150):
        labels[row] = NAMES[row // 50]
    judged = judged_by_rows(every, labels)
    assert judged is not None
    names = [*texts, *(f"between{row} {row}" for row in range(30))]
    chosen = suggest(names, every, labels, 1, judged)
    assert chosen[0].row >= 200
    assert chosen[0].label in ("north", "east")


def test_what_is_labelled_or_nearly_the_same_is_not_chosen(vectors: np.ndarray) -> None:
    texts = ["Where is my card?"] * 50 + ["where is my CARD"] * 50 + [f"text {row}" for row in range(100)]
    labels: list[str | None] = [None] * 200
    labels[0] = "card"
    chosen = [each.row for each in suggest(texts, vectors, labels, 200)]
    assert sorted(chosen) == list(range(100, 200))
    alike = suggest(texts, vectors, [None] * 200, 200)
    assert len(alike) == 101
    assert len({texts[each.row].lower().rstrip("?") for each in alike}) == 101


def test_more_rows_than_there_are_give_all(texts: list[str], vectors: np.ndarray) -> None:
    judged = Judged(("a", "b"), np.tile(np.float32([0.7, 0.3]), [200, 1]))
    chosen = suggest(texts, vectors, ["a"] * 150 + [None] * 50, 500, judged)
    assert sorted(each.row for each in chosen) == list(range(150, 200))
    assert suggest(texts, vectors, ["a"] * 200, 5, judged) == []


def test_equal_vectors_are_no_mistake(texts: list[str]) -> None:
    assert len(suggest(texts, np.ones([200, 6], np.float32), [None] * 200, 7)) == 7


@pytest.mark.parametrize(
    ("count", "labels", "message"),
    [(0, 200, "count must be 1 or above. Received: 0"), (1, 199, "Received: 200 texts, 200 vectors, 199 labels")],
)
def test_wrong_arguments_are_told(texts: list[str], vectors: np.ndarray, count: int, labels: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        suggest(texts, vectors, [None] * labels, count)


def test_a_few_rows_label_their_groups_however_many_rows_a_label_has(vectors: np.ndarray) -> None:
    labels: list[str | None] = [None] * 200
    labels[:20] = ["north"] * 20
    for row in (50, 100, 150):
        labels[row] = NAMES[row // 50]
    judged = judged_by_rows(vectors, labels)
    assert judged is not None and judged.labels == ("east", "north", "south", "west")
    assert judged.right([NAMES[row // 50] for row in range(200)]).mean() > 0.97
    np.testing.assert_allclose(judged.probabilities.sum(axis=1), 1, atol=1e-5)


def test_one_label_or_none_judges_nothing(vectors: np.ndarray) -> None:
    assert judged_by_rows(vectors, [None] * 200) is None
    assert judged_by_rows(vectors, ["a", "a", *[None] * 198]) is None


def test_descriptions_label_rows_alone_and_labels_without_rows_beside_labelled_ones(vectors: np.ndarray) -> None:
    truth = [NAMES[row // 50] for row in range(200)]
    described = CENTRES + 1.0
    found = zero_shot(vectors, described)
    assert [NAMES[place] for place in found.argmax(axis=1)] == truth
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    alone = judged_by_rows(vectors, [None] * 200, NAMES, described)
    assert alone is not None
    np.testing.assert_array_equal(alone.probabilities[:, alone.labels.index("south")], found[:, 2])
    both = judged_by_rows(vectors, ["north", *[None] * 199], NAMES, described)
    assert both is not None and both.right(truth).mean() > 0.97


def test_all_rows_stand_by_label_the_surest_first() -> None:
    judged = Judged(("a", "b"), np.float32([[0.6, 0.4], [0.2, 0.8], [0.9, 0.1], [0.5, 0.5]]))
    chosen = every_row([None, None, None, "b"], judged)
    assert [(each.row, each.label) for each in chosen] == [(2, "a"), (0, "a"), (1, "b")]
    assert every_row(["a", None]) == [Suggestion(1)]


def test_a_filled_in_table_is_read_as_training_data_whatever_the_texts_are(tmp_path: Path) -> None:
    texts = ['He said "no".', "a\ttab", "two\nlines", "'quoted'", 'ends with "', "=1+1", "back\\slash\\", "ünï – 好"]
    path = tmp_path / "to_label.tsv"
    suggestions = [Suggestion(row, "a", 0.25) for row in range(len(texts))]
    write_label_table(path, suggestions, texts, [("texts.csv", row + 2) for row in range(len(texts))])
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["label", "text", "suggested", "probability", "file", "line"]
    assert rows[1] | {"label": ""} == rows[1]
    assert (rows[1]["suggested"], rows[1]["probability"], rows[1]["line"]) == ("a", "0.2500", "3")
    for row in rows[:-1]:
        row["label"] = "new label"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    source = Source(str(path), task="single_label")
    read = list(source)
    assert [row.text for row in read] == texts[:-1]
    assert {row.target for row in read} == {"new label"}
    assert source.left_out == {"empty label": 1}


def test_backslashes_in_the_texts_of_a_table_are_text(tmp_path: Path) -> None:
    texts = ["C:\\new\\table", "a\\nb", "\\\\n"]
    path = tmp_path / "to_label.tsv"
    write_label_table(path, [Suggestion(row, "a", 0.25) for row in range(3)], texts, [("texts.csv", 2)] * 3)
    assert [row.text for row in Source(str(path))] == texts


def test_near_texts_of_labelled_rows_are_known() -> None:
    assert "a b" in NearTexts(["A, b!"])
