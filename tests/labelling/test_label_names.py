from pathlib import Path

import pytest

from bert_keras.errors import DataError
from bert_keras.labelling import LabelName, read_label_names, words_of


def test_a_label_is_described_by_what_follows_a_tab_or_by_its_own_words(tmp_path: Path) -> None:
    file = tmp_path / "names.txt"
    file.write_text("card_arrival\n\nlost\tmy card is gone\r\nPlayMusic\n", encoding="utf-8")
    assert read_label_names(file) == [
        LabelName("card_arrival", "card arrival"),
        LabelName("lost", "my card is gone"),
        LabelName("PlayMusic", "play music"),
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Refund_not_showing_up", "refund not showing up"),
        ("get-weather", "get weather"),
        ("getATMSupport", "get ATMSupport"),
        ("ATM", "ATM"),
        ("3", "3"),
        ("état_civil", "état civil"),
        ("__", "__"),
    ],
)
def test_names_are_taken_apart_into_words(name: str, words: str) -> None:
    assert words_of(name) == words


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\nb\na\n", "names.txt, line 3: a label stands there once; delete the line. Received: 'a' again"),
        ("a\n", "names.txt: two or more labels expected, one a line. Received: a"),
        ("", "names.txt: two or more labels expected, one a line. Received: none"),
        ("a\tb\tc\nd\n", "names.txt, line 1: a name expected, or a name, a tab and a description. Received: "),
        ("a\n\tb\n", "names.txt, line 2: a name expected"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "names.txt").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_label_names(tmp_path / "names.txt")
    assert message in str(error.value)
