from pathlib import Path
from typing import Any

import pytest
from tokenizer_folders import FAST, NEXT, PLAIN, TOKENS, added, fast_file, read, token

from bert_keras.errors import CheckpointError
from bert_keras.text import AddedToken

E1, NEW = token("[E1]"), token("NEW", special=False, normalized=True, lstrip=True)
LISTED = fast_file((E1 | {"id": NEXT}, NEW | {"id": NEXT + 1}))
DECODER = {str(NEXT): E1, str(NEXT + 1): NEW}
OF_BOTH = {"[E1]": NEXT, "NEW": NEXT + 1}


@pytest.mark.parametrize(
    ("settings", "files", "ids"),
    [
        (PLAIN, {"fast": LISTED}, OF_BOTH),
        (FAST, {"fast": LISTED}, OF_BOTH),
        (PLAIN | {"added_tokens_decoder": DECODER}, {}, OF_BOTH),
        (PLAIN | {"added_tokens_decoder": dict(reversed(DECODER.items()))}, {}, OF_BOTH),
        (PLAIN | {"added_tokens_decoder": DECODER}, {"fast": LISTED}, OF_BOTH),
        (PLAIN, {"added_tokens": {"NEW": NEXT + 1, "[E1]": NEXT}}, OF_BOTH),
        (
            PLAIN,
            {"special_tokens_map": {"additional_special_tokens": ["[E1]", "[unused1]"]}},
            {"[unused1]": 1, "[E1]": NEXT},
        ),
        (PLAIN | {"additional_special_tokens": ["[E1]"]}, {}, {"[E1]": NEXT}),
        (PLAIN | {"extra_special_tokens": ["[E1]"]}, {}, {"[E1]": NEXT}),
        (PLAIN | {"extra_special_tokens": {}, "additional_special_tokens": ["[E1]"]}, {}, {"[E1]": NEXT}),
        (PLAIN | {"extra_special_tokens": {"image_token": "<img>", "b_token": "cat"}}, {}, {"cat": 11, "<img>": NEXT}),
        (PLAIN | {"foo_token": "<foo>"}, {}, {"<foo>": NEXT}),
        # Named tokens come before the others.
        (
            FAST | {"extra_special_tokens": ["[E1]"], "eos_token": "<eos>"},
            {"fast": fast_file()},
            {"<eos>": NEXT, "[E1]": NEXT + 1},
        ),
        # A list with ids makes special_tokens_map.json count for nothing.
        (PLAIN | {"added_tokens_decoder": {}}, {"special_tokens_map": {"additional_special_tokens": ["[E1]"]}}, None),
        (PLAIN | {"cls_token": token("[CLS]") | {"__type": "AddedToken"}}, {}, {}),
    ],
)
def test_added_tokens_have_the_ids_that_transformers_gives_them(
    settings: dict[str, Any], files: dict[str, Any], ids: dict[str, int] | None, tmp_path: Path
) -> None:
    found = read(tmp_path, settings, files.pop("fast", None), rows=NEXT + 2, **files)
    assert added(found) == (ids or {})
    assert found.arguments["vocabulary"] == TOKENS


def test_the_flags_of_tokens_are_kept(tmp_path: Path) -> None:
    expected = (
        AddedToken("[E1]", NEXT, special=True),
        AddedToken("NEW", NEXT + 1, lstrip=True, normalized=True),
    )
    assert read(tmp_path / "1", PLAIN, LISTED, rows=NEXT + 2).arguments["added_tokens"] == expected
    decoder = PLAIN | {"added_tokens_decoder": DECODER}
    assert read(tmp_path / "2", decoder, rows=NEXT + 2).arguments["added_tokens"] == expected


def test_a_token_without_flags_is_normalized_unless_it_is_special(tmp_path: Path) -> None:
    decoder = {str(NEXT): {"content": "NEW"}, str(NEXT + 1): {"content": "[E1]", "special": True}}
    found = read(tmp_path, PLAIN | {"added_tokens_decoder": decoder})
    assert [of.normalized for of in found.arguments["added_tokens"]] == [True, False]


def test_later_lists_change_the_flags_of_tokens_in_one_file(tmp_path: Path) -> None:
    settings = FAST | {"added_tokens_decoder": {str(NEXT + 1): token("NEW", rstrip=True)}}
    assert read(tmp_path, settings, LISTED).arguments["added_tokens"][1] == AddedToken(
        "NEW", NEXT + 1, rstrip=True, special=True
    )


