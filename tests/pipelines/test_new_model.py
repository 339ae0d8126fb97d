"""`bert-keras pretrain --new_vocabulary`."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mistakes import assert_told_in_a_line
from programs import Ended, call, write_table

from bert_keras import MaskedLM, TextClassifier, checkpoints
from bert_keras.errors import DataError, InputError
from bert_keras.text import SPECIAL_TOKENS
from pipelines.pretrain.config import PretrainConfig
from pipelines.pretrain.data import PretrainData
from pipelines.pretrain.new_model import learned_tokenizer

# Each document has a letter that no other one has.
LETTERS = "бгдзклмнпр"
DOCUMENTS = [f"Вот {letter * 3}Ёж, [MASK] и {letter}Ёж о {letter}." for letter in LETTERS.upper()]
SIZES = ("--layers", "1", "--hidden_dim", "8", "--heads", "2", "--max_length", "16")
FLAGS = ("--train", "texts", "--new_vocabulary", "60", *SIZES, "--precision", "float32", "--dev_share", "0.3")
ALL = ("--dev_share", "0.05")  # the default, beside --dev


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "texts").mkdir()
    for place, text in enumerate(DOCUMENTS):
        (folder / "texts" / f"{place}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path) -> Ended:
    flags = (
        "--epochs",
        "20",
        "--learning_rate",
        "3e-2",
        "--batch_size",
        "2",
        "--name",
        "own",
        "--pairs",
        "next_sentence",
    )
    return call("pretrain", *FLAGS, *flags, cwd=folder)


def test_a_new_model_learns_and_its_run_is_one_like_any_other(ended: Ended, folder: Path) -> None:
    assert ended.status == 0, ended.err + ended.out
    report = json.loads((folder / "runs" / "own" / "report.json").read_text(encoding="utf-8"))
    assert report["metrics"]["perplexity"] < report["baseline"]["dev"]["perplexity"]
    assert report["model"]["preset"] == "a new BERT (1 layers, 8 wide)" and report["model"]["head"] == "new"
    assert report["data"]["train"]["documents"] == 7 and report["data"]["dev"]["documents"] == 3
    answered = call("predict", "--model", "runs/own", "--input", "texts/0.txt", "--top", "2", cwd=folder)
    assert answered.status == 0 and len(json.loads(answered.out.splitlines()[0])["masks"]) == 1
    assert {"pair_accuracy", "pair_loss"} <= report["metrics"].keys() and report["model"]["pairs"] == "next_sentence"
    assert "pair accuracy" in ended.out and "tells is_next from not_next" in ended.out
    saved = checkpoints.save_hugging_face(MaskedLM.from_preset(str(folder / "runs" / "own")), folder / "hf")
    words = (saved / "vocab.txt").read_text(encoding="utf-8").splitlines()
    assert words[:5] == list(SPECIAL_TOKENS) and "ёж" not in words and "##ёж" in words and "вот" in words
    config = json.loads((saved / "tokenizer_config.json").read_text(encoding="utf-8"))
    assert (config["do_lower_case"], config["strip_accents"]) == (True, False)


def test_the_head_of_pairs_answers_by_itself(ended: Ended, folder: Path) -> None:
    write_table(folder / "pairs.tsv", ("sentence1", "sentence2"), ("Вот ёж.", "Вот ёж."), ("б", "г"))
    flags = ("--model", "runs/own", "--input", "pairs.tsv", "--pair_head")
    told = call("predict", *flags, cwd=folder)
    assert told.status == 0, told.err
    rows = [json.loads(line) for line in told.out.splitlines()]
    classifier = TextClassifier.from_next_sentence_head(str(folder / "runs" / "own"))
    wanted = classifier.classify([("Вот ёж.", "Вот ёж."), ("б", "г")])
    for row, answer in zip(rows, wanted, strict=True):
        assert row["probabilities"] == pytest.approx(answer.probabilities, abs=1e-5)
        assert row["probabilities"].keys() == {"is_next", "not_next"}
    refused = call("predict", "--model", "saved_models/own", *flags[2:], cwd=folder)
    assert_told_in_a_line(refused, "saved_models/own: an export has the head that it was made with")


def test_documents_held_out_do_not_take_part_in_the_vocabulary(ended: Ended, folder: Path) -> None:
    lines = (folder / "runs" / "own" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    held_out = {int(Path(json.loads(line)["file"]).stem) for line in lines}
    known = MaskedLM.from_preset(str(folder / "runs" / "own")).preprocessor.tokenizer.get_vocabulary()
    absent = {place for place, letter in enumerate(LETTERS) if letter not in known}
    assert len(absent) == 3 and held_out and held_out <= absent  # without a masked token, a document is not told


def test_of_a_few_documents_two_are_held_out_to_make_pairs_of(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    few = PretrainData(config_of(pairs="next_sentence", dev_share=0.05))
    assert (len(few.train.documents), len(few.dev.documents)) == (8, 2)
    assert len(PretrainData(config_of(pairs="sentence_order", dev_share=0.05)).dev.documents) == 1
    (folder / "words.txt").write_text("aa bb\naa bb aa\nbb aa\naa\nbb\n", encoding="utf-8")
    given: dict[str, Any] = {"train": "words.txt", "documents": "line", "seed": 4, "new_vocabulary": 20}
    with pytest.raises(DataError, match=r"Received: 1; add texts, .*, or hold out more than 2 \(--dev_share, --dev\)"):
        PretrainData(config_of(**given, pairs="next_sentence", dev_share=0.05))


def config_of(**options: Any) -> PretrainConfig:
    sizes = {"layers": 1, "hidden_dim": 8, "heads": 2, "max_length": 16}
    given = {"train": "texts", "new_vocabulary": 60, "dev_share": 0.3, "precision": "float32"}
    return PretrainConfig(**(given | sizes | options))


def test_a_new_model_begins_with_the_same_bits_each_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    one, same = (PretrainData(config_of(add_tokens=["<e>"])).model for _ in range(2))
    tokens, again = (model.preprocessor.tokenizer.get_vocabulary() for model in (one, same))
    assert tokens == again and tokens[-1] == "<e>" and one.backbone.vocabulary_size == len(tokens)
    for first, second in zip(one.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def test_what_becomes_of_a_head_of_pairs_and_of_a_vocabulary_too_large_is_told(
    ended: Ended, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (told,) = PretrainData(config_of(new_vocabulary=9999)).told
    assert " tokens are learned from train (of 9,999 asked for: no other pieces stand side by side twice): " in told
    others: dict[str, Any] = {"train": "texts", "dev_share": 0.3, "model": "runs/own", "precision": "float32"}
    assert PretrainData(PretrainConfig(**others)).told == ["runs/own: its head of --pairs next_sentence is left out"]
    swapped = PretrainData(PretrainConfig(**others, pairs="sentence_order"))
    assert swapped.told == ["runs/own: its head of --pairs next_sentence gives way to a fresh one"]
    assert PretrainData(PretrainConfig(**others, pairs="next_sentence")).told == []
    with pytest.raises(InputError, match="one for 64 of it by default; name another number. Received: 200 and 3 heads"):
        config_of(heads=None, hidden_dim=200)


def test_capitals_are_kept_and_accents_taken_off_where_that_is_asked_for() -> None:
    tokenizer = learned_tokenizer(config_of(cased=True, strip_accents=True, new_vocabulary=80), DOCUMENTS)
    assert "Вот" in tokenizer.get_vocabulary() and "##Еж" in tokenizer.get_vocabulary()
    assert (tokenizer.lowercase, tokenizer.strip_accents) == (False, True)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--new_vocabulary", "20"), "tokens already; ask for a larger vocabulary. Received: 20"),
        (("--model", "minilm_l6_en_uncased"), "leave one of both out. Received: --model minilm_l6_en_uncased"),
        (("--adapt", "lora"), "leave one of both out. Received: --adapt lora"),
        (("--trainable", "head"), "leave one of both out. Received: --trainable head"),
        (("--add_words", "5"), "leave one of both out. Received: --add_words 5"),
        (("--prune_vocabulary",), "leave one of both out. Received: --prune_vocabulary True"),
        (("--heads", "3"), "--hidden_dim must be divisible by --heads. Received: 8 and 3 heads"),
        (("--documents", "line", "--train", "lines.txt"), "knows none of the words of the 1 that are held out"),
        (("--pairs", "next_sentence", "--max_length", "4"), "at least 5 tokens. Received: max_length 4"),
        (("--layers", "0"), "--layers must be 1 or above. Received: 0"),
        (("--train", "texts/0.txt", "texts/1.txt", "--dev", "empty.txt", *ALL), "empty.txt: no text in it"),
        (("--train", "once.txt", "--dev", "texts", *ALL), "no word in the texts is of characters that occur twice"),
    ],
)
def test_a_mistake_is_told_in_a_line(flags: tuple[str, ...], told: str, folder: Path) -> None:
    (folder / "empty.txt").write_text("\n", encoding="utf-8")
    (folder / "once.txt").write_text("xyz", encoding="utf-8")
    (folder / "lines.txt").write_text("aa aa\nbb bb\n", encoding="utf-8")
    refused = call("pretrain", *FLAGS, "--name", "wrong", *flags, cwd=folder)
    assert_told_in_a_line(refused, told)
    assert not (folder / "runs" / "wrong").exists()


def test_the_size_of_a_new_model_is_refused_for_another(folder: Path) -> None:
    refused = call("pretrain", "--train", "texts", "--layers", "2", "--name", "wrong", cwd=folder)
    assert_told_in_a_line(refused, "--layers says what a new BERT is like; add --new_vocabulary N")
