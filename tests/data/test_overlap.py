from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from data_files import write

from bert_keras.data import Columns, Encoded, Overlap, Source, encode, find_overlaps
from bert_keras.text import Packed


def nothing(rows: Encoded) -> Overlap:
    """What is found where all rows differ."""
    return Overlap(0, None, 0, None, 0, None, 1, (rows.files[0], 2))


def pack(texts: Any) -> Packed:
    """A token a text."""
    count = len(texts[0]) if isinstance(texts, tuple) else len(texts)
    rows = tf.RaggedTensor.from_row_lengths(tf.ones(count, tf.int32), tf.ones(count, tf.int64))
    return Packed(rows, tf.zeros_like(rows))


def encoded(folder: Path, content: str, name: str, task: str = "single_label", pair: str | None = None) -> Encoded:
    return encode(Source(write(folder, content, name), Columns(pair=pair), task), pack, "t", folder / "cache")


def test_duplicates_contradictions_and_rows_of_train_are_counted_with_their_first_place(tmp_path: Path) -> None:
    train = encoded(tmp_path, "text,label\na,x\nb,x\na,x\nc,y\na,y\nb,x\nd,y\n", "train.csv")
    dev = encoded(tmp_path, "text,label\ne,x\nc,x\nf,x\ng,y\ng,y\nd,y\nc,y\n", "dev.csv")
    found = find_overlaps({"train": train, "dev": dev})
    train_file, dev_file = str(tmp_path / "train.csv"), str(tmp_path / "dev.csv")
    assert found["train"] == Overlap(3, (train_file, 4), 1, (train_file, 6), 0, None, 3, (train_file, 2))
    assert found["dev"] == Overlap(2, (dev_file, 6), 1, (dev_file, 8), 3, (dev_file, 3), 2, (dev_file, 3))


def test_rows_that_differ_have_nothing_in_common(tmp_path: Path) -> None:
    train, dev = (
        encoded(tmp_path, "text,label\na,x\nA,x\na ,y\n", "1.csv"),
        encoded(tmp_path, "text,label\nb,x\n", "2.csv"),
    )
    assert find_overlaps({"train": train, "dev": dev}) == {"train": nothing(train), "dev": nothing(dev)}
    assert find_overlaps({"dev": dev}) == {"dev": nothing(dev)}


def test_pairs_are_the_same_where_both_texts_are(tmp_path: Path) -> None:
    train = encoded(tmp_path, "text,b,label\na,b,x\na,c,y\na,b,y\n", "1.csv", pair="b")
    dev = encoded(tmp_path, "text,b,label\na,c,x\nab,,x\n", "2.csv", pair="b")
    found = find_overlaps({"train": train, "dev": dev})
    assert (found["train"].duplicates, found["train"].contradictions, found["dev"].in_train) == (1, 1, 1)


@pytest.mark.parametrize(
    ("task", "same", "other"), [("multi_label", ("x|y", "y|x"), "x"), ("regression", ("0.5", "5e-1"), "0.25")]
)
def test_targets_of_every_task_contradict_each_other_where_they_differ(
    tmp_path: Path, task: str, same: tuple[str, str], other: str
) -> None:
    content = f"text,label\na,{same[0]}\na,{same[1]}\na,{other}\n"
    found = find_overlaps({"train": encoded(tmp_path, content, "train.csv", task)})["train"]
    assert (found.duplicates, found.contradictions) == (2, 1)
    assert found.first_contradiction == (str(tmp_path / "train.csv"), 4)


def test_a_file_larger_than_what_is_sorted_at_once_gives_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    content = [
        "text,label\n" + "".join(f"{text},{text % 3 + (text == 7) * place % 2}\n" for place, text in enumerate(texts))
        for texts in random.integers(0, 400, [2, 500])
    ]
    splits = {
        name: encoded(tmp_path, text, f"{name}.csv") for name, text in zip(("train", "dev"), content, strict=True)
    }
    whole = find_overlaps(splits)
    texts = [[line.split(",")[0] for line in text.split("\n")[1:-1]] for text in content]
    assert whole["train"].duplicates == sum(count - 1 for count in Counter(texts[0]).values())
    for split, rows in zip(("train", "dev"), texts, strict=True):
        text, count = Counter(rows).most_common(1)[0]  # of equally frequent ones the first
        assert whole[split].most_frequent == count
        assert whole[split].first_most_frequent == (str(tmp_path / f"{split}.csv"), rows.index(text) + 2)
    assert whole["dev"].in_train == sum(text in set(texts[0]) for text in texts[1])
    monkeypatch.setattr("bert_keras.data.overlap._AT_A_TIME", 50)
    monkeypatch.setattr("bert_keras.data.stored_targets._TOGETHER", 64)
    assert find_overlaps(splits) == whole
