"""Files of questions with bytes, fields and rows changed are refused in one line, or no question of them is lost."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from test_broken_files import changed
from test_layouts import LAYOUTS, parquet

from bert_keras.data import QuestionSource
from bert_keras.errors import DataError

TRIES = 6  # of each kind for each layout
TABLES = ("Parquet", "Parquet of objects", "Parquet flattened", "Parquet of paragraphs", "Arrow", "Feather")
COLUMNS = ("lists in place of objects", "columns of lists", "columns of pandas", "split by pandas")
JSON_LAYOUTS = [layout for layout in LAYOUTS if layout not in TABLES]
VALUES = [
    *(None, True, 0, -1, 7.5, 1e300, float("nan"), "", " ", "1902", "nowhere", "é\r\n", "[1]"),
    *([], {}, [[]], {"text": 5}),
]
KEYS = ["answers", "gold_answers", "context", "qas", "id", "text", "answer_start", "x"]


def read(path: str) -> tuple[int, int] | None:
    """Reads a file with and without answers, and returns the number of questions of both; None if it is refused."""
    counts = []
    for labelled in (True, False):
        try:
            source = QuestionSource(path, labelled=labelled)
        except DataError as error:
            assert str(error).startswith(path)
            assert "\n" not in str(error) and len(str(error)) < 3 * len(path) + 600
            counts.append(-1)
            continue
        assert source.questions_read == len(source.asked) == len(source.questions) + sum(source.left_out.values())
        assert len({question.id for question in source.asked}) == len(source.asked)
        for question in source.asked:
            for answer in question.answers:
                context = source.contexts[question.context]
                assert context[answer.start : answer.end] == answer.text == answer.text.strip() != ""
        counts.append(len(source.asked))
    return (counts[0], counts[1]) if counts != [-1, -1] else None


def questions_of(tree: Any) -> int:
    """Counts the objects with a question."""
    if isinstance(tree, dict):
        return ("question" in tree) + sum(map(questions_of, tree.values()))
    return sum(map(questions_of, tree)) if isinstance(tree, list) else 0


def places_of(tree: Any) -> list[tuple[Any, Any]]:
    """Each object or list of a tree with each of its keys or indices."""
    inner = list(tree.items()) if isinstance(tree, dict) else list(enumerate(tree)) if isinstance(tree, list) else []
    return [(tree, key) for key, _ in inner] + [place for _, value in inner for place in places_of(value)]


def with_a_field_changed(tree: Any, chance: random.Random) -> None:
    """Sets, takes out or renames a value anywhere."""
    holder, key = chance.choice(places_of(tree))
    kind = chance.choice(["set", "set", "take out", "rename"])
    if kind == "set":
        holder[key] = chance.choice(VALUES)
    elif kind == "rename" and isinstance(holder, dict):
        holder[chance.choice(KEYS)] = holder.pop(key)
    else:
        del holder[key]


def with_rows_changed(tree: Any, chance: random.Random) -> None:
    """Doubles, takes out or moves an item of a list anywhere."""
    lists = [holder for holder, _ in places_of(tree) if isinstance(holder, list)] or [[1]]
    items = chance.choice(lists)
    place = chance.randrange(len(items))
    item = items.pop(place)
    for _ in range(chance.randrange(3)):
        items.insert(chance.randrange(len(items) + 1), json.loads(json.dumps(item)))


def rewritten(path: Path, change: Callable[[Any, random.Random], None], chance: random.Random) -> int:
    """Changes the JSON of a file; returns the number of its questions."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        tree, lines = json.loads(raw), False
    except json.JSONDecodeError:
        tree, lines = [json.loads(line) for line in raw.splitlines()], True
    for _ in range(chance.randrange(1, 3)):
        change(tree, chance)
    text = "\n".join(map(json.dumps, tree)) if lines else json.dumps(tree)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return questions_of(tree)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_with_changed_bytes_is_refused_or_read(tmp_path: Path, layout: str) -> None:
    chance = random.Random(layout)
    for _ in range(TRIES):
        path = Path(LAYOUTS[layout](tmp_path))
        # Bytes inside of tables have no checksum: theirs are cut off, which shows.
        kinds = ["end"] if layout in TABLES else ["flip", "cut", "insert", "double", "end"]
        raw = path.read_bytes()
        for _ in range(chance.randrange(1, 4)):
            inserted = chance.choice([b"\n", b"}", b'"', b"\xff", b"\\ud800", b", "])
            raw = changed(raw, chance.choice(kinds), chance.random(), chance.random() / 4, inserted)
        path.write_bytes(raw)
        read(str(path))


@pytest.mark.parametrize("layout", JSON_LAYOUTS)
@pytest.mark.parametrize("change", [with_a_field_changed, with_rows_changed])
def test_a_file_with_changed_fields_or_rows_is_refused_or_all_its_questions_are_read(
    tmp_path: Path, layout: str, change: Callable[[Any, random.Random], None]
) -> None:
    chance = random.Random(layout)
    for _ in range(TRIES):
        path = Path(LAYOUTS[layout](tmp_path))
        count = rewritten(path, change, chance)
        found = read(str(path))
        if found is not None and layout not in COLUMNS:
            assert set(found) <= {count, -1}


@pytest.mark.parametrize("change", [with_a_field_changed, with_rows_changed])
def test_a_table_with_changed_fields_or_rows_is_refused_or_all_its_questions_are_read(
    tmp_path: Path, change: Callable[[Any, random.Random], None]
) -> None:
    chance, tried = random.Random(1), 0
    for layout in ("rows", "flattened", "paragraphs a line") * 2 * TRIES:
        path = Path(LAYOUTS[layout](tmp_path))
        rewritten(path, change, chance)
        try:
            table = parquet(tmp_path, [json.loads(line) for line in path.read_text().splitlines()])
        except (pa.ArrowException, TypeError, AttributeError, IndexError):  # a column of several types is no table
            continue
        tried += 1
        found = read(table)
        if found is not None:
            assert set(found) <= {questions_of(pyarrow.parquet.read_table(table).to_pylist()), -1}
    assert tried > TRIES
