from pathlib import Path

import numpy as np
import pytest
import yaml
from asked import READER_FLAGS, squad, write_squad
from mistakes import assert_told_in_a_line, nothing_written
from programs import TRAINING_FLAGS, call, write_table

from bert_keras import SpanExtractor, TextClassifier

MARKERS = ("[E1]", "[/E1]")


def marked_rows(count: int, seed: int) -> list[tuple[str, str]]:
    """Two letters, each once; the one between markers is the label."""
    random = np.random.default_rng(seed)
    table = []
    for row in range(count):
        label = "ab"[row % 2]
        words = [f"[E1]{label}[/E1]", "ba"[row % 2]]
        random.shuffle(words)
        table.append((" ".join(words), label))
    return table


def test_a_classifier_learns_markers_as_tokens_and_keeps_them(start: Path, tmp_path: Path) -> None:
    for split, count, seed in (("train", 150, 0), ("dev", 45, 1)):
        write_table(tmp_path / "marked" / f"{split}.tsv", ("text", "label"), *marked_rows(count, seed))
    files = ("--train", "marked/train.tsv", "--dev", "marked/dev.tsv", "--model", start)
    ended = call("classify", *files, *TRAINING_FLAGS, "--add_tokens", *MARKERS, cwd=tmp_path)
    assert ended.status == 0, ended.err
    run = tmp_path / "runs" / "marked"
    assert yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))["add_tokens"] == list(MARKERS)
    classifier = TextClassifier.from_preset(str(run))
    tokenizer = classifier.preprocessor.tokenizer
    assert [token.content for token in tokenizer.added_tokens] == list(MARKERS)
    first = classifier.backbone.vocabulary_size - 2
    assert tokenizer(["[E1]a[/E1]"]).to_list() == [[first, tokenizer.token_to_id("a"), first + 1]]
    answers = classifier.classify(["[E1]a[/E1] b", "a [E1]b[/E1]", "b [E1]a[/E1]"])
    assert [answer.label for answer in answers] == ["a", "b", "a"]


def test_a_reader_is_trained_with_markers_and_keeps_them(start: Path, tmp_path: Path) -> None:
    for split, count, seed in (("train", 30, 0), ("dev", 15, 1)):
        write_squad(tmp_path / "questions" / f"{split}.json", squad(count, seed))
    files = ("--train", "questions/train.json", "--dev", "questions/dev.json", "--model", start)
    ended = call("answer", *files, *READER_FLAGS, "--epochs", "1", "--add_tokens", *MARKERS, cwd=tmp_path)
    assert ended.status == 0, ended.err
    reader = SpanExtractor.from_preset(str(tmp_path / "runs" / "questions"))
    assert [token.content for token in reader.preprocessor.tokenizer.added_tokens] == list(MARKERS)
    assert reader.backbone.token_embedding.embeddings.shape[0] >= reader.preprocessor.tokenizer.vocabulary_size()


@pytest.mark.parametrize("frozen", [("--adapt", "lora"), ("--trainable", "head"), ("--trainable", "top-1")])
def test_markers_that_could_not_learn_are_refused(frozen: tuple[str, str], tmp_path: Path) -> None:
    files = ("--train", "train.tsv", "--dev", "dev.tsv")
    with nothing_written(tmp_path):
        ended = call("classify", *files, *frozen, "--add_tokens", "[E1]", cwd=tmp_path)
    assert_told_in_a_line(ended, f"and {' '.join(frozen)} trains none; leave {' '.join(frozen)} out. Received: [E1]")
