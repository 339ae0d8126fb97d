import dataclasses
from pathlib import Path

import pytest
from data_files import read, refusal, texts, write

from bert_keras.data import Chosen, Columns, Source
from bert_keras.data.columns import choose
from bert_keras.errors import DataError, InputError


@pytest.mark.parametrize(
    ("header", "text", "label"),
    [
        ("Sentence,Intent,other", 0, 1),
        ("id, TEXT ,Category", 1, 2),
        ("target,question1,question2", 1, 0),
        ("title,review,label", 1, 2),
        ("class,sentence1,label", 1, 2),
        ("text,score,label", 0, 2),
    ],
)
def test_usual_names_are_found_in_any_case_and_in_their_order(
    tmp_path: Path, header: str, text: int, label: int
) -> None:
    (row,) = read(write(tmp_path, f"{header}\nzero,one,two\n"))
    assert row.text == ("zero", "one", "two")[text]
    assert row.target == ("zero", "one", "two")[label]


def test_a_score_is_a_usual_name_for_numbers_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "text,score\na,0.5\n")
    assert [row.target for row in read(path, task="regression")] == [0.5]
    assert refusal(path).startswith(", line 1: no column with a usual name for the label. Received: text, score")


def test_named_columns_win_over_usual_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "text,label,note,grade\nt,l,n,g\n")
    (row,) = read(path, Columns(text="note", label="grade"))
    assert (row.text, row.target, row.pair) == ("n", "g", None)


def test_second_texts_are_read_where_their_column_is_named_and_may_be_empty(tmp_path: Path) -> None:
    path = write(tmp_path, "text,other,label\nIt rains.,It is wet.,yes\nIt rains.,,no\n")
    assert [row.pair for row in read(path)] == [None, None]
    assert [(row.text, row.pair) for row in read(path, Columns(pair="other"))] == [
        ("It rains.", "It is wet."),
        ("It rains.", ""),
    ]


def chosen(header: str, columns: Columns = Columns(), task: str | None = "single_label") -> Chosen:  # noqa: B008
    return choose(columns, task, header.split(","), "rows.csv, line 1")


@pytest.mark.parametrize(
    ("header", "text", "pair"),
    [
        ("idx,sentence1,sentence2,label", "sentence1", "sentence2"),
        ("label,hypothesis,premise", "premise", "hypothesis"),
        ("id,qid1,qid2,question1,question2,label", "question1", "question2"),
        ("text_a,text_b,label", "text_a", "text_b"),
        ("text1,text2,label", "text1", "text2"),
        ("pair_ID,sentence_A,sentence_B,label", "sentence_A", "sentence_B"),
        ("sentenceA,sentenceB,label", "sentenceA", "sentenceB"),
        ("Sentence 1,Sentence 2,Label", "Sentence 1", "Sentence 2"),
        ("question,sentence,label,idx", "question", "sentence"),
        ("passage,question,label", "question", "passage"),
        ("text,pair,label", "text", None),
        ("text,sentence1,sentence2,label", "text", None),
        ("premise,label", "premise", None),
        ("review,hypothesis,label", "review", None),
        ("sentence1,text_b,label", "sentence1", None),
        ("question,context,label", "question", None),
    ],
)
def test_two_columns_of_a_usual_pair_are_read_together_unless_there_is_a_text(
    header: str, text: str, pair: str | None
) -> None:
    found = chosen(header)
    assert (found.text, found.pair) == (text, pair)


@pytest.mark.parametrize(
    ("header", "columns", "hints"),
    [
        ("text,label", Columns(), []),
        ("sentence1,sentence2,label", Columns(), []),
        ("text,pair,label", Columns(), ["'pair' is there and not used: --pair_column pair"]),
        ("text,Text B,label", Columns(), ["'Text B' is there and not used: --pair_column 'Text B'"]),
        (
            "sentence1,sentence2,label",
            Columns(text="sentence1"),
            ["'sentence2' is there and not used: --pair_column sentence2"],
        ),
        ("question,context,label", Columns(), ["'context' is there and not used: --pair_column context"]),
        ("text,context,label", Columns(), []),
        (
            "text,hypothesis,pair,label",
            Columns(),
            ["'pair', 'hypothesis' are there and not used: --pair_column NAME"],
        ),
        (
            "title,review,label",
            Columns(),
            ["'title' is there and not used: --text_column title"],
        ),
        ("title,review,label", Columns(text="review"), []),
        ("text,label,label_text", Columns(), ["'label_text' is there and not used: --label_column label_text"]),
        ("text,category,label", Columns(), ["'category' is there and not used: --label_column category"]),
        ("text,category,label", Columns(label="category"), []),
        ("text,category,label", Columns(text="category", label="label"), []),
        ("text,label,score", Columns(), []),
    ],
)
def test_columns_that_were_likely_meant_and_are_not_read_are_named_with_their_option(
    header: str, columns: Columns, hints: list[str]
) -> None:
    assert chosen(header, columns).hints() == hints


