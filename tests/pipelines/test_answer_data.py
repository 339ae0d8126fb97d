import math
from collections import Counter
from pathlib import Path

import pytest
from asked import squad, write_squad

from bert_keras.errors import InputError
from pipelines.answer.config import AnswerConfig
from pipelines.answer.data import AnswerData


@pytest.fixture(scope="module")
def config(start: Path, tmp_path_factory: pytest.TempPathFactory) -> AnswerConfig:
    folder = tmp_path_factory.mktemp("weighted")
    first, second, dev = (
        str(write_squad(folder / f"{name}.json", squad(count, seed)))
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
    )


def test_files_weights_and_near_contexts_decide_what_is_learned_from(config: AnswerConfig) -> None:
    data = AnswerData(config)
    questions = data.windowed["train"].questions
    rows = Counter(zip(data.train.lines.tolist(), data.train.begins.tolist(), strict=True))
    for (line, _), times in rows.items():
        number = questions[line].id.removesuffix("-elsewhere")
        answered = int(number.split("-")[1]) % 3 > 0  # see `squad`
        weight = (2 if number.startswith("0-") else 0.5) * (1 if answered else 1.5)
        assert int(weight) <= times <= math.ceil(weight)
    elsewhere = [question for question in questions if question.id.endswith("-elsewhere")]
    assert 5 < len(elsewhere) == data.hard_negatives == data.report()["train"]["hard_negatives"]
    assert not any(question.answers for question in elsewhere)
    ids = {question.id for question in questions}
    assert {question.id.removesuffix("-elsewhere") for question in elsewhere} <= ids
    assert {name for name in ids if name.startswith("0-")} >= {f"0-{number}" for number in range(30)}
    assert 0.4 < sum(f"1-{number}" in ids for number in range(60)) / 60 < 0.8


@pytest.mark.parametrize(("name", "value"), [("hard_negatives", 1.5), ("no_answer_weight", -1.0)])
def test_shares_and_weights_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"--{name} must be .*Received: {value}"):
        AnswerConfig(train="a.json", dev="b.json", **{name: value})