@pytest.mark.parametrize(
    ("settings", "files", "said"),
    [
        (PLAIN | {"added_tokens_decoder": {"90": E1}}, {}, "'[E1]' with id 90, and a vocabulary of 26 tokens"),
        (FAST, {"fast": fast_file((E1 | {"id": 90},))}, "'[E1]' with id 90"),
        (
            PLAIN | {"added_tokens_decoder": {}},
            {"fast": LISTED},
            "tokenizer.json: lists a token that transformers 4 reads",
        ),
        (
            PLAIN | {"extra_special_tokens": ["[E1]"]},
            {"special_tokens_map": {"additional_special_tokens": ["[E2]"]}},
            "special_tokens_map.json: lists a token that transformers 4 reads",
        ),
        (PLAIN | {"extra_special_tokens": [E1]}, {}, "extra_special_tokens must be a token, a text"),
        (PLAIN | {"extra_special_tokens": "[E1]"}, {}, "extra_special_tokens must be a list of tokens"),
        (PLAIN | {"added_tokens_decoder": [E1]}, {}, "must hold a token for each id"),
        (PLAIN | {"added_tokens_decoder": {"x": E1}}, {}, "an added token is not readable. Received: id 'x'"),
        (PLAIN | {"added_tokens_decoder": {str(NEXT): {"content": 3}}}, {}, "a token that is not readable"),
        (PLAIN, {"added_tokens": {"NEW": "x"}}, "an added token is not readable"),
        (PLAIN, {"fast": fast_file() | {"added_tokens": {}}}, None),
        (PLAIN, {"fast": fast_file() | {"added_tokens": ["x"]}}, "added_tokens must be a list of tokens"),
        (PLAIN | {"mask_token": token("[MASK]")}, {}, "mask_token must be a token, a text"),
    ],
)
def test_lists_of_tokens_that_contradict_or_break_are_refused(
    settings: dict[str, Any], files: dict[str, Any], said: str | None, tmp_path: Path
) -> None:
    if said is None:
        assert added(read(tmp_path, settings, **files)) == {}
        return
    with pytest.raises(CheckpointError) as caught:
        read(tmp_path, settings, **files)
    assert str(caught.value).startswith(str(tmp_path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_after_repeated_tokens_an_added_token_would_share_an_id(tmp_path: Path) -> None:
    lines = "".join(f"{name}\n" for name in (*TOKENS, "cat"))
    assert read(tmp_path, PLAIN, vocabulary=lines).arguments["vocabulary"][NEXT] == "cat"
    with pytest.raises(CheckpointError, match="has the id of another token.*Received: .*E1.*cat.*id 26"):
        read(tmp_path, PLAIN | {"additional_special_tokens": ["[E1]"]}, vocabulary=lines)


def test_a_special_token_of_bert_that_is_no_word_piece_goes_after_the_vocabulary(tmp_path: Path) -> None:
    lines = "".join(f"{name}\n" for name in TOKENS if name != "[MASK]")
    found = read(tmp_path, PLAIN, vocabulary=lines)
    assert found.arguments["vocabulary"].index("[MASK]") == NEXT - 1
    settings = PLAIN | {"added_tokens_decoder": {str(NEXT - 1): E1}}
    with pytest.raises(CheckpointError, match="comes after other added tokens. Received: .*MASK"):
        read(tmp_path, settings, vocabulary=lines, rows=NEXT + 1)


@pytest.mark.parametrize("rows", [NEXT, NEXT + 1, NEXT + 2])
def test_blank_lines_at_the_end_of_a_vocabulary_have_ids_if_the_model_has_rows_for_them(
    rows: int, tmp_path: Path
) -> None:
    lines = "".join(f"{name}\n" for name in TOKENS) + "\n\n"
    found = read(tmp_path, PLAIN, vocabulary=lines, rows=rows)
    assert found.arguments["vocabulary"] == [*TOKENS, *(f"[blank {place}]" for place in range(NEXT, rows))]
    # The blank lines are one token of transformers.
    marked = read(tmp_path, PLAIN | {"additional_special_tokens": ["[E1]"]}, vocabulary=lines, rows=NEXT + 2)
    assert added(marked) == {"[E1]": NEXT + 1}
