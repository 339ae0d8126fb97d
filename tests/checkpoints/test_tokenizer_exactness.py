import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pytorch_side import peer_rows
from tokenizer_folders import (
    BERT_NORMALIZER,
    BERT_PROCESSING,
    FAST,
    NEXT,
    PLAIN,
    TOKENS,
    fast_file,
    token,
    write_tokenizer,
)
from tokenizers import Tokenizer

from bert_keras.checkpoints.hugging_face.families import FAMILIES
from bert_keras.checkpoints.hugging_face.save_tokenizer import write_tokenizer as save_tokenizer
from bert_keras.checkpoints.hugging_face.tokenizer import read_tokenizer
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.text import BertTokenizer

TEXTS = [
    "The cat, CAT and Cat at the café!",
    "[E1] Cat [/E1] the [e1] cat",
    "  the NEW  cat newNEW new",
    "a[E1]b the<url> cat",
    "東京 the 東京 ﬁ cafe\u0301",
    "unknowable x1 1x11",
    "the [unused1] cat\u200b [UNUSED1]",
    "",
    "a\tb\u00a0c\u3000the\x00cat",
]
PAIRS = [*TEXTS[1:], TEXTS[0]]
MARKS = {
    "added_tokens_decoder": {
        str(NEXT): token("[E1]"),
        str(NEXT + 1): token("[/E1]", normalized=True, special=False),
        str(NEXT + 2): token("NEW", normalized=True, special=False, lstrip=True),
        str(NEXT + 3): token("<url>", rstrip=True, lstrip=True),
        "1": token("[unused1]", single_word=True, special=False),
    }
}
LISTED = tuple(entry | {"id": int(place)} for place, entry in MARKS["added_tokens_decoder"].items())
CASED = BERT_NORMALIZER | {"lowercase": False}
NFD = {"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "Lowercase"}, {"type": "StripAccents"}]}
# The settings and the tokenizer.json of each folder; without one there is a vocab.txt.
FOLDERS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "uncased": (PLAIN, None),
    "cased": (PLAIN | {"do_lower_case": False}, None),
    "accents": (PLAIN | {"strip_accents": False}, None),
    "silent": ({}, fast_file(normalizer=CASED)),
    "ideographs": (PLAIN | {"tokenize_chinese_chars": False}, None),
    "marks": (PLAIN | MARKS, None),
    "marks_cased": (PLAIN | MARKS | {"do_lower_case": False}, None),
    "marks_listed": (PLAIN, fast_file(LISTED)),
    "extra": (PLAIN | {"additional_special_tokens": ["[E1]", "[unused1]"]}, None),
    "one_file": (FAST, fast_file(normalizer=CASED, post_processor=BERT_PROCESSING)),
    "one_file_marks": (FAST, fast_file(LISTED)),
    "white_space": (FAST, fast_file(pre_tokenizer={"type": "WhitespaceSplit"})),
    "nfd": (FAST, fast_file(LISTED, normalizer=NFD)),
    "nfkc": (FAST, fast_file(normalizer={"type": "NFKC"}, pre_tokenizer={"type": "Whitespace"})),
    "dirty": (FAST, fast_file(normalizer=BERT_NORMALIZER | {"clean_text": False})),
    "short_words": (FAST, fast_file(model={"max_input_chars_per_word": 2})),
    "prefix": (FAST, fast_file(model={"continuing_subword_prefix": "@@"})),
}


def loaded(name: str, folder: Path) -> BertTokenizer:
    """Our tokenizer of a folder."""
    settings, fast = FOLDERS[name]
    return BertTokenizer(**read_tokenizer(write_tokenizer(folder / name, settings, fast, rows=NEXT + 4)).arguments)


def assert_rows_equal(tokenizer: BertTokenizer, expected: Mapping[str, Any], name: str) -> None:
    preprocessor = TextClassifierPreprocessor(tokenizer, 512)
    assert preprocessor.pack(TEXTS).token_ids.to_list() == expected["texts"], name
    both = preprocessor.pack((TEXTS, PAIRS))
    assert both.token_ids.to_list() == expected["pairs"], name
    if expected["segments"] is not None:
        assert both.segment_ids.to_list() == expected["segments"], name


@pytest.mark.parametrize("name", [name for name, (settings, fast) in FOLDERS.items() if settings is FAST])
def test_rows_of_a_tokenizer_in_one_file_equal_those_of_tokenizers(name: str, tmp_path: Path) -> None:
    ours = loaded(name, tmp_path)
    theirs = Tokenizer.from_file(str(tmp_path / name / "tokenizer.json"))
    both = theirs.encode_batch(list(zip(TEXTS, PAIRS, strict=True)))
    expected = {
        "texts": [row.ids for row in theirs.encode_batch(TEXTS)],
        "pairs": [row.ids for row in both],
        "segments": [row.type_ids for row in both],
    }
    assert_rows_equal(ours, expected, name)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_saved_tokenizer_is_read_as_the_same(name: str, tmp_path: Path) -> None:
    tokenizer = loaded(name, tmp_path)
    folder = tmp_path / "saved"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"vocab_size": NEXT + 4}), encoding="utf-8")
    save_tokenizer(tokenizer, 77, FAMILIES["bert"], folder)
    found = read_tokenizer(folder)
    again = BertTokenizer(**found.arguments)
    assert (again.rules, again.added_tokens) == (tokenizer.rules, tokenizer.added_tokens)
    assert again.word_pieces == tokenizer.word_pieces == TOKENS
    assert (found.max_length, found.feeds_segments) == (77, True)
    needs_one_file = bool(tokenizer.added_tokens) or name in ("white_space", "nfkc", "dirty", "short_words", "prefix")
    assert (folder / "tokenizer.json").exists() is needs_one_file
    assert (folder / "vocab.txt").exists() or needs_one_file


@pytest.mark.pytorch
def test_rows_of_all_tokenizers_equal_those_of_transformers_before_and_after_they_are_saved(tmp_path: Path) -> None:
    tokenizers = {name: loaded(name, tmp_path) for name in FOLDERS}
    for name, tokenizer in tokenizers.items():
        (tmp_path / f"saved_{name}").mkdir()
        (tmp_path / f"saved_{name}" / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
        save_tokenizer(tokenizer, 77, FAMILIES["bert"], tmp_path / f"saved_{name}")
    names = [*FOLDERS, *(f"saved_{name}" for name in FOLDERS)]
    found = peer_rows([tmp_path / name for name in names], TEXTS, PAIRS, tmp_path)
    for name, expected in zip(names, found, strict=True):
        assert_rows_equal(tokenizers[name.removeprefix("saved_")], expected, name)
        if name.startswith("saved_"):
            assert (expected["segments"] is None, expected["length"]) == (False, 77), name
