import json

import pytest

from bert_keras.errors import VocabularyError
from bert_keras.text import SPECIAL_TOKENS, read_vocabulary


def test_a_token_is_what_stands_between_line_ends_of_any_system(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes("[PAD]\r\na\u2028b\n \nc\n".encode())
    assert read_vocabulary(path) == ["[PAD]", "a\u2028b", " ", "c"]


def test_the_vocabulary_of_a_tokenizer_json_is_ordered_by_id(tmp_path):
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"model": {"type": "WordPiece", "vocab": {"b": 1, "a": 0}}}), encoding="utf-8")
    assert read_vocabulary(path) == ["a", "b"]


def test_blank_lines_at_the_end_of_a_file_are_no_tokens_and_others_keep_their_ids(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"[PAD]\na\n\nb\n\n\r\n\n")
    assert read_vocabulary(path) == ["[PAD]", "a", "[blank 2]", "b"]


def test_white_space_at_the_end_of_a_line_is_no_part_of_a_token(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_bytes("[PAD] \na\u3000\t\r\nb\x1f\n c\n".encode())
    assert read_vocabulary(path) == ["[PAD]", "a", "b\x1f", " c"]


@pytest.mark.parametrize(("first", "read"), [("[PAD]", "[PAD]"), ("word", "\ufeffword")])
def test_a_byte_order_mark_hides_no_special_token(tmp_path, first, read):
    path = tmp_path / "vocab.txt"
    path.write_bytes(f"\ufeff{first}\na\n".encode())
    assert read_vocabulary(path) == [read, "a"]


def test_ids_without_a_token_and_tokens_that_no_text_contains_keep_their_places(tmp_path):
    path = tmp_path / "tokenizer.json"
    vocabulary = {"a": 0, "b": 2, "c ": 3, "d\ne": 4, "f": 5}
    path.write_text(json.dumps({"model": {"vocab": vocabulary}}), encoding="utf-8")
    assert read_vocabulary(path) == ["a", "[blank 1]", "b", "[blank 3]", "[blank 4]", "f"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{}", "no `model`"),
        ("[", "no `model`"),
        ('{"model": {"type": "BPE", "vocab": {"a": 0}}}', "not a WordPiece vocabulary.*'BPE'"),
        ('{"model": {"type": "Unigram", "vocab": [["a", 0.0]]}}', "not a WordPiece vocabulary.*'Unigram'"),
        ('{"model": {"type": "WordPiece", "vocab": {"a": 0, "b": 5}}}', "ids from 0"),
        ('{"model": {"type": "WordPiece", "vocab": {"a": 0, "b": 0}}}', "ids from 0"),
        ('{"model": {"type": "WordPiece", "vocab": {"a": 0, "b": "1"}}}', "ids from 0"),
    ],
)
def test_a_tokenizer_json_of_another_kind_is_refused(tmp_path, content, complaint):
    path = tmp_path / "tokenizer.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(VocabularyError, match=complaint):
        read_vocabulary(path)


def test_a_missing_file_and_broken_utf8_are_named(tmp_path):
    with pytest.raises(VocabularyError, match=r"nowhere.txt: the vocabulary cannot be read"):
        read_vocabulary(tmp_path / "nowhere.txt")
    path = tmp_path / "vocab.txt"
    path.write_bytes("\n".join(SPECIAL_TOKENS).encode() + b"\n\xff\n")
    with pytest.raises(VocabularyError, match=r"vocab.txt, line 6: not UTF-8"):
        read_vocabulary(path)
