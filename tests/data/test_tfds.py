"""TFDS data sets that are prepared on disk by TFDS itself, and read from there without the code that prepared them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_datasets as tfds

from bert_keras.data import Columns, Source
from bert_keras.errors import DataError

TEXTS = [f"text {row} é" for row in range(20)]


class _Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    VERSION = tfds.core.Version("1.0.0")
    FEATURES: dict[str, Any] = {}

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(self.FEATURES))

    def _split_generators(self, _: Any) -> dict[str, Any]:
        return {split: self._generate_examples(split) for split in self.splits()}

    def splits(self) -> list[str]:
        return ["train", "validation", "test"]

    def _generate_examples(self, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
        for row, text in enumerate(TEXTS[:5] if split != "train" else TEXTS):
            yield row, {name: value for name, value in self.row(row, text, split).items() if name in self.FEATURES}

    def row(self, row: int, text: str, split: str) -> dict[str, Any]:
        hidden = split == "test" and type(self) is TinyReviews
        label = -1 if hidden else row % 2
        return {
            "text": text,
            "second": text[::-1],
            "label": label,
            "tags": ["a", "b", "c"][: row % 4],
            "score": row / 4,
            "rude": row % 3 == 0,
        }


class TinyReviews(_Builder, skip_registration=True):
    FEATURES = {
        "text": tfds.features.Text(),
        "second": tfds.features.Text(),
        "label": tfds.features.ClassLabel(names=["negative", "positive"]),
        "tags": tfds.features.Sequence(tfds.features.ClassLabel(names=["a", "b", "c"])),
        "score": np.float32,
        "rude": np.bool_,
    }


class TinyNumbers(_Builder, skip_registration=True):
    FEATURES = {
        "text": tfds.features.Text(),
        "label": np.int64,
        "picture": tfds.features.Tensor(shape=(2,), dtype=np.uint8),
    }

    def splits(self) -> list[str]:
        return ["train", "test"]

    def row(self, row: int, text: str, split: str) -> dict[str, Any]:
        return super().row(row, text, split) | {"picture": [0, 1]}


@pytest.fixture(scope="module", autouse=True)
def data_sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A TFDS folder with both, named as users name theirs."""
    folder = tmp_path_factory.mktemp("tfds")
    tfds.disable_progress_bar()
    for builder in (TinyReviews, TinyNumbers):
        builder(data_dir=folder).download_and_prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder))
        yield folder


def refusal(name: str, columns: Columns = Columns(), task: str | None = "single_label") -> str:  # noqa: B008
    with pytest.raises(DataError) as error:
        list(Source(name, columns, task))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_all_rows_come_with_the_names_of_their_labels() -> None:
    source = Source("tfds:tiny_reviews", Columns(pair="second"), "single_label")
    rows = list(source)
    assert sorted(row.text for row in rows) == sorted(TEXTS)
    for row in rows:
        assert row.target == ("negative", "positive")[TEXTS.index(row.text) % 2]
        assert row.pair == row.text[::-1]
        assert row.file == source.name == "tfds:tiny_reviews:train"
    assert [row.line for row in rows] == list(range(1, 21))
    assert list(source) == rows
    assert (source.rows_read, source.left_out) == (20, {})


def test_a_split_may_be_named_and_cut() -> None:
    whole = list(Source("tfds:tiny_reviews:train"))
    assert [row.text for row in Source("tfds:tiny_reviews:train[:25%]")] == [row.text for row in whole[:5]]
    assert [row.text for row in Source("tfds:tiny_reviews:1.0.0:train[15:]")] == [row.text for row in whole[15:]]
    assert len(list(Source("tfds:tiny_reviews:validation"))) == 5
    both = Source(["tfds:tiny_reviews:train[:2]", "tfds:tiny_reviews:train[2:4]"])
    assert [(row.text, row.line) for row in both] == [(row.text, place % 2 + 1) for place, row in enumerate(whole[:4])]


