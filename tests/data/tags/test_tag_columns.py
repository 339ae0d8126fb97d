"""Files of columns: which are read, which lines are words, and what is refused."""

from pathlib import Path

import pytest

from bert_keras.data import TagReading, TagSource
from bert_keras.errors import DataError, InputError
from bert_keras.tagging import Span


def source(tmp_path: Path, content: str, **reading: int) -> TagSource:
    path = tmp_path / "train.conll"
    path.write_bytes(content.encode())
    return TagSource(str(path), TagReading(**reading))


def test_four_columns_of_conll_2003_in_iob1(tmp_path: Path) -> None:
    read = source(
        tmp_path,
        "-DOCSTART- -X- O O\n\nU.N. NNP I-NP I-ORG\nofficial NN I-NP O\nJo NNP B-NP I-PER\nEx NNP I-NP B-PER\n\n\n"
        "Paris NNP I-NP I-LOC\r\n",
    )
    first, second = read.texts
    assert first.text == "U.N. official Jo Ex"
    assert first.spans == (Span(0, 4, "ORG"), Span(14, 16, "PER"), Span(17, 19, "PER"))
    assert (second.text, second.spans, second.place) == ("Paris", (Span(0, 5, "LOC"),), f"{read.name}, line 9")
    assert read.described == {read.name: "columns, words in 1 and tags in 4 of 4"}


@pytest.mark.parametrize(
    "content",
    [
        "Jo\tB-PER\nis\tO\nin\tO\nNew York\tB-LOC\n",
        "# id 7\nJo\tB-PER\nis\tO\n# not a word\nin\tO\nNew York\tB-LOC\n",
        "\ufeff1\tJo\tX\tB-PER\n2\tis\tX\tO\n3\tin\tX\tO\n4\tNew York\tX\tB-LOC\n",
        "Jo S-PER\nis O\nin O\nNew B-LOC\nYork E-LOC\n",
        "Jo PER\nis O\nin O\nNew LOC\nYork LOC",
        "-DOCSTART-\n\nJo\tB-PER\nis\tO\nin\tO\nNew York\tB-LOC\n",
        "#\thttps://example.org [2009-10-17]\n1\tJo\tX\tB-PER\n2\tis\tX\tO\n3\tin\tX\tO\n4\tNew York\tX\tB-LOC\n",
        "# by hand\n\n# id 7\tdomain=a\nJo _ _ B-PER\nis _ _ O\nin _ _ O\nNew _ _ B-LOC\nYork _ _ I-LOC\n",
        "Id\tToken\tPOS\tTag\n1\tJo\tX\tB-PER\n2\tis\tX\tO\n3\tin\tX\tO\n4\tNew York\tX\tB-LOC\n",
        "7\tJo\tX\tB-PER\n8\tis\tX\tO\n9\tin\tX\tO\n10\tNew York\tX\tB-LOC\n",
        "0 Jo B-PER\n1 is O\n2 in O\n3 New B-LOC\n4 York I-LOC\n",
        "1\tJo\tB-PER\n2-3\tisin\t_\n2\tis\tO\n3\tin\tO\n3.1\tthe\t_\n4\tNew\tB-LOC\n5\tYork\tI-LOC\n",
    ],
)
def test_tabs_comments_numbers_and_schemes_are_read_alike(content: str, tmp_path: Path) -> None:
    (text,) = source(tmp_path, content).texts
    assert (text.text, text.spans) == ("Jo is in New York", (Span(0, 2, "PER"), Span(9, 17, "LOC")))


def test_a_word_that_is_a_bracket_does_not_make_json_of_a_file(tmp_path: Path) -> None:
    (text,) = source(tmp_path, "[ O\nJo B-PER\n] O\n").texts
    assert (text.text, text.spans) == ("[ Jo ]", (Span(2, 4, "PER"),))


def test_a_document_ends_the_sentence_before_it(tmp_path: Path) -> None:
    found = source(tmp_path, "Jo B-PER\n-DOCSTART- O\nEx I-PER\n").texts
    assert [(text.text, text.spans) for text in found] == [("Jo", (Span(0, 2, "PER"),)), ("Ex", (Span(0, 2, "PER"),))]


def test_a_word_that_begins_with_a_number_sign_is_no_comment(tmp_path: Path) -> None:
    for content in ("# O\n#jo B-PER\n", "#\tO\n#jo\tB-PER\n"):
        (text,) = source(tmp_path, content).texts
        assert (text.text, text.spans) == ("# #jo", (Span(2, 5, "PER"),))


def test_another_column_with_tags_of_the_same_types_is_told(tmp_path: Path) -> None:
    read = source(tmp_path, "1\tUni\tB-ORG\tO\n2\tUlm\tI-ORG\tB-LOC\n3\tUlm\tB-LOC\tO\n")
    assert read.described[read.name] == (
        "columns, words in 2 and tags in 4 of 4; column 3 has tags of these types too (--tag_column 3)"
    )


def test_columns_are_chosen(tmp_path: Path) -> None:
    content = "B-PER Jo O\nO is O\n"
    (text,) = source(tmp_path, content, word_column=2, tag_column=1).texts
    assert (text.text, text.spans) == ("Jo is", (Span(0, 2, "PER"),))
    assert source(tmp_path, content, word_column=-2, tag_column=-3).texts == [text]


def test_a_file_of_words_outside_of_entities_has_none(tmp_path: Path) -> None:
    assert source(tmp_path, "a O\nb O\n").label_counts == {}


@pytest.mark.parametrize(
    ("content", "reading", "message"),
    [
        ("", {}, "no words in it"),
        ("word\n", {}, "line 1: a word and its tag expected.*Received: word"),
        ("a O\nb X O\n", {}, "line 2: 2 columns expected, as in line 1. Received: 3, b X O"),
        ("a O\nb O\n", {"tag_column": 3}, "there are 2 columns. Received: column 3"),
        ("a O\nb O\n", {"tag_column": 1}, "words and tags are two columns. Received: column 1 for both"),
        ("a\tO\n\tO\n", {}, "line 2: an empty word"),
        ("a B-PER\nb I-PER\nc PER\n", {}, "line 3: a tag without prefix among tags with prefixes, such as B-PER"),
        ("a\tO\nb\t\n", {}, "line 2: an empty tag"),
        ("a PER\nb o\n", {}, "line 2: no word has the tag O.*Received: o"),
        ("a O\nb b-PER\nc i-PER\n", {}, "line 2: .* is said by B- and I- before its type.*b-PER and i-PER"),
        ("a PER_B\nb PER_I\nc O\n", {}, "line 1: .* is said by B- and I- before its type.*PER_B and PER_I"),
        ("a O\rb O\r", {}, "line 1: a carriage return in the midst of a line"),
        ("#word\n", {}, "line 1: a word and its tag expected.*Received: #word"),
        ("a O\n\n#b\nc O\n", {}, "line 3: 2 columns expected, as in line 1. Received: 1, #b"),
        ("a 0\nb 3\n", {}, "line 1: tags are numbers, whose names are unknown"),
        ("".join(f"w t{number}\n" for number in range(1001)), {}, "is column 2 that of the tags.*1,001 different"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(
    content: str, reading: dict[str, int], message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        source(tmp_path, content, **reading)
    assert str(caught.value).startswith(str(tmp_path / "train.conll"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("reading", [{"word_column": 0}, {"tag_column": 0}, {"word_column": 2, "tag_column": 2}])
def test_columns_that_cannot_be_are_refused(reading: dict[str, int]) -> None:
    with pytest.raises(InputError, match="Received"):
        TagReading(**reading)