def test_of_numbers_a_score_beside_a_label_is_likely_too() -> None:
    assert chosen("text,label,score", task="regression").unused == (("label", "score"),)
    assert chosen("text,label,category", task=None).unused == ()


def test_what_is_read_is_described_and_reported() -> None:
    found = chosen("premise,hypothesis,intent,pair")
    assert found.described() == "text 'premise', pair 'hypothesis', label 'intent'"
    assert found.report() == {"text": "premise", "pair": "hypothesis", "label": "intent"}
    flags = chosen("text,rude,late", Columns(label=("rude", "late")), "multi_label")
    assert flags.described() == "text 'text', label 'rude' and 1 more"
    assert flags.report() == {"text": "text", "pair": None, "label": ["rude", "late"]}
    assert chosen("text,note", task=None).report() == {"text": "text", "pair": None, "label": None}


@pytest.mark.parametrize(
    ("header", "columns", "text", "pair"),
    [
        ("text,pair", Columns(), "text", "pair"),
        ("text,sentence1,sentence2", Columns(), "sentence1", "sentence2"),
        ("review,pair,body", Columns(), "review", "pair"),
        ("premise,hypothesis,pair", Columns(text="premise"), "premise", "hypothesis"),
        ("note,pair", Columns(text="note"), "note", "pair"),
        ("text,other", Columns(pair="other"), "text", "other"),
        ("question,sentence", Columns(pair="sentence"), "question", "sentence"),
        ("text,premise,hypothesis", Columns(pair="hypothesis"), "premise", "hypothesis"),
        ("text,pair,a,b", Columns(trained=Chosen("a", "b", ())), "a", "b"),
        ("text,pair,a", Columns(trained=Chosen("a", "b", ())), "text", "pair"),
    ],
)
def test_a_model_of_pairs_gets_a_pair_from_the_names_that_belong_together(
    header: str, columns: Columns, text: str, pair: str
) -> None:
    found = chosen(header, dataclasses.replace(columns, pairs=True), None)
    assert (found.text, found.pair) == (text, pair)
    assert not [name for kind, name in found.unused if kind == "pair"]


@pytest.mark.parametrize("header", ["text,label", "text,hypothesis", "sentence1,label"])
def test_a_model_of_pairs_refuses_rows_without_second_texts(header: str) -> None:
    with pytest.raises(DataError) as error:
        chosen(header, Columns(pairs=True), None)
    first, second = header.split(",")
    assert str(error.value) == (
        "rows.csv, line 1: rows are pairs of texts, and no column has a usual name for those beside "
        f"{first!r}. Received: {first}, {second}; name it with --pair_column"
    )


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("text,pair", "text"),
        ("sentence1,sentence2", "sentence1"),
        ("text_b,text_a", "text_a"),
        ("question,sentence", "sentence"),
    ],
)
def test_a_model_of_single_texts_never_reads_second_ones(header: str, text: str) -> None:
    found = chosen(header, Columns(pairs=False), None)
    assert (found.text, found.pair) == (text, None)
    with pytest.raises(InputError, match="single texts have no column of second ones. Received: 'pair'; leave it out"):
        Columns(pair="pair", pairs=False)


def test_why_second_texts_are_not_read_stands_in_place_of_an_option() -> None:
    found = chosen("text,pair,review", Columns(pairs=False), None)
    assert found.hints("the model takes single texts") == [
        "'review' is there and not used: --text_column review",
        "'pair' is there and not used: the model takes single texts",
    ]


def test_the_columns_of_the_training_are_taken_where_they_are_there() -> None:
    trained = Columns(pairs=False, trained=Chosen("review", None, ("mood",)))
    assert list(chosen("text,review,label,mood", trained)) == ["review", "mood"]
    assert list(chosen("text,label", trained)) == ["text", "label"]


def test_a_column_is_not_read_twice() -> None:
    assert list(chosen("text,review,label", Columns(label="text"))) == ["review", "text"]
    for wrong in ({"text": "a", "pair": "a"}, {"text": "a", "label": "a"}, {"pair": "a", "label": ("b", "a")}):
        with pytest.raises(InputError, match="text, pair and label are different columns. Received: 'a' twice"):
            Columns(**wrong)


