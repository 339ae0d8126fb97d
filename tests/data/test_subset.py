from pathlib import Path

import numpy as np

from bert_keras.data import Source, encode, subset
from bert_keras.models import TextClassifier


def test_some_rows_keep_their_tokens_places_and_labels(classifier: TextClassifier, tmp_path: Path) -> None:
    lines = [f"{'the film ' * (row % 3)}was good,{'bad' if row % 2 else 'fine'}" for row in range(20)]
    files = [tmp_path / name for name in ("one.csv", "two.csv")]
    for file, some in zip(files, (lines[:11], lines[11:]), strict=True):
        file.write_text("\n".join(["text,label", *some]) + "\n", encoding="utf-8")
    source = Source([str(file) for file in files], task="single_label")
    preprocessor = classifier.preprocessor
    encoded = encode(source, preprocessor.pack, preprocessor.fingerprint, tmp_path / "cache").with_labels(
        ["bad", "fine"]
    )
    rows = np.arange(1, 20, 3)
    some = subset(encoded, rows)
    assert len(some) == len(rows)
    assert some.fingerprint != encoded.fingerprint
    assert some.targets.tolist() == encoded.targets[rows].tolist()
    assert some.label_counts().tolist() == np.bincount(encoded.targets[rows], minlength=2).tolist()
    assert [some.places(row) for row in range(len(rows))] == [encoded.places(row) for row in rows.tolist()]
    for mine, theirs in zip(some.batch(np.arange(4))[0].values(), encoded.batch(rows[:4])[0].values(), strict=True):
        assert (mine == theirs).all()


def test_the_labels_of_some_rows_of_several_are_counted(classifier: TextClassifier, tmp_path: Path) -> None:
    file = tmp_path / "several.csv"
    file.write_text("text,label\nthe film,a|b\ngood,b\nbad,a\nplay,b|c\n", encoding="utf-8")
    preprocessor = classifier.preprocessor
    source = Source(str(file), task="multi_label")
    encoded = encode(source, preprocessor.pack, preprocessor.fingerprint, tmp_path / "cache").with_labels(
        ["a", "b", "c"]
    )
    assert subset(encoded, np.array([0, 1, 3])).label_counts().tolist() == [1, 3, 1]
    assert subset(encoded, np.array([2])).label_counts().tolist() == [1, 0, 0]
