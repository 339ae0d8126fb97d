from pathlib import Path
from typing import Any

import pytest
from tokenizer_folders import BERT_NORMALIZER, BERT_PROCESSING, FAST, PLAIN, TOKENS, fast_file, read, template

from bert_keras.errors import CheckpointError
from bert_keras.text import WordRules

CASED = BERT_NORMALIZER | {"lowercase": False}
OTHER_RULES = {"normalizer": {"type": "NFKC"}, "pre_tokenizer": {"type": "WhitespaceSplit"}}


def refused(folder: Path, *arguments: Any, **others: Any) -> str:
    with pytest.raises(CheckpointError) as caught:
        read(folder, *arguments, **others)
    message = str(caught.value)
    assert message.startswith(str(folder))
    assert "\n" not in message
    return message.removeprefix(str(folder))


@pytest.mark.parametrize("of", ["Bert", "DistilBert", "Electra", "MobileBert"])
@pytest.mark.parametrize("fast", ["", "Fast"])
def test_of_a_bert_tokenizer_tokenizer_json_gives_the_vocabulary_alone(of: str, fast: str, tmp_path: Path) -> None:
    settings = {"tokenizer_class": f"{of}Tokenizer{fast}"}
    content = fast_file(model={"continuing_subword_prefix": "@@"}, post_processor=None, **OTHER_RULES)
    found = read(tmp_path, settings, content, vocabulary="of\nan\nolder\nsave\n")
    assert found.arguments == {"vocabulary": TOKENS, "lowercase": True, "strip_accents": None}


@pytest.mark.parametrize("model_type", ["bert", "distilbert", "electra"])
def test_without_a_class_the_model_says_that_it_is_a_bert_tokenizer(model_type: str, tmp_path: Path) -> None:
    assert read(tmp_path, None, fast_file(normalizer=CASED), model_type=model_type).arguments["lowercase"] is True


def test_ideographs_are_kept_together_where_the_settings_say_so(tmp_path: Path) -> None:
    rules = read(tmp_path, PLAIN | {"tokenize_chinese_chars": False}).arguments["rules"]
    assert rules == WordRules(BERT_NORMALIZER | {"handle_chinese_chars": False}, {"type": "BertPreTokenizer"})


@pytest.mark.parametrize("name", ["PreTrainedTokenizerFast", "PreTrainedTokenizer", "TokenizersBackend"])
def test_of_a_tokenizer_in_one_file_the_settings_give_no_rules(name: str, tmp_path: Path) -> None:
    pieces = {"continuing_subword_prefix": "@@", "max_input_chars_per_word": 9, "unk_token": "x"}
    settings = FAST | {"tokenizer_class": name, "do_lower_case": True}
    rules = read(tmp_path, settings, fast_file(model=pieces, **OTHER_RULES)).arguments["rules"]
    assert rules == WordRules({"type": "NFKC"}, {"type": "WhitespaceSplit"}, "@@", 9, "x")


def test_rules_of_the_bert_release_are_its_flags_in_any_class(tmp_path: Path) -> None:
    found = read(tmp_path, FAST | {"do_lower_case": True}, fast_file(normalizer=CASED))
    assert found.arguments == {"vocabulary": TOKENS, "lowercase": False, "strip_accents": None}


def test_the_class_may_stand_in_config_json(tmp_path: Path) -> None:
    model = {"model_type": "bert", "vocab_size": len(TOKENS), "tokenizer_class": "PreTrainedTokenizerFast"}
    assert read(tmp_path, {}, fast_file(normalizer=CASED), config=model).arguments["lowercase"] is False


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"tokenizer_class": "BertJapaneseTokenizer"}, "BertJapaneseTokenizer, which splits words with MeCab or"),
        ({"tokenizer_class": "KoBertTokenizer"}, "KoBertTokenizer, which splits texts with sentencepiece"),
        ({"tokenizer_class": "XLNetTokenizerFast"}, "a tokenizer of class XLNetTokenizerFast is not supported"),
        ({"tokenizer_class": "MyTokenizer"}, "a tokenizer of class MyTokenizer is not supported"),
        (PLAIN | {"auto_map": {"AutoTokenizer": ["own.T", None]}}, "auto_map names code of its own"),
        (PLAIN | {"do_basic_tokenize": False}, "do_basic_tokenize is not supported"),
        (PLAIN | {"never_split": ["CAT"]}, "never_split is not supported"),
        (PLAIN | {"do_lower_case": None}, "do_lower_case must be true or false. Received: None"),
        (PLAIN | {"strip_accents": "no"}, "strip_accents must be true or false. Received: 'no'"),
        (PLAIN | {"padding_side": "left"}, "padding_side must be right"),
        (PLAIN | {"truncation_side": "left"}, "truncation_side must be right"),
        (PLAIN | {"cls_token": "<s>"}, "cls_token must be [CLS], BERT's own. Received: '<s>'"),
        (PLAIN | {"unk_token": "x"}, "unk_token must be [UNK]"),
        (PLAIN | {"split_special_tokens": True}, "split_special_tokens"),
        (PLAIN | {"fast_tokenizer_files": ["tokenizer.4.0.0.json"]}, "fast_tokenizer_files"),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
