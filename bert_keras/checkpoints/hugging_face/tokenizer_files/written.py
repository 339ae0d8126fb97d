"""The files of a tokenizer, as transformers 4 and 5 read them with equal ids."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from bert_keras.checkpoints.hugging_face.families import Family
from bert_keras.checkpoints.hugging_face.tokenizer_files.rules import bert_flags
from bert_keras.checkpoints.hugging_face.tokenizer_files.special_tokens import ROLES
from bert_keras.text import SPECIAL_TOKENS, AddedToken, WordRules

_CLS, _SEP = "[CLS]", "[SEP]"


def written_tokens(ids: Mapping[str, int], added: Sequence[AddedToken]) -> list[dict[str, Any]]:
    """Returns all added tokens in the order of their ids, as both files of transformers list them.

    Args:
        ids: The ids of BERT's special tokens.
        added: The other added tokens.

    Returns:
        The attributes of each token, BERT's special tokens included.
    """
    five = [AddedToken(token, ids[token], special=True) for token in SPECIAL_TOKENS]
    return [dataclasses.asdict(token) for token in sorted([*five, *added], key=lambda token: token.id)]


def settings_file(
    rules: WordRules, max_length: int, tokens: Sequence[Mapping[str, Any]], family: Family
) -> dict[str, Any]:
    """Returns what a tokenizer_config.json says.

    Args:
        rules: The rules of the tokenizer.
        max_length: The maximum number of tokens in a row.
        tokens: All added tokens, as `written_tokens` returns them.
        family: The family of the model.

    Returns:
        The content of the file: a `BertTokenizer` or that of another family if its settings suffice, otherwise a
        `PreTrainedTokenizerFast`.
    """
    flags = bert_flags(rules)
    extra = [token["content"] for token in tokens if token["special"] and token["content"] not in SPECIAL_TOKENS]
    content: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast" if flags is None else f"{family.title}Tokenizer"
    }
    content |= {"model_max_length": max_length} | (ROLES if flags is None else flags)
    if flags is None:
        # Transformers 5 would leave segment ids out, and DistilBERT takes none.
        segments = ["token_type_ids"] if family.fixed.get("num_segments") != 0 else []
        content["model_input_names"] = ["input_ids", *segments, "attention_mask"]
    elif len(tokens) > len(SPECIAL_TOKENS):
        content["added_tokens_decoder"] = {
            str(token["id"]): {name: value for name, value in token.items() if name != "id"} for token in tokens
        }
    # The name that both releases read: 4 fails where it is called extra_special_tokens.
    return content | ({"additional_special_tokens": extra} if extra else {})


def fast_file(vocabulary: Sequence[str], rules: WordRules, tokens: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Returns what a tokenizer.json says.

    Args:
        vocabulary: The tokens of the WordPiece model by id.
        rules: The rules of the tokenizer.
        tokens: All added tokens, as `written_tokens` returns them.

    Returns:
        The content of the file.
    """
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": list(tokens),
        "normalizer": rules.normalizer,
        "pre_tokenizer": rules.pre_tokenizer,
        "post_processor": _post_processor({token["content"]: token["id"] for token in tokens}),
        "decoder": {"type": "WordPiece", "prefix": rules.prefix, "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": rules.unknown,
            "continuing_subword_prefix": rules.prefix,
            "max_input_chars_per_word": rules.max_word_length,
            "vocab": {token: place for place, token in enumerate(vocabulary)},
        },
    }


def _post_processor(ids: Mapping[str, int]) -> dict[str, Any]:
    """Returns the template of rows, `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`, as transformers 5 writes it."""

    def special(token: str, segment: int) -> dict[str, Any]:
        return {"SpecialToken": {"id": token, "type_id": segment}}

    single = [special(_CLS, 0), {"Sequence": {"id": "A", "type_id": 0}}, special(_SEP, 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, {"Sequence": {"id": "B", "type_id": 1}}, special(_SEP, 1)],
        "special_tokens": {token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in (_CLS, _SEP)},
    }
