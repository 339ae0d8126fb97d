import dataclasses
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from asked import questions as questions_of, squad, write_squad

from bert_keras.errors import InputError
from pipelines.answer.config import AnswerConfig
from pipelines.answer.data import AnswerData


def with_rare_words(content: dict[str, Any]) -> dict[str, Any]:
    """Each question with a word that its context has and the others have not."""
    for number, (_, _, entry) in enumerate(questions_of(content)):
        entry["question"] = f"what is it {_word(number)} ?"
    paragraphs = [paragraph for article in content["data"] for paragraph in article["paragraphs"]]
    for number, paragraph in enumerate(paragraphs):
        paragraph["context"] += f" {_word(number)}"
    return content


def _word(number: int) -> str:
    return f"{chr(97 + number // 26)}{chr(97 + number % 26)}ghtly"


@pytest.fixture(scope="module")
def config(start: Path, tmp_path_factory: pytest.TempPathFactory) -> AnswerConfig:
    folder = tmp_path_factory.mktemp("weighted")
    first, second, dev = (
        str(write_squad(folder / f"{name}.json", with_rare_words(squad(count, seed))))
        for name, count, seed in (("first", 30, 0), ("second", 60, 1), ("dev", 9, 2))
    )
    return AnswerConfig(
        train=[f"{first}:2", f"{second}:0.5"],
        dev=dev,
        model=str(start),
        max_length=32,
        precision="float32",
        no_answer_weight=1.5,
        hard_negatives=0.5,
        altered_questions=0.5,
    )


def test_files_weights_and_near_contexts_decide_what_is_learned_from(config: AnswerConfig) -> None:
    data = AnswerData(config)
    questions = data.windowed["train"].questions
    rows = Counter(zip(data.train.lines.tolist(), data.train.begins.tolist(), strict=True))
    for (line, _), times in rows.items():
        number = re.sub("-(elsewhere|altered)$", "", questions[line].id)
        answered = int(number.split("-")[1]) % 3 > 0  # see `squad`
        weight = (2 if number.startswith("0-") else 0.5) * (1 if answered else 1.5)
        assert int(weight) <= times <= math.ceil(weight)
    ids = {question.id for question in questions}
    for name, suffix in (("hard_negatives", "-elsewhere"), ("altered_questions", "-altered")):
        made = [question for question in questions if question.id.endswith(suffix)]
        assert 5 < len(made) == data.report()["train"][name]
        assert not any(question.answers for question in made)
        assert {question.id.removesuffix(suffix) for question in made} <= ids
    assert {name for name in ids if name.startswith("0-")} >= {f"0-{number}" for number in range(30)}
    assert 0.4 < sum(f"1-{number}" in ids for number in range(60)) / 60 < 0.8


@pytest.mark.parametrize(
    ("name", "value"),
    [("hard_negatives", 1.5), ("altered_questions", -0.1), ("no_answer_weight", -1.0), ("no_answer_weight", 1e20)],
)
def test_shares_and_weights_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"--{name} must be .*Received: {re.escape(str(value))}"):
        AnswerConfig(train="a.json", dev="b.json", **{name: value})


def test_weights_by_which_no_question_is_learned_from_are_told(config: AnswerConfig) -> None:
    few = dataclasses.replace(config, train=[f"{config.dev}:0.0001"])
    with pytest.raises(InputError, match=r"dev\.json: of 9 questions none is drawn .* 1\.5, weights of files 0\.0001$"):
        AnswerData(few)


def test_a_weight_of_what_there_is_not_is_told(config: AnswerConfig, tmp_path: Path) -> None:
    answered = str(write_squad(tmp_path / "answered.json", squad(3, 0, unanswerable=False)))
    data = AnswerData(dataclasses.replace(config, train=answered, dev=answered, hard_negatives=0, altered_questions=0))
    said = "--no_answer_weight is of questions without an answer, and train has none: it changes nothing"
    assert said in list(data._summary())
