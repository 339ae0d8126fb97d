from collections.abc import Callable
from pathlib import Path

import pyarrow
import pytest
from data_files import write

from bert_keras import BertTokenizer
from bert_keras.data import Columns, Encoded, Signs, Source, encode, find_signs
from bert_keras.data.text_signs import HTML, MISSING_VALUE, text_signs
from bert_keras.models import TextClassifierPreprocessor


@pytest.fixture(scope="module")
def preprocessor(tokenizer: BertTokenizer) -> TextClassifierPreprocessor:
    return TextClassifierPreprocessor(tokenizer, 16)


@pytest.fixture
def signs(preprocessor: TextClassifierPreprocessor, tmp_path: Path) -> Callable[..., Signs]:
    """The signs of a file's rows."""

    def find(content: str, columns: Columns = Columns(), task: str = "single_label") -> Signs:  # noqa: B008
        source = Source(write(tmp_path, content), columns, task)
        rows: Encoded = encode(source, preprocessor.pack, preprocessor.fingerprint, tmp_path / "cache")
        special = [preprocessor.tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]")]
        unknown = preprocessor.tokenizer.token_to_id("[UNK]")
        return find_signs(rows, unknown, special, rows.label_names() if task != "regression" else ())

    return find


@pytest.mark.parametrize(
    "text", ["<p>good</p>", "a <br> b", "a<br />b", '<a href="x">', "</DIV>", "<IMG SRC=x\nalt='y'/>", "<h1>t"]
)
def test_tags_of_html_are_seen(text: str) -> None:
    assert text_signs(pyarrow.array([text])).tolist() == [HTML]


@pytest.mark.parametrize("text", ["a < b > c", "I <3 you", "<user> says", "x<y", "<>", "a <b c", "&amp;", "<pre-war>"])
def test_other_marks_are_no_html(text: str) -> None:
    assert text_signs(pyarrow.array([text])).tolist() == [0]


@pytest.mark.parametrize("text", ["nan", "NaN", " None ", "NULL", "null", "N/A", "n/a", "#N/A", "<NA>", "\\N", "NaT"])
def test_words_for_a_missing_value_are_seen(text: str) -> None:
    assert text_signs(pyarrow.array([text])).tolist() == [MISSING_VALUE]


@pytest.mark.parametrize("text", ["", "nane", "none of it", "Nan was late", "no", "-", "0"])
def test_other_words_are_no_missing_value(text: str) -> None:
    assert text_signs(pyarrow.array([text])).tolist() == [0]


def test_rows_that_look_like_something_else_are_counted_with_their_first_place(
    signs: Callable[..., Signs], tmp_path: Path
) -> None:
    found = signs("text,pair,label\ngood,<b>bad</b>,x\nnan,a,y\n<i>a</i>,b,x\nbad,NULL,y\n", Columns(pair="pair"))
    file = str(tmp_path / "rows.csv")
    assert (found.html, found.first_html) == (2, (file, 2))
    assert (found.missing_values, found.first_missing_value) == (2, (file, 3))
    alone = signs("text,pair,label\ngood,<b>bad</b>,x\nnan,a,y\n<i>a</i>,b,x\nbad,NULL,y\n", Columns(text="text"))
    assert (alone.html, alone.first_html, alone.missing_values) == (1, (file, 4), 1)


def test_unknown_tokens_are_a_share_of_those_from_texts(signs: Callable[..., Signs], tmp_path: Path) -> None:
    found = signs("text,label\nthe film,x\n\u2603 the \ua64e,y\ngood,x\nfilm \u2603,y\n")
    assert (found.tokens, found.unknown_tokens, found.unknown_share) == (8, 3, 3 / 8)
    assert found.first_unknown_token == (str(tmp_path / "rows.csv"), 3)
    pairs = signs("text,pair,label\nthe film,\u2603,x\ngood,,y\n", Columns(pair="pair"))
    assert (pairs.tokens, pairs.unknown_tokens) == (4, 1)
    known = signs("text,label\nthe film,x\ngood,y\n")
    assert (known.unknown_share, known.first_unknown_token) == (0, None)


def test_labels_of_one_row_or_two_are_named_the_fewest_first(signs: Callable[..., Signs]) -> None:
    rows = "".join(f"good,{label}\n" for label in "abacabbdd")
    assert signs(f"text,label\n{rows}").rare_labels == {"c": 1, "d": 2}
    flags = signs("text,p,q,r\na,1,0,0\nb,1,1,0\nc,1,0,0\n", Columns(label=("p", "q", "r")), "multi_label")
    assert flags.rare_labels == {"r": 0, "q": 1}
    assert signs("text,label\ngood,1.5\nbad,2\n", task="regression").rare_labels == {}