def test_a_first_line_that_is_a_row_is_told_to_lack_the_names(tmp_path: Path) -> None:
    path = write(tmp_path, "The soup was cold 0,neg\nQuick reply from support 1,pos\n")
    assert refusal(path) == (
        ", line 1: no column with a usual name for the text. Received: The soup was cold 0, neg; does the file lack a "
        "header? The first line of a table must name its columns, e.g. text,label. If these are the names, choose with "
        "--text_column"
    )
    assert "no column 'words'. Received: The soup was cold 0, neg; does the file lack a header?" in refusal(
        path, Columns(text="words")
    )


def test_a_source_says_which_columns_it_reads_before_and_after_it_is_read(tmp_path: Path) -> None:
    first = write(tmp_path, "sentence1,sentence2,label,pair\na,b,c,d\n", "1.csv")
    second = write(tmp_path, "text,label,sentence2,sentence1\ne,f,g,h\n", "2.csv")
    source = Source([first, second], Columns(), "single_label")
    assert list(source.chosen) == ["sentence1", "sentence2", "label"]
    assert [(row.text, row.pair) for row in source] == [("a", "b"), ("h", "g")]
    assert list(source.chosen) == ["sentence1", "sentence2", "label"]
    with pytest.raises(DataError, match="no column with a usual name for the text"):
        assert Source(write(tmp_path, "words\na\n")).chosen


def test_a_file_read_without_labels_needs_no_column_of_them(tmp_path: Path) -> None:
    assert texts(write(tmp_path, "text,label\ngood,\nbad,no\n")) == ["good", "bad"]
    assert texts(write(tmp_path, "text\ngood\n")) == ["good"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns(), "no column with a usual name for the text. Received: words, label, b; name it with --text_column"),
        (
            Columns(text="Words"),
            "no column 'Words' (did you mean 'words'?). Received: words, label, b; name it with --text_column",
        ),
        (Columns(text="words", pair="c"), "no column 'c'. Received: words, label, b; name it with --pair_column"),
        (
            Columns(text="words", label="lable"),
            "no column 'lable' (did you mean 'label'?). Received: words, label, b; name it with --label_column",
        ),
        (Columns(text="words", label=""), "no column ''. Received: words, label, b; name it with --label_column"),
    ],
)
def test_a_missing_column_is_told_with_those_there(tmp_path: Path, columns: Columns, message: str) -> None:
    assert refusal(write(tmp_path, "words,label,b\nx,y,z\n"), columns) == f", line 1: {message}"
    jsonl = write(tmp_path, '\n{"words": "x", "label": "y", "b": "z"}\n', "rows.jsonl")
    assert refusal(jsonl, columns) == f", line 2: {message}"


def test_of_many_columns_the_first_are_listed(tmp_path: Path) -> None:
    message = refusal(write(tmp_path, ",".join(f"c{place}" for place in range(1000)) + "\n"))
    assert message.endswith("c18, c19 and 980 more; name it with --text_column")


def test_a_column_that_is_there_twice_is_refused_only_where_it_is_wanted(tmp_path: Path) -> None:
    path = write(tmp_path, "text,note,note,label\na,b,c,d\n")
    assert texts(path) == ["a"]
    assert refusal(path, Columns(text="note")).startswith(", line 1: the column 'note' is there more than once.")


def test_the_files_that_follow_have_the_columns_of_the_first_in_any_order(tmp_path: Path) -> None:
    first, second = (
        write(tmp_path, "review,label\na,b\n", "1.csv"),
        write(tmp_path, "label\tid\ttext\treview\nc\t1\te\td\n", "2.tsv"),
    )
    assert [(row.text, row.target) for row in read([first, second])] == [("a", "b"), ("d", "c")]
    third = write(tmp_path, '{"text": "a", "label": "b"}', "3.jsonl")
    assert refusal([first, second, third]).startswith(", line 1: no column 'review'. Received: text, label")


@pytest.mark.parametrize("label", [("a", "b"), ["a", "b"]])
def test_several_label_columns_are_refused_for_one_label(tmp_path: Path, label: list[str]) -> None:
    path = write(tmp_path, "text,a,b\nx,0,1\n")
    with pytest.raises(
        InputError,
        match=r"several columns of labels are for rows with any number of labels\. "
        r"Received: \('a', 'b'\) for single_label",
    ):
        Source(path, Columns(label=label), "single_label")


def test_columns_and_tasks_without_a_name_are_refused(tmp_path: Path) -> None:
    for wrong in ({"label": ()}, {"separator": ""}):
        with pytest.raises(InputError, match="must have a name"):
            Columns(**wrong)
    with pytest.raises(InputError, match="task must be one of"):
        Source(write(tmp_path, "text\na\n"), task="labels")
    with pytest.raises(InputError, match="a source needs a file"):
        Source([])
