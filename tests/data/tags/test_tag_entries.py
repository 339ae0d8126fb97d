"""Spans in JSON: the files of annotation tools."""

import json
from pathlib import Path
from typing import Any

import pytest

from bert_keras.data import TagReading, TagSource
from bert_keras.errors import DataError
from bert_keras.tagging import Span

TEXT = "😀 Jo flew to New York"
SPANS = (Span(2, 4, "PER"), Span(13, 21, "LOC"))
JO, CITY = {"start": 3, "end": 5, "text": "Jo"}, {"start": 14, "end": 22, "text": "New York"}  # UTF-16 units
TASK = {
    "id": 7,
    "data": {"id": 3, "body": TEXT},
    "annotations": [
        {"was_cancelled": True, "result": []},
        {
            "result": [
                {"from_name": "sentiment", "value": {"choices": ["good"]}},
                {"from_name": "label", "value": JO | {"labels": ["PER"]}},
                {"from_name": "label", "value": CITY | {"labels": ["LOC"]}},
            ]
        },
    ],
}
ENTRIES: dict[str, Any] = {
    "doccano": {"id": 1, "text": TEXT, "label": [[2, 4, "PER"], [13, 21, "LOC"]], "Comments": []},
    "doccano with relations": {
        "text": TEXT,
        "entities": [
            {"id": 4, "label": "PER", "start_offset": 2, "end_offset": 4},
            {"id": 5, "label": "LOC", "start_offset": 13, "end_offset": 21},
        ],
        "relations": [],
    },
    "spaCy": {"text": TEXT, "entities": [[2, 4, "PER"], [13, 21, "LOC"]]},
    "spaCy 2": [TEXT, {"entities": [[2, 4, "PER"], [13, 21, "LOC"]]}],
    "Prodigy": {
        "text": TEXT,
        "answer": "accept",
        "spans": [{"start": 2, "end": 4, "label": "PER"}, {"start": 13, "end": 21, "label": "LOC"}],
    },
    "Label Studio": TASK,
    "Label Studio JSON_MIN": {"text": TEXT, "label": [JO | {"labels": ["PER"]}, CITY | {"labels": ["LOC"]}]},
    "Label Studio JSON_MIN of a control of any name": {
        "text": TEXT,
        "id": 8,
        "annotation_id": 3,
        "who": [JO | {"labels": ["PER"]}, JO | {"choices": ["sure"]}],
        "where": [CITY | {"labels": ["LOC"]}],
        "quality": [{"rating": 3}],
    },
    "bytes": {"text": TEXT, "label": [{"start": 5, "end": 7, "text": "Jo", "label": "PER"}, [16, 24, " LOC "]]},
    "an empty list beside it": {"text": TEXT, "entities": [], "label": [[2, 4, "PER"], [13, 21, "LOC"]]},
    "tokens": {"tokens": TEXT.split(), "ner_tags": ["O", "B-PER", "O", "O", "B-LOC", "I-LOC"]},
}


def source(tmp_path: Path, *entries: Any, lines: bool = True, **reading: str) -> TagSource:
    path = tmp_path / ("rows.jsonl" if lines else "rows.json")
    text = "".join(json.dumps(entry) + "\n" for entry in entries) if lines else json.dumps(entries, indent=1)
    path.write_text(text, encoding="utf-8")
    return TagSource(str(path), TagReading(**reading))


@pytest.mark.parametrize("tool", ENTRIES)
def test_entities_of_each_tool_are_read_in_code_points(tool: str, tmp_path: Path) -> None:
    entry = ENTRIES[tool]
    again = entry | {"id": 9} if isinstance(entry, dict) else entry
    found = source(tmp_path, entry, again, lines=False)
    assert [(text.text, text.spans) for text in found.texts] == [(TEXT, SPANS)] * 2
    assert found.texts[1].place == f"{found.name}, entry 2"
    if isinstance(entry, dict):
        text, _ = source(tmp_path, entry, again).texts
        assert (text.spans, text.place) == (SPANS, f"{tmp_path / 'rows.jsonl'}, line 1")


