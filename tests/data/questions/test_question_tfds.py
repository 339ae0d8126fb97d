"""Question answering data prepared on disk by TFDS itself, and read from there without the code that prepared them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow_datasets as tfds
from question_files import refusal

from bert_keras.data import GoldAnswer, QuestionSource

ANSWERS = tfds.features.Sequence({"text": tfds.features.Text(), "answer_start": np.int32})
CONTEXT = "Le café est à Paris, \U0001f600 et l'autre à Lyon."


class _Builder(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    def _info(self) -> tfds.core.DatasetInfo:
        text = tfds.features.Text()
        features = {"id": text, "title": text, "context": text, "question": text, "answers": ANSWERS} | self.more()
        return tfds.core.DatasetInfo(builder=self, features=tfds.features.FeaturesDict(features))

    def _split_generators(self, _: Any) -> dict[str, Any]:
        return {split: self._generate_examples(split) for split in ("train", "validation")}

    def _generate_examples(self, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
        for row in range(5 if split == "train" else 2):
            example = {"id": f"{split} {row}", "title": f"T{row % 2}", "context": CONTEXT, "question": f"Où {row}?"}
            yield row, example | self.labels(row)

    def more(self) -> dict[str, Any]:
        return {}

    def labels(self, row: int) -> dict[str, Any]:
        paris, lyon = {"text": "Paris", "answer_start": 14}, {"text": "Lyon", "answer_start": 42}  # Lyon's in bytes
        return {"answers": [paris, lyon][: 1 + row % 2]}


class TinySquad(_Builder, skip_registration=True):
    BUILDER_CONFIGS = [
        tfds.core.BuilderConfig(name=f"v{version}", version=f"{version}.0") for version in ("1.1", "2.0")
    ]

    def more(self) -> dict[str, Any]:
        return {"is_impossible": np.bool_, "plausible_answers": ANSWERS} if self.builder_config.name == "v2.0" else {}

    def labels(self, row: int) -> dict[str, Any]:
        if self.builder_config.name == "v1.1":
            return super().labels(row)
        plausible = [{"text": "Paris", "answer_start": 14}]
        impossible = row == 0
        return {"answers": [] if impossible else plausible, "is_impossible": impossible, "plausible_answers": plausible}


class TinyPictures(_Builder, skip_registration=True):
    VERSION = tfds.core.Version("1.0.0")

    def more(self) -> dict[str, Any]:
        return {"answers": tfds.features.Tensor(shape=(2,), dtype=np.uint8)}

    def labels(self, row: int) -> dict[str, Any]:
        return {"answers": [0, 1]}


class TinyPlain(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    VERSION = tfds.core.Version("1.0.0")

    def _info(self) -> tfds.core.DatasetInfo:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict({"context": tfds.features.Text(), "question": tfds.features.Text()}),
        )

    def _split_generators(self, _: Any) -> dict[str, Any]:
        return {"train": iter([(0, {"context": "a", "question": "b"})])}

    def _generate_examples(self) -> None:
        raise NotImplementedError


@pytest.fixture(scope="module", autouse=True)
def data_sets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tfds")
    tfds.disable_progress_bar()
    for config in ("v1.1", "v2.0"):
        TinySquad(data_dir=folder, config=config).download_and_prepare()
    for builder in (TinyPictures, TinyPlain):
        builder(data_dir=folder).download_and_prepare()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder))
        yield folder


@pytest.mark.parametrize("rows", [2, 1024])
def test_squad_1_1_is_read_and_its_offsets_are_checked(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr("bert_keras.data.questions.tfds._MOST_ROWS", rows)
    source = QuestionSource("tfds:tiny_squad/v1.1")
    assert source.files == ("tfds:tiny_squad/v1.1:train",)
    paris, lyon = GoldAnswer("Paris", 14), GoldAnswer("Lyon", CONTEXT.index("Lyon"))
    assert {question.id: (question.text, question.article, question.answers) for question in source.questions} == {
        f"train {row}": (f"Où {row}?", f"T{row % 2}", (paris, lyon)[: 1 + row % 2]) for row in range(5)
    }
    assert [question.place for question in source.questions] == [
        f"tfds:tiny_squad/v1.1:train, row {row}" for row in range(1, 6)
    ]
    assert source.contexts == [CONTEXT]
    assert (source.version, source.repaired) == ("1.1", {"bytes": 2})


def test_squad_2_0_is_read_and_plausible_answers_are_none() -> None:
    source = QuestionSource("tfds:tiny_squad/v2.0", default_split="validation")
    assert {question.id: question.answers for question in source.questions} == {
        "validation 0": (),
        "validation 1": (GoldAnswer("Paris", 14),),
    }
    assert source.version == "2.0"


def test_a_split_may_be_named_and_cut() -> None:
    whole = QuestionSource("tfds:tiny_squad/v1.1").questions
    assert QuestionSource("tfds:tiny_squad/v1.1:train[:40%]", labelled=False).questions_read == 2
    cut = QuestionSource(["tfds:tiny_squad/v1.1:train[3:]", "tfds:tiny_squad/v1.1:validation"])
    assert [question.id for question in cut.questions[:2]] == [question.id for question in whole[3:]]
    assert cut.questions_read == 4


def test_data_sets_without_answers_can_be_asked_and_not_trained_on() -> None:
    (question,) = QuestionSource("tfds:tiny_plain", labelled=False).questions
    assert (question.id, question.text) == ("tfds:tiny_plain:train:1", "b")
    assert refusal("tfds:tiny_plain") == (
        ":train: the features question, context and answers expected, as tfds:squad has them. "
        "Received: context, question"
    )
    assert refusal("tfds:tiny_pictures").startswith(
        ":train: the feature 'answers' holds no texts, numbers or labels. Received: Tensor"
    )
