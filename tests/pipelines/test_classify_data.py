from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from programs import write_table

from pipelines.classify.config import ClassifyConfig
from pipelines.classify.data import ClassifyData

LONG = "the film was good , not bad ! a play was not a film ? the play was bad"
WORDS = ("good", "bad", "film", "play", "the", "was", "not", "cafe", "naive", "café", "a", "b", "c", "d", "e", "2")


@pytest.fixture
def read(start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., ClassifyData]:
    """Reads the files train.tsv and dev.tsv of the folder, which is the current one."""
    monkeypatch.chdir(tmp_path)

    def make(**options: Any) -> ClassifyData:
        files = {"train": "train.tsv", "dev": "dev.tsv"}
        return ClassifyData(ClassifyConfig(**(files | options), model=str(start), max_length=64, precision="float32"))

    return make


def said(data: ClassifyData, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    data.show()
    return capsys.readouterr().out.splitlines()


def columns_said(data: ClassifyData, capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = said(data, capsys)
    read, table = (next(at for at, line in enumerate(lines) if line.startswith(by)) for by in ("read as", "┏"))
    return lines[read + 1 : table]


def test_two_columns_of_a_usual_pair_make_a_model_of_pairs(
    read: Callable[..., ClassifyData], capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("train.tsv"), ("premise", "hypothesis", "label"), ("good", "bad", "x"), ("film", "play", "y"))
    write_table(Path("dev.tsv"), ("hypothesis", "premise", "label", "text"), ("bad", "good", "x", "none"))
    data = read()
    assert data.model.pairs
    assert data.texts("dev", [0])[0].text == "good" and data.texts("dev", [0])[0].pair == "bad"
    assert columns_said(data, capsys) == [
        "columns: text 'premise', pair 'hypothesis', label 'label'",
        "dev: 'text' is there and not used: --text_column text",
    ]
    for split, unused in (("train", []), ("dev", ["text"])):
        report = data.report()[split]
        assert report["columns"] == {"text": "premise", "pair": "hypothesis", "label": "label"}
        assert report["columns_not_used"] == unused


def test_a_text_beside_a_pair_stays_alone_and_the_pair_is_hinted_at(
    read: Callable[..., ClassifyData], capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(
        Path("train.tsv"), ("text", "pair", "label", "category"), ("good", "a", "x", "p"), ("bad", "b", "y", "q")
    )
    write_table(Path("dev.tsv"), ("sentence1", "sentence2", "label"), ("good", "b", "x"))
    data = read()
    assert not data.model.pairs
    assert columns_said(data, capsys) == [
        "columns of train: text 'text', label 'label'",
        "columns of dev: text 'sentence1', label 'label'",
        "'pair' is there and not used: --pair_column pair",
        "'category' is there and not used: --label_column category",
        "dev: 'sentence2' is there and not used: train has single texts",
    ]
    assert data.report()["train"]["columns_not_used"] == ["pair", "category"]
    assert read(pair_column="pair", dev="train.tsv").model.pairs


def test_a_named_text_takes_no_pair_by_itself(
    read: Callable[..., ClassifyData], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("train.tsv", "dev.tsv"):
        write_table(Path(name), ("sentence1", "sentence2", "label"), ("good", "a", "x"), ("bad", "b", "y"))
    data = read(text_column="sentence1")
    assert not data.model.pairs
    assert columns_said(data, capsys) == [
        "columns: text 'sentence1', label 'label'",
        "'sentence2' is there and not used: --pair_column sentence2",
    ]


def test_dev_is_read_from_the_columns_of_train_where_it_has_them(read: Callable[..., ClassifyData]) -> None:
    write_table(Path("train.tsv"), ("review", "intent"), ("good", "x"), ("bad", "y"))
    write_table(Path("dev.tsv"), ("text", "review", "label", "intent"), ("none", "good", "z", "x"))
    report = read().report()
    assert report["dev"]["columns"] == report["train"]["columns"] == {"text": "review", "pair": None, "label": "intent"}


def test_signs_of_trouble_are_counted_and_said_with_their_first_place(
    read: Callable[..., ClassifyData], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(word, "x" if place % 2 else "y") for place, word in enumerate(WORDS)]
    more = [
        (LONG, "x"),
        *[("thanks \u2603 \u2603 \u2603", "y")] * 4,
        ("<p>good</p>", "z"),
        ("NULL", "w"),
        ("bad b", "w"),
    ]
    write_table(Path("train.tsv"), ("text", "label"), *rows, *more)
    write_table(Path("dev.tsv"), ("text", "label"), ("bad 2", "x"), (f"{LONG} !", "y"), (LONG.upper(), "x"), ("a", "y"))
    data = read()
    report = data.report()
    train, dev = report["train"], report["dev"]
    assert (train["rows_of_html"], train["rows_like_missing_values"], train["rows_of_most_frequent_text"]) == (1, 1, 4)
    assert train["rare_labels"] == {"z": 1, "w": 2}
    assert (dev["near_duplicates_of_train"], dev["in_train"], dev["rows_compared"]) == (2, 1, 4)
    ids = [data.model.preprocessor.tokenizer(row).numpy().tolist() for row, _ in (*rows, *more)]
    share = sum(row.count(1) for row in ids) / sum(map(len, ids))
    assert train["unknown_token_share"] == pytest.approx(share) and share > 0.1
    warnings = [line.removeprefix("warning: ") for line in said(data, capsys) if line.startswith("warning: ")]
    assert warnings == [
        "train: 3 rows stand there twice or more; first train.tsv, line 20",
        "train: 1 rows have tags of HTML, which are read as words; first train.tsv, line 23",
        "train: 1 rows have a text such as 'nan' or 'NULL': a missing value?; first train.tsv, line 24",
        f"train: {share:.0%} of the tokens are [UNK], all the same to the model; take a model of this language "
        "(--model); first train.tsv, line 19",
        "train: 4 of 24 rows have one text, 'thanks \u2603 \u2603 \u2603'; first train.tsv, line 19",
        "dev: 1 rows stand in train too, which flatters the scores; first dev.tsv, line 5",
        "dev: 2 rows are nearly those of train, which flatters the scores; first dev.tsv, line 3, "
        "like train.tsv, line 18",
        "train: 2 labels have two rows or fewer, too few to learn from: z (1), w (2)",
    ]


def test_rows_without_trouble_are_not_warned_of(
    read: Callable[..., ClassifyData], capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        (f"{word} film", "x" if place % 2 else "y")
        for place, word in enumerate(("good", "bad", "not", "the", "a", "b"))
    ]
    write_table(Path("train.tsv"), ("text", "label"), *rows)
    write_table(Path("dev.tsv"), ("text", "label"), ("good play", "x"), ("c", "y"))
    assert not [line for line in said(read(), capsys) if "warning" in line or "not used" in line]


def test_comparing_a_part_of_the_rows_is_said(
    read: Callable[..., ClassifyData], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, word in (("train.tsv", "good"), ("dev.tsv", "bad")):
        write_table(
            Path(name), ("text", "label"), *((f"{word} {other}", "xy"[place % 2]) for place, other in enumerate(WORDS))
        )
    monkeypatch.setattr("bert_keras.data.near_duplicates._MOST_ROWS", 5)
    told = "near duplicates of train in dev: 5 of 16 rows were compared with 5 of 16, evenly spread"
    assert told in said(read(), capsys)


def test_the_handed_pairs_are_read_as_pairs(read: Callable[..., ClassifyData]) -> None:
    cases = Path(__file__).parents[2].parent / "shared" / "cases" / "tables"
    if not cases.is_dir():
        pytest.skip("the cases are not there")
    file = str(cases / "pair_column_overlooked" / "pairs.tsv")
    data = read(train=file, dev=file)
    assert data.model.pairs
    row = data.texts("train", [0])[0]
    assert (row.text, row.pair) == ("The mill burned in 1800", "A fire was in 1800")