def test_what_has_no_annotation_is_counted(tmp_path: Path) -> None:
    again = TASK | {"annotations": [TASK["annotations"][1]] * 3}  # type: ignore[index]
    found = source(
        tmp_path,
        again,
        TASK | {"annotations": []},
        TASK | {"annotations": [{"was_cancelled": True}]},
        ENTRIES["Prodigy"] | {"answer": "reject"},
        {"text": " ", "label": []},
    )
    assert (len(found.texts), found.rows_read) == (1, 7)
    assert found.left_out == {
        "other annotations of the same text": 2,
        "not annotated": 1,
        "skipped by its annotator": 1,
        "answered reject": 1,
        "no text": 1,
    }


def test_a_task_of_json_min_counts_once_and_may_have_no_entities(tmp_path: Path) -> None:
    row = {"text": TEXT, "id": 7, "annotation_id": 1, "annotator": 1, "lead_time": 2.5}
    found = source(tmp_path, row, row | {"annotation_id": 2, "label": [JO | {"labels": ["PER"]}]}, row | {"id": 8})
    assert [text.spans for text in found.texts] == [(), ()]
    assert found.left_out == {"other annotations of the same text": 1}


def test_a_document_of_ner_annotator_is_read(tmp_path: Path) -> None:
    document = {"classes": ["PER"], "annotations": [[TEXT, {"entities": [[2, 4, "PER"]]}], None]}
    (tmp_path / "annotations.json").write_text(json.dumps(document), encoding="utf-8")
    found = TagSource(str(tmp_path / "annotations.json"))
    assert [text.spans for text in found.texts] == [(SPANS[0],)]
    assert found.left_out == {"not annotated": 1}