def test_the_usual_split_is_taken_where_none_is_named() -> None:
    assert Source("tfds:tiny_reviews", default_split="validation").name == "tfds:tiny_reviews:validation"
    assert Source("tfds:tiny_numbers", default_split="validation").name == "tfds:tiny_numbers:test"
    assert Source("tfds:tiny_reviews:1.0.0", default_split="test").name == "tfds:tiny_reviews:1.0.0:test"


@pytest.mark.parametrize("chunk", [3, 4096])
def test_any_number_of_labels_and_numbers_are_read(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr("bert_keras.data.tfds.MOST_RECORDS", chunk)
    tags = {row.text: row.target for row in Source("tfds:tiny_reviews", Columns(label="tags"), "multi_label")}
    flags = {row.text: row.target for row in Source("tfds:tiny_reviews", Columns(label=("rude",)), "multi_label")}
    scores = {row.text: row.target for row in Source("tfds:tiny_reviews", Columns(label="score"), "regression")}
    numbers = {row.text: row.target for row in Source("tfds:tiny_numbers", task="single_label")}
    for row, text in enumerate(TEXTS):
        assert tags[text] == ("a", "b", "c")[: row % 4]
        assert flags[text] == ("rude",) * (row % 3 == 0)
        assert scores[text] == row / 4
        assert numbers[text] == str(row % 2)


def test_hidden_labels_are_told() -> None:
    message = refusal("tfds:tiny_reviews:test")
    assert (
        message
        == "tfds:tiny_reviews:test, row 1: the labels of this split are hidden (-1); name another, e.g. validation"
    )
    assert len(list(Source("tfds:tiny_reviews:test"))) == 5


def test_an_unknown_data_set_is_told_with_those_of_like_names() -> None:
    message = refusal("tfds:imdb_review")
    assert message.startswith(
        "tfds:imdb_review: TFDS has no such data set, and none is prepared in its folder; did you mean imdb_reviews"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tfds:glue/sst3", "tfds:glue/sst3: TFDS cannot load it (ValueError: Failed to construct dataset"),
        (
            "tfds:tiny_reviews:dev",
            "tfds:tiny_reviews:dev: no split 'dev'. Received: test, train, validation; name one behind a colon",
        ),
        ("tfds:tiny_reviews:train[:", "tfds:tiny_reviews:train[:: no split 'train[:'. Received: "),
        ("tfds:", "tfds:: no TFDS name; it is written as tfds:glue/sst2 or tfds:glue/sst2:train[:10%]"),
    ],
)
def test_wrong_names_are_told(name: str, message: str) -> None:
    assert refusal(name).startswith(message)


def test_a_data_set_that_cannot_be_downloaded_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("no route\nto host")

    monkeypatch.setattr("tensorflow_datasets.core.dataset_builder.DatasetBuilder.download_and_prepare", refuse)
    message = refusal("tfds:glue/sst2")
    assert message.startswith(
        "tfds:glue/sst2: cannot be downloaded and prepared (ConnectionError: no route to host); prepare it where"
    )


def test_columns_are_features() -> None:
    message = refusal("tfds:tiny_numbers", Columns(text="txt"))
    assert message.startswith(
        "tfds:tiny_numbers:train: no column 'txt' (did you mean 'text'?). Received: label, picture, text;"
    )
    message = refusal("tfds:tiny_numbers", Columns(text="picture"))
    assert message.startswith(
        "tfds:tiny_numbers:train: the feature 'picture' holds no texts, numbers or labels. Received: Tensor"
    )
    message = refusal("tfds:tiny_numbers", Columns(text="label"), None)
    assert message.removesuffix("0").removesuffix("1") == "tfds:tiny_numbers:train, row 1: a text expected. Received: "


def test_the_split_decides_about_the_hash() -> None:
    names = (
        "tfds:tiny_reviews:train",
        "tfds:tiny_reviews:train[:10]",
        "tfds:tiny_reviews:validation",
        "tfds:tiny_numbers:train",
    )
    hashes = [Source(name).parts[0].content_hash() for name in names]
    assert len(set(hashes)) == 4
    assert [Source(name).parts[0].content_hash() for name in names] == hashes
