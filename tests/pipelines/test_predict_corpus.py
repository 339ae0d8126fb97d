import functools
import importlib.util
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import pyarrow.parquet as pq
import pytest
from asked import squad, write_squad
from mistakes import assert_told_in_a_line
from programs import Ended, Workspace, call, rows, write_table

from bert_keras import MaskedLM, SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.corpus import Block, Outcome, predicted
from bert_keras.models import TextEncoder
from bert_keras.serving import export
from pipelines.predict import corpus

INPUT = ("--input", "texts.tsv", "--text_column", "text", "--block_rows", "10")


class Here:
    """Stands in for `RayWorkers`: predicts in this process, the last block first."""

    def __init__(self, make: Callable[[str], Any], model: str, count: int | None, address: str | None) -> None:
        self._predict = functools.partial(predicted, make(model))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to end."""

    def outcomes(self, blocks: Iterable[Block]) -> Iterator[tuple[int, Outcome]]:
        for block in reversed(list(blocks)):
            yield block.number, self._predict(block)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "RayWorkers", Here)


@pytest.fixture
def folder(workspace: Workspace, tmp_path: Path) -> Path:
    """A folder with a run and 25 texts."""
    (tmp_path / "run").symlink_to(workspace.run)
    (tmp_path / "saved").symlink_to(workspace.folder / "saved_models" / "reviews")
    write_table(tmp_path / "texts.tsv", ("text", "label"), *rows(25, 7))
    return tmp_path


def predict(folder: Path, *flags: object, output: str = "out") -> Ended:
    return call("predict", "--engine", "ray", "--output", output, *flags, cwd=folder)


def written(folder: Path, output: str = "out") -> list[dict[str, Any]]:
    """All rows, in the order of the files and without their numbers, which must be right."""
    found = [row for part in sorted((folder / output).glob("part-*")) for row in pq.read_table(part).to_pylist()]
    assert [row.pop("row") for row in found] == list(range(len(found)))
    return found


def lines(folder: Path, *flags: object) -> list[dict[str, Any]]:
    """What the same program writes without other processes."""
    ended = call("predict", *flags, cwd=folder)
    assert ended.status == 0, ended.err
    return [json.loads(line) for line in ended.out.splitlines()]


def test_processes_of_ray_give_what_one_process_does(folder: Path) -> None:
    ended = predict(folder, "--model", "saved", *INPUT, "--workers", "1")
    assert ended.status == 0, ended.err
    assert "25 rows in out, 25 of them now" in ended.err
    assert len(list((folder / "out").glob("part-*"))) == 3
    expected = lines(folder, "--model", "saved", *INPUT[:4])
    for row, line in zip(written(folder), expected, strict=True):
        assert list(row) == list(line)
        assert (row["text"], row["label"]) == (line["text"], line["label"])
        assert row["probabilities"] == pytest.approx(line["probabilities"], abs=1e-5)


@pytest.mark.usefixtures("here")
def test_a_stopped_prediction_goes_on_and_does_nothing_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags = ("--model", "run", *INPUT)
    assert predict(folder, *flags).status == 0
    whole = written(folder)
    lost, kept = folder / "out" / "part-00000001.parquet", folder / "out" / "part-00000002.parquet"
    lost.unlink()
    before = kept.stat().st_mtime_ns
    ended = predict(folder, *flags)
    assert "15 rows are done, and stay" in ended.err
    assert "25 rows in out, 10 of them now" in ended.err
    assert kept.stat().st_mtime_ns == before
    assert written(folder) == whole
    monkeypatch.delattr(corpus, "RayWorkers")  # with nothing left to do no process starts
    assert "25 rows in out, 0 of them now" in predict(folder, *flags).err


@pytest.mark.usefixtures("here")
def test_a_changed_file_is_not_mixed_with_what_was_made_of_it(folder: Path) -> None:
    flags = ("--model", "run", *INPUT)
    assert predict(folder, *flags).status == 0
    whole = written(folder)
    write_table(folder / "texts.tsv", ("text", "label"), *rows(26, 7))
    ended = predict(folder, *flags)
    assert (ended.status, ended.err.count("error: ")) == (2, 1)
    assert ended.err.endswith("Received: another input files\n")
    assert written(folder) == whole


@pytest.mark.usefixtures("here")
def test_a_reader_answers_the_questions_of_a_file(build_extractor: Callable[..., SpanExtractor], folder: Path) -> None:
    build_extractor(null_threshold=0.5).save_to_preset(str(folder / "reader"))
    write_squad(folder / "asked.json", squad(12, 3))
    flags = ("--model", "reader", "--input", "asked.json")
    assert predict(folder, *flags, "--block_rows", "5").status == 0
    expected = lines(folder, *flags)
    assert len(expected) > 10
    found = written(folder)
    numbers = ("score", "null_odds", "n_best")  # of other batches
    assert [_without(row, numbers) for row in found] == [_without(line, numbers) for line in expected]
    assert [list(row) for row in found] == [list(line) for line in expected]
    for row, line in zip(found, expected, strict=True):
        assert [span.keys() for span in row["n_best"]] == [span.keys() for span in line["n_best"]]
        assert [row["score"], row["null_odds"]] == pytest.approx([line["score"], line["null_odds"]], abs=1e-4)


@pytest.mark.usefixtures("here")
def test_an_encoder_gives_its_vectors(encoder_folder: Path, folder: Path) -> None:
    encoder = TextEncoder.from_preset(str(encoder_folder), dtype="float32")
    encoder.save_to_preset(str(folder / "encoder"))
    export(encoder, folder / "exported")
    for model in ("encoder", "exported"):
        assert predict(folder, "--model", model, *INPUT, output=f"of_{model}").status == 0
    found, of_export = written(folder, "of_encoder"), written(folder, "of_exported")
    expected = encoder.encode([row["text"] for row in found])
    assert [row["vector"] for row in of_export] == [pytest.approx(vector, abs=1e-5) for vector in expected.tolist()]
    assert [row["vector"] for row in found] == [pytest.approx(vector, abs=1e-5) for vector in expected.tolist()]
    assert_told_in_a_line(
        predict(folder, "--model", "encoder", *INPUT, "--top", "3", output="none"), "leave --top out, for the model giv"
    )


@pytest.mark.usefixtures("here")
def test_entities_are_those_of_one_process(build_tagger: Callable[..., TokenClassifier], folder: Path) -> None:
    build_tagger().save_to_preset(str(folder / "tagger"))
    flags = ("--model", "tagger", *INPUT)
    assert predict(folder, *flags).status == 0
    expected = lines(folder, "--model", "tagger", *INPUT[:4])
    assert sum(len(line["entities"]) for line in expected) > 25
    for line in expected:
        for entity in line["entities"]:
            entity["score"] = pytest.approx(entity["score"], abs=1e-5)
    assert written(folder) == expected


@pytest.mark.usefixtures("here")
def test_masks_are_filled_and_a_text_without_one_is_told(
    build_masked_lm: Callable[..., MaskedLM], folder: Path
) -> None:
    build_masked_lm().save_to_preset(str(folder / "filler"))
    texts = [f"the [MASK] was {word}" for word in ("good", "bad", "2", "a")]
    (folder / "masked.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
    (folder / "one_bare.txt").write_text("\n".join([*texts, "no mask here"]) + "\n", encoding="utf-8")
    expected = lines(folder, "--model", "filler", "--input", "masked.txt", "--top", "3")
    ended = predict(folder, "--model", "filler", "--input", "one_bare.txt", "--top", "3")
    assert "1 row failed" in ended.err
    for line in expected:
        for mask in line["masks"]:
            mask["probabilities"] = pytest.approx(mask["probabilities"], abs=1e-5)
    assert written(folder) == expected
    (failed,) = (folder / "out" / "_failed.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(failed)["row"] == 4
    assert_told_in_a_line(
        predict(folder, "--model", "filler", "--input", "one_bare.txt", "--top", "2"), "Received: another --top"
    )


@pytest.mark.usefixtures("here")
def test_what_a_head_of_pairs_tells_is_not_taken_for_filled_masks(
    build_masked_lm: Callable[..., MaskedLM], folder: Path
) -> None:
    build_masked_lm(backbone={"pooler": True}, pairs="next_sentence").save_to_preset(str(folder / "both"))
    write_table(folder / "pairs.tsv", ("text", "pair"), ("a [MASK] film", "good"), ("a [MASK] play", "bad"))
    flags = ("--model", "both", "--input", "pairs.tsv")
    assert predict(folder, *flags).status == 0
    assert [list(row) for row in written(folder)] == [["text", "masks"]] * 2
    refused = predict(folder, *flags, "--pair_head")
    assert refused.status == 2 and "Received: another --pair_head" in refused.err
    assert predict(folder, *flags, "--pair_head", output="told").status == 0
    expected = lines(folder, *flags, "--pair_head")
    assert [row["label"] for row in written(folder, "told")] == [line["label"] for line in expected]


@pytest.mark.usefixtures("here")
def test_a_table_of_pairs_has_both_texts_where_rows_fail(
    build_classifier: Callable[..., TextClassifier], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build_classifier(pairs=True)
    model.save_to_preset(str(folder / "pairs"))
    write_table(folder / "pairs.tsv", ("text", "pair"), ("bad", "film"), ("good", "play"))
    classify = TextClassifier.classify

    def failing(self: TextClassifier, texts: Any, *more: Any) -> Any:
        if any(text == "bad" for text, _ in texts):
            raise ValueError("a row is bad")
        return classify(self, texts, *more)

    monkeypatch.setattr(TextClassifier, "classify", failing)
    ended = predict(folder, "--model", "pairs", "--input", "pairs.tsv", "--block_rows", "2")
    assert "1 row failed" in ended.err, ended.err
    (row,) = pq.read_table(folder / "out").to_pylist()
    assert (row["row"], row["text"], row["pair"]) == (1, "good", "play")
    alone = predict(folder, "--model", "pairs", "--input", "pairs.tsv", "--block_rows", "1", output="alone")
    assert "1 row failed" in alone.err, alone.err
    names = [pq.read_schema(part).names for part in sorted((folder / "alone").glob("part-*"))]
    assert names[0] == names[1] == list(row)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--model", "run", "--output", "out"), "add --input FILE"),
        (("--model", "run", "--input", "texts.tsv"), "add --output FOLDER"),
        (("--model", "run", "--input", "gone.tsv", "--output", "out"), "gone.tsv"),
        (("--model", "gone", "--input", "texts.tsv", "--output", "out"), "gone"),
    ],
)
def test_mistakes_are_told_in_a_line(folder: Path, flags: tuple[str, ...], said: str) -> None:
    assert_told_in_a_line(call("predict", "--engine", "ray", *flags, cwd=folder), said)
    assert not (folder / "out").exists()


def test_a_missing_ray_is_told_in_a_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "ray" else find(name, *more))
    assert_told_in_a_line(predict(folder, "--model", "run", *INPUT), 'run: pip install "bert_keras[workers]"')


def _without(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}