def test_a_file_that_is_named_json_is_no_file_of_columns(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('["a", "b"]', encoding="utf-8")
    with pytest.raises(DataError, match="entry 1: an object with a text and its spans expected. Received: 'a'"):
        TagSource(str(tmp_path / "a.json"))


def test_words_of_prodigy_without_a_span_have_no_entities(tmp_path: Path) -> None:
    row = {"text": "Jo flew", "_task_hash": 5, "tokens": [{"text": "Jo", "start": 0, "end": 2, "id": 0}]}
    assert source(tmp_path, row).texts[0].spans == ()


def test_what_an_annotator_says_of_a_region_is_no_region(tmp_path: Path) -> None:
    said = [JO | {"text": ["who is this?"]}, JO | {"choices": ["sure"]}, JO | {"labels": ["PER"]}]
    task = {"data": {"text": TEXT}, "annotations": [{"result": [{"value": value} for value in said]}]}
    assert source(tmp_path, task).texts[0].spans == (Span(2, 4, "PER"),)


def test_places_of_label_studio_count_utf_16_units_even_where_code_points_would_do(tmp_path: Path) -> None:
    region = {"start": 3, "end": 4, "text": "a", "labels": ["X"]}
    task = {"data": {"text": "😀 aa"}, "annotations": [{"result": [{"value": region}]}]}
    assert source(tmp_path, task).texts[0].spans == (Span(2, 3, "X"),)
    assert source(tmp_path, {"text": "😀 aa", "label": [region]}).texts[0].spans == (Span(3, 4, "X"),)


def test_all_places_of_a_text_count_the_same(tmp_path: Path) -> None:
    sure = {"start": 6, "end": 8, "text": "bc", "label": "X"}  # not in code points
    region = {"start": 3, "end": 4, "text": "a", "label": "X"}
    (text,) = source(tmp_path, {"text": "😀 aa bc", "label": [region, sure]}).texts
    assert text.spans == (Span(2, 3, "X"), Span(5, 7, "X"))
    with pytest.raises(DataError, match=r"span 1 says 'b', but from 3 to 4 \(code points\) the text is 'a'"):
        source(tmp_path, {"text": "😀 aa bc", "label": [region | {"text": "b"}]})


def test_half_of_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    for lines in (True, False):
        with pytest.raises(DataError, match="(line|entry) 1.*surrogate"):
            source(tmp_path, {"text": "a \ud83d", "label": []}, lines=lines)


def test_several_labels_of_a_region_overlap_and_line_ends_of_label_studio_are_understood(tmp_path: Path) -> None:
    value = {"start": 0, "end": 3, "text": "a\\nb", "labels": ["X", "Y"]}
    (text,) = source(tmp_path, {"text": "a\nb c", "label": [value]}).texts
    assert text.spans == (Span(0, 3, "X"), Span(0, 3, "Y"))


def test_the_key_of_the_text_is_chosen(tmp_path: Path) -> None:
    entry = {"text": "no", "note": "yes", "label": [[0, 3, "A"]]}
    assert source(tmp_path, entry, text_column="note").texts[0].text == "yes"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (["a", "b"], "an object with a text and its spans expected|a JSON object expected"),
        (
            {"sätze": "a", "label": []},
            "a text under a usual key, such as text expected. Received: the keys sätze, label",
        ),
        ({"text": None, "label": []}, "a text under 'text' expected"),
        ({"text": "a"}, "a list of spans expected under one of entities, spans.*Received: the keys text"),
        ({"text": "a", "label": [[0, 1]]}, "span 1 must have a start, an end and a label"),
        ({"text": "a", "label": [[0, 1, "A"], "x"]}, "span 2 must have a start"),
        ({"text": "a", "label": [[0.0, 1, "A"]]}, "span 1 must have a start"),
        ({"text": "a", "label": [[0, True, "A"]]}, "span 1 must have a start"),
        ({"text": "a", "label": [[0, 1, " "]]}, "span 1 must have a start"),
        ({"text": "ab", "label": [[0, 3, "A"]]}, "span 1 is not within the text of 2 characters"),
        ({"text": "ab", "label": [[-1, 1, "A"]]}, "span 1 is not within the text"),
        ({"text": "ab", "label": [[2, 1, "A"]]}, "span 1 is not within the text"),
        (
            {"text": "abc", "label": [{"start": 0, "end": 2, "text": "bc", "label": "A"}]},
            "span 1 says 'bc', but from 0",
        ),
        ({"tokens": ["a", "b"], "ner_tags": [0, 3]}, "a tag with names, not numbers for each of 2 words expected"),
        ({"tokens": ["a", "b"], "tags": ["O", ""]}, "a tag for each of 2 words expected"),
        ({"tokens": ["a", "b", "c"], "tags": ["B-X", "I-X", "o"]}, "a tag without prefix among tags with prefixes"),
        ({"tokens": ["a", "b"], "tags": ["X", "o"]}, "no word has the tag O"),
        ({"tokens": ["a", "b"], "tags": ["0", "3"]}, "tags are numbers, whose names are unknown"),
        ({"tokens": ["a", "b"], "tags": ["O"]}, "a tag for each of 2 words expected"),
        ({"tokens": ["a", 5], "tags": ["O", "O"]}, "a list of words expected under tokens"),
        ({"tokens": ["a", "\xa0"], "tags": ["O", "O"]}, r"word 2 of 2 is blank.*Received: '.xa0'"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(entry: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        source(tmp_path, {"text": "good", "label": []}, entry)
    assert str(caught.value).startswith(f"{tmp_path / 'rows.jsonl'}, line 2: ")
    assert "\n" not in str(caught.value)


def test_files_of_other_formats_are_refused(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"text": ["a"]}), tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="this is Parquet or Arrow; write JSON lines"):
        TagSource(str(tmp_path / "rows.parquet"))
    with pytest.raises(DataError, match="entities are read from files of columns and of JSON"):
        TagSource("tfds:conll2003")


def test_no_texts_and_no_entities_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no texts to use. Received: 1 texts, left out: {'no text': 1}"):
        source(tmp_path, {"text": "", "label": []})
    with pytest.raises(DataError, match="no text has an entity, so there is nothing to learn"):
        source(tmp_path, {"text": "a", "label": []}).labels()
    found = source(tmp_path, {"text": "a", "label": [[0, 1, "A"]]}, {"text": "a", "label": [[0, 1, "B"]]})
    with pytest.raises(DataError, match="line 2: entities 'B' do not occur in training. Known: A"):
        found.check_labels(["A"])
