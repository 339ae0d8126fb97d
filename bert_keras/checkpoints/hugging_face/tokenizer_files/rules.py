"""How the tokenizer of a folder normalises texts and splits words."""

from typing import Any

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import FAST_FILE, SETTINGS_FILE, TokenizerFiles
from bert_keras.checkpoints.hugging_face.tokenizer_files.pieces import word_piece
from bert_keras.errors import CheckpointError
from bert_keras.text import WordRules

BERT_NORMALIZER = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True}
BERT_SPLITTING = {"type": "BertPreTokenizer"}
BERT_PIECES: dict[str, Any] = {"prefix": "##", "max_word_length": 100, "unknown": "[UNK]"}


def rules_of_settings(files: TokenizerFiles) -> dict[str, Any]:
    """Reads the rules of a `BertTokenizer`, for which tokenizer_config.json alone counts.

    Args:
        files: The files of the tokenizer.

    Returns:
        Arguments of our `BertTokenizer`.

    Raises:
        CheckpointError: A setting is of the wrong kind.
    """
    flags = {"do_lower_case": True, "tokenize_chinese_chars": True, "strip_accents": None}
    for name, default in flags.items():
        value = flags[name] = files.settings.get(name, default)
        if not isinstance(value, bool) and (value is not None or default is not None):
            raise CheckpointError(
                f"{files.folder / SETTINGS_FILE}: {name} must be true or false. Received: {value!r:.100}"
            )
    normalizer = BERT_NORMALIZER | {
        "handle_chinese_chars": flags["tokenize_chinese_chars"],
        "strip_accents": flags["strip_accents"],
        "lowercase": flags["do_lower_case"],
    }
    return _arguments(WordRules(normalizer, BERT_SPLITTING, **BERT_PIECES))


def rules_of_fast_file(files: TokenizerFiles) -> dict[str, Any]:
    """Reads the rules of a tokenizer for which tokenizer.json alone counts.

    Args:
        files: The files of the tokenizer.

    Returns:
        Arguments of our `BertTokenizer`.

    Raises:
        CheckpointError: A part is of the wrong kind.
    """
    fast, path = files.fast or {}, files.folder / FAST_FILE
    parts: dict[str, Any] = {}
    for name in ("normalizer", "pre_tokenizer"):
        part = parts[name] = fast.get(name)
        if part is not None and not isinstance(part, dict):
            raise CheckpointError(f"{path}: {name} must be an object or null. Received: {part!r:.100}")
    return _arguments(WordRules(**parts, **word_piece(files)))


def bert_flags(rules: WordRules) -> dict[str, bool | None] | None:
    """Returns rules as the settings of transformers' `BertTokenizer`.

    Args:
        rules: The rules.

    Returns:
        The settings; `None` if they do not suffice.
    """
    normalizer = dict(rules.normalizer or {})
    flags = {
        "do_lower_case": normalizer.pop("lowercase", None),
        "strip_accents": normalizer.pop("strip_accents", None),
        "tokenize_chinese_chars": normalizer.get("handle_chinese_chars"),
    }
    pieces = {name: getattr(rules, name) for name in BERT_PIECES}
    is_bert = (
        normalizer | {"handle_chinese_chars": True} == BERT_NORMALIZER
        and (rules.pre_tokenizer, pieces) == (BERT_SPLITTING, BERT_PIECES)
        and isinstance(flags["do_lower_case"], bool)
        and isinstance(flags["tokenize_chinese_chars"], bool)
    )
    return flags if is_bert else None


def _arguments(rules: WordRules) -> dict[str, Any]:
    """Returns the rules of the BERT release as their two flags, and others as `rules`."""
    flags = bert_flags(rules)
    if flags is None or not flags["tokenize_chinese_chars"]:
        return {"rules": rules}
    return {"lowercase": flags["do_lower_case"], "strip_accents": flags["strip_accents"]}