def test_what_a_tokenizer_cannot_follow_is_refused_by_name(
    settings: dict[str, Any], said: str, fast: bool, tmp_path: Path
) -> None:
    assert said in refused(tmp_path, settings, fast_file() if fast else None)


def test_a_model_of_another_tokenizer_is_refused_by_its_type(tmp_path: Path) -> None:
    assert "Received: model_type 'roberta'" in refused(tmp_path, {}, model_type="roberta")


def test_a_tokenizer_in_one_file_needs_that_file(tmp_path: Path) -> None:
    assert "PreTrainedTokenizerFast is read from tokenizer.json, and there is none" in refused(tmp_path, FAST)


@pytest.mark.parametrize("name", ["padding", "truncation"])
def test_sides_come_from_tokenizer_json_where_the_settings_are_silent(name: str, tmp_path: Path) -> None:
    fast = fast_file(**{name: {"direction": "Left", "max_length": 5}})
    assert f"/tokenizer.json: {name}_side must be right" in refused(tmp_path, PLAIN, fast)
    assert read(tmp_path, PLAIN | {f"{name}_side": "right"}, fast).max_length is None


@pytest.mark.parametrize(
    "post",
    [BERT_PROCESSING, template(), {"type": "Sequence", "processors": [template()]}],
    ids=lambda post: post["type"],
)
def test_what_bert_puts_around_texts_is_read_in_any_form(post: dict[str, Any], tmp_path: Path) -> None:
    assert read(tmp_path, FAST, fast_file(post_processor=post)).arguments["vocabulary"] == TOKENS


@pytest.mark.parametrize(
    ("post", "said"),
    [
        (None, "there is no post_processor, so that transformers puts no [CLS] and [SEP] around texts"),
        (BERT_PROCESSING | {"type": "RobertaProcessing"}, "is not BERT's. Received: RobertaProcessing"),
        (BERT_PROCESSING | {"cls": ["[CLS]", 7]}, "is not BERT's"),
        (template(second_segment=0), "is not BERT's. Received: TemplateProcessing"),
        (template(end="[CLS]"), "is not BERT's"),
        ({"type": "ByteLevel", "add_prefix_space": True}, "is not BERT's. Received: ByteLevel"),
        ({"type": "Sequence", "processors": [template(), template()]}, "is not BERT's. Received: Sequence"),
        ([], "is not BERT's"),
    ],
)
def test_anything_else_around_texts_is_refused(post: Any, said: str, tmp_path: Path) -> None:
    assert said in refused(tmp_path, FAST, fast_file(post_processor=post))
    assert read(tmp_path, PLAIN).arguments["vocabulary"] == TOKENS  # transformers makes BERT's own for these


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        ({"model_max_length": 128}, 128),
        ({"model_max_length": 128.0}, 128),
        ({"max_len": 64}, 64),
        ({"max_len": 64, "model_max_length": None}, None),
        ({"model_max_length": 1000000000000000019884624838656}, None),
        ({"model_max_length": 1e30}, None),
        ({}, None),
    ],
)
def test_the_length_of_rows_is_read_unless_it_stands_for_none(
    settings: dict[str, Any], length: int | None, tmp_path: Path
) -> None:
    assert read(tmp_path, PLAIN | settings).max_length == length


@pytest.mark.parametrize("length", [0, 3, -1, "128", True, float("nan")])
def test_a_length_that_leaves_no_room_is_refused(length: Any, tmp_path: Path) -> None:
    assert "/tokenizer_config.json: model_max_length must be the number of tokens" in refused(
        tmp_path, PLAIN | {"model_max_length": length}
    )


@pytest.mark.parametrize(
    ("name", "inputs", "version", "fed"),
    [
        ("BertTokenizer", None, "5.23.0", True),
        ("DistilBertTokenizer", None, "5.23.0", False),
        ("TokenizersBackend", None, "5.23.0", False),
        ("TokenizersBackend", ["input_ids", "token_type_ids"], "5.23.0", True),
        ("PreTrainedTokenizerFast", None, "4.57.6", True),
        ("PreTrainedTokenizerFast", None, "5.23.0", False),
        ("PreTrainedTokenizerFast", ["input_ids", "attention_mask"], "4.57.6", False),
    ],
)
def test_segments_are_those_that_the_writing_release_feeds(
    name: str, inputs: list[str] | None, version: str, fed: bool, tmp_path: Path
) -> None:
    settings = FAST | {"tokenizer_class": name} | ({} if inputs is None else {"model_input_names": inputs})
    model = {"model_type": "bert", "vocab_size": len(TOKENS), "transformers_version": version}
    assert read(tmp_path, settings, fast_file(), config=model).feeds_segments is fed
