import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from logged import logged
from mistakes import assert_told_in_a_line
from programs import Ended, call, program_of

from bert_keras import MaskedLM
from pipelines.command_line.parser import parse
from pipelines.pretrain.texts import RawTexts
from pipelines.visualize.marks import decided_text

WORDS = ("film", "good", "bad", "play", "a", "b", "c", "d", "not", "cafe")
TEXTS = [f"The {word} was {other}.\n\n{other} and {word}!" for word in WORDS for other in WORDS[:4]]
FLAGS = ("--max_length", "16", "--precision", "float32", "--batch_size", "8", "--name", "words")
TRAINING = ("--epochs", "4", "--learning_rate", "1e-2", "--dev_share", "0.2")


@pytest.fixture(scope="module")
def folder(build_masked_lm: Callable[..., MaskedLM], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts in a folder and in a table, and a masked language model to start from."""
    folder = tmp_path_factory.mktemp("texts")
    build_masked_lm().save_to_preset(str(folder / "start"))
    (folder / "handbook" / "parts").mkdir(parents=True)
    for place, text in enumerate(TEXTS):
        (folder / "handbook" / "parts" / f"{place:02}.txt").write_text(text, encoding="utf-8")
    (folder / "handbook" / "twice.md").write_text(TEXTS[3], encoding="utf-8")
    (folder / "handbook" / "broken.txt").write_bytes(b"caf\xe9")
    (folder / "handbook" / "picture.png").write_bytes(b"\x89PNG")
    with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "body"), *enumerate(TEXTS[:5]), (5, ""), (6, TEXTS[1])])
    return folder


@pytest.fixture(scope="module")
def ended(folder: Path) -> Ended:
    return call("pretrain", "--train", "handbook", "--model", "start", *FLAGS, *TRAINING, cwd=folder)


def report_of(folder: Path) -> Any:
    return json.loads((folder / "runs" / "words" / "report.json").read_text(encoding="utf-8"))


def test_a_run_tells_the_perplexity_before_and_after_and_its_data(ended: Ended, folder: Path) -> None:
    assert ended.status == 0, ended.err + ended.out
    report = report_of(folder)
    before, after = report["baseline"]["dev"], report["metrics"]
    assert before["prediction"] == "the model before this training"
    assert after["perplexity"] == pytest.approx(np.exp(after["loss"])) and after["perplexity"] < before["perplexity"]
    assert report["model"]["head"] == "of the preset" and report["model"]["task"] == "masked_lm"
    train, dev = report["data"]["train"], report["data"]["dev"]
    assert (train["documents"], dev["documents"], dev["left_out"]) == (32, 8, {})
    assert train["left_out"] == {"cannot be read": 1, "exact duplicate": 1}
    assert train["documents_read"] + dev["documents_read"] == 42
    shown = ended.out.splitlines()
    assert "handbook: 42 documents, a file each a text" in shown
    assert "handbook: 1 files are no documents, and are left out" in shown
    assert any(line.startswith("handbook/broken.txt, line 1: not UTF-8") for line in shown)
    card = (folder / "runs" / "words" / "README.md").read_text(encoding="utf-8")
    assert f"| perplexity | {after['perplexity']:,.4f} |" in card and f"| {before['perplexity']:,.4f} |" in card


def test_the_documents_held_out_are_told_with_their_perplexities(ended: Ended, folder: Path) -> None:
    lines = (folder / "runs" / "words" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    assert 0 < len(told) <= 8 and len({row["file"] for row in told}) == len(told)
    total = sum(row["masked"] for row in told)
    loss = sum(row["masked"] * np.log(row["perplexity"]) for row in told) / total
    assert loss == pytest.approx(report_of(folder)["metrics"]["loss"], abs=1e-4)
    first = TEXTS[int(Path(told[0]["file"]).stem)].lower().split()
    assert told[0]["begins"].startswith(" ".join(first[:3]))


def test_the_run_fills_masks_and_starts_a_classifier(ended: Ended, folder: Path) -> None:
    (folder / "asked.txt").write_text("The [MASK] was good.\n[MASK] and [MASK]!\n", encoding="utf-8")
    for model in ("runs/words", "saved_models/words"):
        answered = call("predict", "--model", model, "--input", "asked.txt", "--top", "3", cwd=folder)
        assert answered.status == 0, answered.err
        rows = [json.loads(line) for line in answered.out.splitlines()]
        assert [[mask["start"] for mask in row["masks"]] for row in rows] == [[4], [0, 11]]
        of_run = MaskedLM.from_preset(str(folder / "runs" / "words")).fill("The [MASK] was good.", top=3)[0]
        assert rows[0]["masks"][0]["tokens"] == [one.token for one in of_run]
        wanted = [one.probability for one in of_run]
        np.testing.assert_allclose(rows[0]["masks"][0]["probabilities"], wanted, atol=1e-5)
    (folder / "labels.csv").write_text("text,label\n" + "the film was good,yes\nbad,no\n" * 4, encoding="utf-8")
    files = ("--train", "labels.csv", "--dev", "labels.csv", "--model", "runs/words", "--dry_run", "--name", "labels")
    classified = call("classify", *files, "--max_length", "16", "--precision", "float32", cwd=folder)
    assert classified.status == 0, classified.err


def test_visualize_shows_what_its_masks_hang_on_beside_its_export(ended: Ended, folder: Path) -> None:
    flags = ("--text", "The [MASK] was [MASK].", "--methods", "gradient", "--label", "Good")
    said = call("visualize", "--model", "runs/words", *flags, cwd=folder)
    assert said.status == 0, said.err
    ((header,),) = logged(folder / "runs/words/insight").values()
    masks = MaskedLM.from_preset(str(folder / "runs" / "words")).fill("The [MASK] was [MASK].", top=1)
    assert [mark["label"] for mark in header["marks"]] == [best.token for (best,) in masks]
    assert header["target"]["label"] == header["decisions"][1]["told"]["target"]["label"] == "good"
    assert 0 <= header["served_difference"] < 1e-4
    assert decided_text(header) == "at mask 1 (the first of 2)" and "mask 1:" in said.out


def test_its_export_is_not_sized_as_a_classifier(ended: Ended, folder: Path) -> None:
    said = call("deploy", "words", cwd=folder)
    assert_told_in_a_line(said, "saved_models/words/1: the export fills masks, and only classifiers and readers")


def test_a_run_cannot_be_compared_with_classifiers(ended: Ended, folder: Path) -> None:
    (folder / "runs" / "other").symlink_to("words")
    refused = call("compare", "runs/words", "runs/other", cwd=folder)
    assert_told_in_a_line(refused, "a run of masked language modelling, and runs of classifiers alone can be compared")


def test_the_commands_that_it_suggests_are_ones(ended: Ended) -> None:
    suggested = [line.split()[1:] for line in ended.out.splitlines() if line.startswith("  bert-keras ")]
    assert [name for name, *_ in suggested] == ["classify", "predict", "serve"]
    for name, *flags in suggested:
        parse(program_of(name), flags)


def test_adapters_on_a_fresh_head_are_tried_first(folder: Path, start: Path) -> None:
    flags = ("--train", "rows.csv", "--text_column", "body", "--model", start, "--adapt", "lora", "--rank", "2")
    ended = call("pretrain", *flags, *FLAGS, "--dev_share", "0.3", "--pairs", "sentence_order", "--dry_run", cwd=folder)
    assert ended.status == 0, ended.err
    assert "predicts masked words, and tells in_order from swapped" in ended.out and "┃ pair" in ended.out
    assert "has no head that predicts words: a fresh one starts" in ended.out
    assert "rows.csv: left out 1 (exact duplicate), 1 (empty text)" in ended.out
    assert "nothing was trained" in ended.out and not (folder / "runs" / "dry").exists()


def test_words_of_the_texts_become_tokens_and_other_tokens_are_dropped(folder: Path) -> None:
    lines = [f"the playing {word} unable" for word in ("film", "good", "bad", "not", "a", "b", "c")]
    (folder / "words.txt").write_text("\n".join(lines), encoding="utf-8")
    flags = ("--train", "words.txt", "--documents", "line", "--add_words", "1", "--prune_vocabulary", "--dry_run")
    ended = call("pretrain", "--model", "start", *FLAGS, *flags, "--dev_share", "0.3", cwd=folder)
    assert ended.status == 0, ended.err
    assert "1 words are tokens of their own now: unable\n" in ended.out
    assert " of 40 tokens are kept" in ended.out and "1,799 parameters became " in ended.out
    none = call("pretrain", "--model", "start", *FLAGS, "--train", "handbook", *flags[2:], cwd=folder)
    assert_told_in_a_line(none, "handbook: no word that stands there 5 times is split into pieces")


@pytest.mark.parametrize(
    ("cut", "wanted"),
    [
        ("file", [("# Top\n\nOne.\ntwo\n\n## Sub\n\nThree.\n", 1)]),
        ("paragraph", [("# Top\n\nOne.\ntwo", 1), ("## Sub\n\nThree.", 6)]),
        ("line", [("# Top", 1), ("One.", 3), ("two", 4), ("## Sub", 6), ("Three.", 8)]),
    ],
)
def test_a_file_is_cut_as_asked(cut: str, wanted: list[tuple[str, int]], tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("# Top\n\nOne.\ntwo\n\n## Sub\n\nThree.\n", encoding="utf-8")
    for name in (str(path), str(tmp_path)):
        found = list(RawTexts(name, cut, None, "train"))
        assert [(document.text, document.line) for document in found] == wanted


def test_a_file_that_is_read_in_part_is_told_as_that(tmp_path: Path) -> None:
    (tmp_path / "whole.txt").write_text("one\n", encoding="utf-8")
    lines = [b"a" * 2**18] * 5
    (tmp_path / "broken.txt").write_bytes(b"\n".join([*lines, b"caf\xe9"]))
    texts = RawTexts(str(tmp_path), "line", None, "train")
    assert len(list(texts)) == 1 + 5
    assert [note for note in texts.notes if "line 6: not UTF-8" in note and note.endswith("; left out from there on")]


def test_a_link_to_nothing_is_left_out_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "whole.txt").write_text("one\n", encoding="utf-8")
    (tmp_path / "gone.txt").symlink_to("nowhere")
    texts = RawTexts(str(tmp_path), "file", None, "train")
    assert [document.text for document in texts] == ["one\n"]
    assert f"{tmp_path}/gone.txt: cannot be read (No such file or directory); left out" in texts.notes


def test_documents_that_are_held_out_are_not_trained_on(folder: Path) -> None:
    flags = ("--train", "handbook/parts", "--dev", "handbook/twice.md", "rows.csv", "--text_column", "body")
    refused = call("pretrain", *flags, "--model", "start", *FLAGS, "--dry_run", cwd=folder)
    assert_told_in_a_line(refused, "handbook/twice.md")  # a column is named, and that is no table
    (folder / "dev.txt").write_text("\n".join(text.replace("\n", " ") for text in TEXTS[:6]), encoding="utf-8")
    (folder / "train.txt").write_text("\n".join(text.replace("\n", " ") for text in TEXTS), encoding="utf-8")
    flags = ("--train", "train.txt", "--dev", "dev.txt", "--documents", "line", "--model", "start")
    ended = call("pretrain", *flags, *FLAGS, "--dry_run", cwd=folder)
    assert ended.status == 0, ended.err
    assert "train.txt: left out 6 (held out too)" in ended.out


@pytest.mark.parametrize(
    ("name", "flags", "told"),
    [
        ("predict", ("--input", "rows.csv", "--text_column", "body"), "rows.csv, text 1: a text to fill holds [MASK]"),
        ("predict", ("--question", "who?", "--context", "handbook/twice.md"), "fills masks, and answers no questions"),
        ("predict", ("--input", "asked.txt", "--null_threshold", "0"), "the model is no reader"),
        ("predict", ("--input", "asked.txt", "--top", "0"), "--top must be above 0"),
        ("visualize", ("--text", "good"), "a text to fill holds [MASK]. Received: 'good'"),
        ("visualize", (), "fills masks; say which: --text"),
        (
            "visualize",
            ("--input", "rows.csv", "--text_column", "body"),
            "rows.csv, line 2: a text to fill holds [MASK]",
        ),
        ("visualize", ("--input", "late.txt", "--methods", "raw"), "late.txt, line 2: the [MASK] at character 1000"),
        ("visualize", ("--input", "asked.txt", "--tag_column", "2"), "--tag_column is of the columns that a tagger"),
        ("visualize", ("--input", "asked.txt", "--choose", "wrong"), "so nothing can be wrong; --choose first"),
        ("visualize", ("--text", "[MASK]", "--label", "films"), "is read as film ##s"),
        ("answer-over", ("handbook", "--question", "who?"), "whose masks bert-keras predict fills"),
        ("behave", ("--tests", "asked.txt"), ""),
        ("embed", ("--input", "asked.txt", "--output", "v.npy"), "no sentence encoder"),
        ("export", ("--signatures", "explain"), "a masked language model has the signatures"),
        ("export", ("--n_best", "3"), "the model fills masks, and has no n_best"),
        ("export", ("--compare", "asked.txt"), "the model gives several candidates"),
    ],
)
def test_programs_that_cannot_use_the_model_say_so_in_a_line(
    name: str, flags: tuple[str, ...], told: str, folder: Path
) -> None:
    (folder / "asked.txt").write_text("The [MASK] was good.\n", encoding="utf-8")
    (folder / "late.txt").write_text("\n" + "good " * 200 + "[MASK]\n", encoding="utf-8")  # no text on its first line
    refused = call(name, "--model", "start", *flags, cwd=folder)
    assert_told_in_a_line(refused, told)


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--train", "handbook/picture.png"), "handbook/picture.png"),
        (("--train", "handbook/broken.txt"), "handbook/broken.txt, line 1: not UTF-8"),
        (("--train", "handbook/twice.md"), "there is only one; name others with --dev"),
        (("--train", "empty"), "empty: no text in it"),
        (
            ("--train", "handbook", "--dev", "unknown.txt"),
            "unknown.txt: the vocabulary of start knows none of",
        ),
        (("--train", "handbook", "--mask_share", "1"), "--mask_share must be between 0 and 1"),
        (("--train", "handbook", "--add_words", "3", "--adapt", "lora"), "--add_words changes the embedding"),
        (("--train", "handbook", "--max_length", "99"), "max_length is beyond the backbone's 16 positions"),
        (("--train", "rows.csv", "--text_column", "bodi"), "did you mean 'body'"),
        (("--train", "handbook", "--stop_metric", "accuracy"), "stop_metric must be one of loss, masked_accuracy"),
    ],
)
def test_a_mistake_is_told_in_a_line(flags: tuple[str, ...], told: str, folder: Path) -> None:
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "unknown.txt").write_text("東京\n", encoding="utf-8")
    refused = call("pretrain", "--model", "start", "--name", "wrong", "--precision", "float32", *flags, cwd=folder)
    assert_told_in_a_line(refused, told)
    assert not (folder / "runs" / "wrong" / "config.yaml").exists()
