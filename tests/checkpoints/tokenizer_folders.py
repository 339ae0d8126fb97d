"""Writes the tokenizer files of Hugging Face folders, as transformers writes them."""

import json
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.hugging_face.tokenizer import FolderTokenizer, read_tokenizer

TOKENS = [
    *("[PAD]", "[unused1]", "[unused2]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "the", "cat", "Cat"),
    *("CAT", "café", "cafe", "é", "e", "[", "]", "/", "e1", "##1", "1", "x", "!"),
]
NEXT = len(TOKENS)
BERT_NORMALIZER = {
    "type": "BertNormalizer",
    "clean_text": True,
    "handle_chinese_chars": True,
    "strip_accents": None,
    "lowercase": True,
}
FAST = {
    "tokenizer_class": "PreTrainedTokenizerFast",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "mask_token": "[MASK]",
}
PLAIN = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
BERT_PROCESSING = {"type": "BertProcessing", "sep": ["[SEP]", 5], "cls": ["[CLS]", 4]}


def template(second_segment: int = 1, end: str = "[SEP]") -> dict[str, Any]:
    """A post-processor as transformers writes it; the arguments change it to one that is not BERT's."""

    def special(token: str, segment: int = 0) -> dict[str, Any]:
        return {"SpecialToken": {"id": token, "type_id": segment}}

    first = {"Sequence": {"id": "A", "type_id": 0}}
    second = {"Sequence": {"id": "B", "type_id": second_segment}}
    return {
        "type": "TemplateProcessing",
        "single": [special("[CLS]"), first, special(end)],
        "pair": [special("[CLS]"), first, special("[SEP]"), second, special("[SEP]", second_segment)],
        "special_tokens": {
            token: {"id": token, "ids": [TOKENS.index(token)], "tokens": [token]} for token in ("[CLS]", "[SEP]")
        },
    }


def token(content: str, **flags: Any) -> dict[str, Any]:
    """A special token with its flags."""
    plain = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {"content": content} | plain | flags


def fast_file(
    added: tuple[dict[str, Any], ...] = (), model: dict[str, Any] | None = None, **parts: Any
) -> dict[str, Any]:
    """What a tokenizer.json says; `added` are tokens beside BERT's special ones, keyword arguments replace parts."""
    special = [token(name) | {"id": TOKENS.index(name)} for name in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
    usual = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [*special, *added],
        "normalizer": BERT_NORMALIZER,
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": template(),
        "decoder": None,
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {name: place for place, name in enumerate(TOKENS)},
        }
        | (model or {}),
    }
    return usual | parts


def write_tokenizer(
    folder: Path,
    settings: dict[str, Any] | None = None,
    fast: dict[str, Any] | None = None,
    vocabulary: str | bytes | None = None,
    rows: int = NEXT,
    model_type: str = "bert",
    **others: Any,
) -> Path:
    """Writes the files of a tokenizer: vocab.txt unless there is a tokenizer.json; `others` are further JSON files."""
    folder.mkdir(exist_ok=True)
    files = {"config": {"model_type": model_type, "vocab_size": rows}, "tokenizer_config": settings, "tokenizer": fast}
    for name, content in (files | others).items():
        if content is not None:
            (folder / f"{name}.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    if vocabulary is None and fast is None:
        vocabulary = "".join(f"{name}\n" for name in TOKENS)
    if vocabulary is not None:
        content = vocabulary.encode() if isinstance(vocabulary, str) else vocabulary
        (folder / "vocab.txt").write_bytes(content)
    return folder


def read(folder: Path, *arguments: Any, **others: Any) -> FolderTokenizer:
    """Writes the files of a tokenizer, and reads them."""
    return read_tokenizer(write_tokenizer(folder, *arguments, **others))


def added(tokenizer: FolderTokenizer) -> dict[str, int]:
    """The ids of the added tokens."""
    return {of.content: of.id for of in tokenizer.arguments.get("added_tokens", ())}
