"""Files of questions in the layouts of many tools give the same questions."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from data_files import write
from question_files import refusal, write_json, write_lines

from bert_keras.data import GoldAnswer, QuestionSource

MILL = "The mill at Å was built in 1871 by Josef Lind. It burned down in 1902."
WEIR = "Olga Brandt kept a diary. 1902 was wet."
ROWS: list[dict[str, Any]] = [
    {"id": "1", "context": MILL, "question": "When?", "answers": {"text": ["1902"], "answer_start": [65]}},
    {
        "id": "2",
        "context": MILL,
        "question": "Who?",
        "answers": {"text": ["Josef Lind", "Lind"], "answer_start": [35, 41]},
    },
    {"id": "3", "context": MILL, "question": "Why?", "answers": {"text": [], "answer_start": []}},
    {"id": "4", "context": WEIR, "question": "Who?", "answers": {"text": ["Olga Brandt"], "answer_start": [0]}},
]
READ = [
    ("1", MILL, (GoldAnswer("1902", 65),)),
    ("2", MILL, (GoldAnswer("Josef Lind", 35), GoldAnswer("Lind", 41))),
    ("3", MILL, ()),
    ("4", WEIR, (GoldAnswer("Olga Brandt", 0),)),
]


def objects(row: dict[str, Any]) -> list[dict[str, Any]]:
    answers = row["answers"]
    return [
        {"text": text, "answer_start": start}
        for text, start in zip(answers["text"], answers["answer_start"], strict=True)
    ]


def qas(context: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": row["id"], "question": row["question"], "answers": objects(row)} | more
        for row in ROWS
        if row["context"] == context
    ]


def haystack(row: dict[str, Any]) -> dict[str, Any]:
    answers = [
        of
        | {
            "answer_id": 5,
            "document_id": 2,
            "answer_end": of["answer_start"] + len(of["text"]),
            "answer_category": None,
        }
        for of in objects(row)
    ]
    return {"id": int(row["id"]), "question": row["question"], "answers": answers, "is_impossible": not answers}


def mrqa(context: str) -> dict[str, Any]:
    asked = [
        {
            "qid": row["id"],
            "question": row["question"],
            "answers": row["answers"]["text"],
            "detected_answers": [
                {
                    "text": of["text"].upper(),
                    "char_spans": [[of["answer_start"], of["answer_start"] + len(of["text"]) - 1]],
                }
                for of in objects(row)
            ],
            "question_tokens": [["Who", 0]],
        }
        for row in ROWS
        if row["context"] == context
    ]
    return {"id": "", "context": context, "qas": asked, "context_tokens": [["The", 0]]}


def of_lists(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """A list of objects as some data sets of Hugging Face store it."""
    return {key: [row[key] for row in rows] for key in rows[0]}


PARAGRAPHS = [{"context": context, "qas": qas(context)} for context in (MILL, WEIR)]
FLATTENED = [
    {key: value for key, value in row.items() if key != "answers"}
    | {f"answers.{key}": value for key, value in row["answers"].items()}
    for row in ROWS
]
OF_LISTS = [
    {
        "title": "T",
        "paragraphs": of_lists([{"context": of["context"], "qas": of_lists(of["qas"])} for of in PARAGRAPHS]),
    }
]
HUGGING_FACE_MRQA = [
    {"subset": "X", "qid": of["qid"], "context": row["context"], "question": of["question"], "answers": of["answers"]}
    | {
        "detected_answers": {
            "text": [answer["text"] for answer in of["detected_answers"]],
            "char_spans": [
                {"start": [span[0] for span in answer["char_spans"]], "end": [span[1] for span in answer["char_spans"]]}
                for answer in of["detected_answers"]
            ],
        }
    }
    for row in map(mrqa, (MILL, WEIR))
    for of in row["qas"]
]
LAYOUTS: dict[str, Callable[[Path], str]] = {
    "SQuAD": lambda folder: write_json(folder, {"version": "v2.0", "data": [{"title": "T", "paragraphs": PARAGRAPHS}]}),
    "articles": lambda folder: write_json(folder, [{"paragraphs": PARAGRAPHS[:1]}, {"paragraphs": PARAGRAPHS[1:]}]),
    "an article": lambda folder: write_json(folder, {"title": "T", "paragraphs": PARAGRAPHS}),
    "simpletransformers": lambda folder: write_json(folder, PARAGRAPHS),
    "data of paragraphs": lambda folder: write_json(folder, {"data": PARAGRAPHS}),
    "data of rows": lambda folder: write_json(folder, {"version": "0.1.0", "data": ROWS}),
    "Haystack": lambda folder: write_json(
        folder,
        {
            "data": [
                {
                    "paragraphs": [
                        {
                            "document_id": 2,
                            "context": of,
                            "qas": [haystack(row) for row in ROWS if row["context"] == of],
                        }
                    ]
                }
                for of in (MILL, WEIR)
            ]
        },
    ),
    "rows": lambda folder: write_lines(folder, *ROWS),
    "rows in .json": lambda folder: write_lines(folder, *ROWS, name="dev.json"),
    "rows without ending": lambda folder: write_lines(folder, *ROWS, name="part-00000"),
    "rows gzipped": lambda folder: write_lines(folder, *ROWS, name="dev.json.gz"),
    "list of rows": lambda folder: write_json(folder, ROWS),
    "list of rows in .jsonl": lambda folder: write(folder, json.dumps(ROWS, indent=1), "dev.jsonl"),
    "list on a line in .jsonl": lambda folder: write_json(folder, ROWS, "dev.jsonl"),
    "SQuAD in .jsonl": lambda folder: write(
        folder, json.dumps({"data": [{"paragraphs": PARAGRAPHS}]}, indent=1), "dev.jsonl"
    ),
    "SQuAD on a line in .jsonl": lambda folder: write_json(folder, {"data": [{"paragraphs": PARAGRAPHS}]}, "dev.jsonl"),
    "SQuAD in .txt": lambda folder: write_json(folder, {"data": [{"paragraphs": PARAGRAPHS}]}, "dev.txt"),
    "flattened": lambda folder: write_lines(folder, *FLATTENED),
    "paragraphs a line": lambda folder: write_lines(folder, *PARAGRAPHS),
    "lists in place of objects": lambda folder: write_json(folder, {"data": OF_LISTS}),
    "columns of lists": lambda folder: write_json(folder, of_lists(ROWS)),
    "columns of pandas": lambda folder: write_json(
        folder, {key: {str(row): of[key] for row, of in enumerate(ROWS)} for key in ROWS[0]}
    ),
    "split by pandas": lambda folder: write_json(
        folder, {"columns": list(ROWS[0]), "index": [0, 1, 2, 3], "data": [list(row.values()) for row in ROWS]}
    ),
    "offsets beside texts": lambda folder: write_lines(
        folder, *(of | {"answers": of["answers"]["text"], "answer_start": of["answers"]["answer_start"]} for of in ROWS)
    ),
    "MRQA": lambda folder: write_lines(folder, {"header": {"dataset": "X"}}, mrqa(MILL), mrqa(WEIR)),
    "MRQA gzipped": lambda folder: write_lines(folder, {"header": {}}, mrqa(MILL), mrqa(WEIR), name="dev.jsonl.gz"),
    "MRQA of Hugging Face": lambda folder: write_lines(folder, *HUGGING_FACE_MRQA),
    "Parquet": lambda folder: parquet(folder, ROWS),
    "Parquet of objects": lambda folder: parquet(folder, [row | {"answers": objects(row)} for row in ROWS]),
    "Parquet flattened": lambda folder: parquet(folder, FLATTENED),
    "Parquet of paragraphs": lambda folder: parquet(folder, PARAGRAPHS),
    "Arrow": lambda folder: arrow(folder, ROWS),
    "Feather": lambda folder: feather(folder, ROWS),
}


def parquet(folder: Path, rows: list[dict[str, Any]], name: str = "dev.parquet") -> str:
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), folder / name, row_group_size=3)
    return str(folder / name)


def arrow(folder: Path, rows: list[dict[str, Any]]) -> str:
    table = pa.Table.from_pylist(rows)
    with (
        pa.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as file,
        pa.ipc.new_stream(file, table.schema) as out,
    ):
        out.write_table(table, max_chunksize=3)
    return str(folder / "data-00000-of-00001.arrow")


def feather(folder: Path, rows: list[dict[str, Any]]) -> str:
    pyarrow.feather.write_feather(pa.Table.from_pylist(rows), str(folder / "dev.feather"), compression="uncompressed")
    return str(folder / "dev.feather")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_gives_the_same_questions(tmp_path: Path, layout: str) -> None:
    path = LAYOUTS[layout](tmp_path)
    source = QuestionSource(path)
    assert [(question.id, source.contexts[question.context], question.answers) for question in source.asked] == READ
    assert [question.text for question in source.asked] == [row["question"] for row in ROWS]
    assert (source.version, source.questions_read, source.questions) == ("2.0", 4, source.asked)
    assert (source.repaired, source.left_out, source.listed, source.offsets) == ({}, {}, [], {})
    assert (source.renamed, source.unnamed, source.blank) == ([], [], [])
    assert all(question.place.startswith(path) for question in source.asked)
    asked = QuestionSource(path, labelled=False)
    assert [(question.id, question.text) for question in asked.asked] == [(row["id"], row["question"]) for row in ROWS]


@pytest.mark.parametrize("layout", ["simpletransformers", "paragraphs a line", "Parquet of paragraphs", "SQuAD"])
def test_ids_that_are_missing_are_made_of_the_place(
    tmp_path: Path, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = [
        of | {"qas": [{key: value for key, value in entry.items() if key != "id"} for entry in of["qas"]]}
        for of in PARAGRAPHS
    ]
    monkeypatch.setattr(sys.modules[__name__], "PARAGRAPHS", without)
    path = LAYOUTS[layout](tmp_path)
    name, before = Path(path).name, "1." if layout == "SQuAD" else ""
    source = QuestionSource(path)
    assert [question.id for question in source.asked] == [
        f"{name}:{before}{place}" for place in ("1.1", "1.2", "1.3", "2.1")
    ]
    assert len(source.unnamed) == 4


def test_spans_of_mrqa_include_their_ends_and_each_counts_once(tmp_path: Path) -> None:
    detected = [
        {"text": "mill", "char_spans": [[4, 7], [4, 7]]},
        {"char_spans": [[27, 30]]},
        {"text": "josef  lind", "char_spans": [[35, 44]]},
        {"text": "It", "char_spans": []},
    ]
    row = {
        "context": MILL,
        "qas": [{"qid": "q", "question": "?", "answers": ["the mill"], "detected_answers": detected}],
    }
    source = QuestionSource(write_lines(tmp_path, {"header": {}}, row))
    assert [answer.text for answer in source.questions[0].answers] == ["mill", "1871", "Josef Lind", "It"]
    assert source.repaired == {"without offset": 1}
    row["qas"][0] |= {"detected_answers": [], "answers": ["mill"]}
    assert QuestionSource(write_lines(tmp_path, row)).questions[0].answers == (GoldAnswer("mill", 4),)


@pytest.mark.parametrize(
    ("detected", "message"),
    [
        ([{"char_spans": [[4]]}], '"char_spans": pairs of the first and the last character expected. Received: [4]'),
        ([{"char_spans": [["a", "b"]]}], '"char_spans": pairs of the first and the last character expected.'),
        ([{"tokens": 5}], '"detected_answers": text and char_spans expected. Received: {'),
        (["mill"], "\"detected_answers\": a JSON object expected. Received: 'mill'"),
        ("mill", "\"detected_answers\": a list expected. Received: 'mill'"),
    ],
)
def test_detected_answers_of_another_shape_are_told(tmp_path: Path, detected: Any, message: str) -> None:
    row = {"context": MILL, "qas": [{"qid": "q", "question": "?", "detected_answers": detected}]}
    assert refusal(write_lines(tmp_path, row)).startswith(f", line 1, id q: {message}")


def test_a_table_is_read_by_its_content_with_nulls_and_floats_of_frames(tmp_path: Path) -> None:
    rows = [
        {
            "id": 7.0,
            "title": "T",
            "context": MILL,
            "question": "?",
            "answers": [{"text": "1902", "answer_start": 65.0}],
        },
        {"id": None, "title": None, "context": MILL, "question": "?", "answers": None},
    ]
    path = parquet(tmp_path, rows, "dev.json")
    source = QuestionSource(path)
    assert [(question.id, question.article, question.answers) for question in source.asked] == [
        ("7", "T", (GoldAnswer("1902", 65),)),
        ("dev.json:2", "", ()),
    ]
    assert source.asked[1].place == f"{path}, row 2"


def test_a_stream_that_ends_between_two_batches_is_cut_off(tmp_path: Path) -> None:
    path = Path(arrow(tmp_path, ROWS))
    path.write_bytes(path.read_bytes()[:-8])  # the mark of its end
    assert refusal(str(path)).startswith(": broken Arrow stream (no mark of the end; was it cut off?)")


def test_a_broken_table_is_told_in_a_line(tmp_path: Path) -> None:
    for make in (parquet, arrow, feather):
        path = Path(make(tmp_path, ROWS))
        raw = path.read_bytes()
        path.write_bytes(raw[: len(raw) * 2 // 3])
        assert refusal(str(path)).startswith((": broken Parquet (", ": broken Arrow (", ": broken Arrow stream ("))
    assert refusal(parquet(tmp_path, [{"text": "a"}])).startswith(', row 1: no key "question". Received: text')
    folder = refusal(str(tmp_path))
    assert folder.startswith(": files of several kinds in one folder. Received: .arrow, .feather, .parquet; ")


def test_a_folder_of_parts_holds_the_questions_of_all(tmp_path: Path) -> None:
    folder = tmp_path / "squad"
    folder.mkdir()
    (folder / "_SUCCESS").touch()
    for number, row in enumerate(ROWS):
        write(folder, json.dumps(row) + "\n", f"part-{number}.json")
    assert [question.text for question in QuestionSource(str(folder)).asked] == [row["question"] for row in ROWS]


def test_the_first_line_of_lines_may_be_any_and_the_error_of_a_later_one_has_its_line(tmp_path: Path) -> None:
    text = "\n".join(map(json.dumps, [*ROWS[:2], {"question": "?"}]))
    assert refusal(write(tmp_path, text, "dev.json")).startswith(', line 3: no key "context". Received: question')
    assert refusal(write(tmp_path, json.dumps(ROWS[0]) + "\n{", "dev.json")).startswith(", line 2: no valid JSON (")


HANDED = Path(__file__).parents[4] / "shared" / "cases" / "questions"


@pytest.mark.skipif(not HANDED.is_dir(), reason="needs the files that people handed in")
@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("datasets-flattened.jsonl", [["cat"], []]),
        ("good.json", [["1871"], ["Josef Lind"], ["1902"]]),
        ("haystack.json", [["cat"], []]),
        ("imp_empty.json", [["1871"], ["Josef Lind"], ["1902"], []]),
        ("impint.json", [["1871"], ["Josef Lind"], ["1902"]]),
        ("mrqa.jsonl", [["cat"]]),
        ("noid.json", [["1871"], ["Josef Lind"], ["1902"]]),
        ("same-id-twice.json", [["1911"], ["1911"], ["Olga Brandt"]]),
        ("st.json", [["1871"], ["Josef Lind"], ["1902"]]),
        ("strstart.json", [["1871"], ["Josef Lind"], ["1902"]]),
    ],
)
def test_files_that_were_handed_in_are_read_as_they_are_meant(name: str, answers: list[list[str]]) -> None:
    source = QuestionSource(str(HANDED / name))
    assert [[answer.text for answer in question.answers] for question in source.asked] == answers
    assert (source.repaired, source.left_out) == ({}, {})
