import json
from pathlib import Path
from typing import Any

import pytest

from bert_keras.tensorboard_plugin.predicted_rows import predicted_rows
from bert_keras.tensorboard_plugin.refusal import Refusal

LABELLED = {"split": "dev", "text": "good", "gold": "positive", "label": "positive", "probability": 0.75}


def rows_of(folder: Path, *told: Any) -> list[list[Any]]:
    """The rows of a run below a training with predictions, without their keys."""
    lines = [each if isinstance(each, str) else json.dumps(each) for each in told]
    (folder / "insight").mkdir(parents=True, exist_ok=True)
    (folder / "predictions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = predicted_rows(str(folder.parent), f"{folder.name}/insight")["rows"]
    assert len({row[-1] for row in rows}) == len({(row[1], row[2]) for row in rows})
    return [row[:-1] for row in rows]


def test_rows_of_classifiers_say_what_is_true_what_was_predicted_and_whether_that_is_wrong(tmp_path: Path) -> None:
    pair = LABELLED | {"pair": "bad", "gold": "negative", "split": "test"}
    unknown = {"text": "who knows", "label": "positive", "probability": 0.5}
    assert rows_of(tmp_path / "run", LABELLED, pair, unknown) == [
        ["dev", "good", None, "positive", "positive", 0.75, False],
        ["test", "good", "bad", "negative", "positive", 0.75, True],
        ["", "who knows", None, "", "positive", 0.5, False],
    ]


def test_rows_of_several_labels_are_as_sure_as_the_most_doubtful_label(tmp_path: Path) -> None:
    several = {"text": "t", "gold": ["b", "a"], "labels": ["a", "b"], "probabilities": {"a": 0.9, "b": 0.6, "c": 0.2}}
    none = {"text": "t", "gold": ["a"], "labels": [], "probabilities": {"a": 0.3}}
    assert rows_of(tmp_path / "run", several, none) == [
        ["", "t", None, "b, a", "a, b", 0.6, False],
        ["", "t", None, "a", "no label", 0.7, True],
    ]


def test_rows_of_numbers_and_of_readers(tmp_path: Path) -> None:
    number = {"text": "t", "gold": 2.5, "score": 2.25}
    answer = {"question": "who ?", "gold": ["Ada"], "answer": "Bo", "score": 0.4, "exact": 0.0}
    silent = {"question": "who ?", "gold": [], "answer": "", "score": 0.1, "exact": 1.0}
    assert rows_of(tmp_path / "run", number, answer, silent) == [
        ["", "t", None, "2.5", "2.25", None, False],
        ["", "who ?", None, "Ada", "Bo", 0.4, True],
        ["", "who ?", None, "no answer", "no answer", 0.1, False],
    ]


def test_rows_of_taggers_are_as_sure_as_their_most_doubtful_entity(tmp_path: Path) -> None:
    kiel = {"text": "Kiel", "label": "place", "start": 0, "end": 4}
    ada = {"text": "Ada", "label": "person", "start": 8, "end": 11}
    row = {"text": "Kiel or Ada"}
    right = row | {"gold": [kiel, ada], "entities": [kiel | {"score": 0.9}, ada | {"score": 0.6}]}
    wrong = row | {"gold": [kiel], "entities": [kiel | {"label": "person", "score": 0.5}]}
    silent, unknown = row | {"gold": [], "entities": []}, row | {"entities": [1, kiel]}
    assert rows_of(tmp_path / "run", right, wrong, silent, unknown) == [
        ["", "Kiel or Ada", None, "Kiel place, Ada person", "Kiel place, Ada person", 0.6, False],
        ["", "Kiel or Ada", None, "Kiel place", "Kiel person", 0.5, True],
        ["", "Kiel or Ada", None, "no entity", "no entity", None, False],
        ["", "Kiel or Ada", None, "", " , Kiel place", None, False],
    ]


def test_lines_that_are_no_rows_are_counted(tmp_path: Path) -> None:
    rows_of(tmp_path / "run", LABELLED, "no json", "[1]", {"label": "positive"}, "", "[" * 5000)
    told = predicted_rows(str(tmp_path), "run/insight")
    assert (len(told["rows"]), told["left_out"], told["cut"]) == (1, 4, False)


def test_long_texts_are_cut(tmp_path: Path) -> None:
    ((_, text, *_),) = rows_of(tmp_path / "run", LABELLED | {"text": "🙂" * 5000})
    assert text == "🙂" * 2000


def test_nothing_outside_the_log_folder_is_read(tmp_path: Path) -> None:
    rows_of(tmp_path / "outside", LABELLED)
    logs = tmp_path / "logs"
    (logs / "run" / "insight").mkdir(parents=True)
    (logs / "run" / "predictions.jsonl").symlink_to(tmp_path / "outside" / "predictions.jsonl")
    (logs / "linked").symlink_to(tmp_path / "outside")
    (tmp_path / "predictions.jsonl").write_text(json.dumps(LABELLED))
    for run in ("run/insight", "linked", "linked/insight", "../outside", "../outside/insight", str(tmp_path), "."):
        with pytest.raises(Refusal, match=r"has no predictions\.jsonl below the log folder"):
            predicted_rows(str(logs), run)
    with pytest.raises(Refusal, match="below the log folder"):
        predicted_rows("", "run")
