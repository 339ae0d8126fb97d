"""The tokenizer of a folder: vocab.txt, tokenizer.json and tokenizer_config.json."""

from pathlib import Path
from typing import Any

from bert_keras.checkpoints.files import missing, read_json
from bert_keras.errors import CheckpointError
from bert_keras.text import read_vocabulary


def read_tokenizer(folder: Path) -> dict[str, Any]:
    """Reads the arguments of `BertTokenizer` from a folder.

    Args:
        folder: The folder.

    Returns:
        The arguments.

    Raises:
        PresetError: There is no vocabulary.
        CheckpointError: A setting is not supported.
        VocabularyError: The vocabulary cannot be read.
    """
    plain, fast = folder / "vocab.txt", folder / "tokenizer.json"
    if not plain.exists() and not fast.exists():
        raise missing(folder, "vocab.txt or tokenizer.json")
    vocabulary = read_vocabulary(plain if plain.exists() else fast)
    normalizer = read_json(fast).get("normalizer") if fast.exists() else None
    normalizer = normalizer if isinstance(normalizer, dict) else {}
    config = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").exists() else {}
    lowercase = config.get("do_lower_case", normalizer.get("lowercase"))
    if not config.get("tokenize_chinese_chars", normalizer.get("handle_chinese_chars", True)):
        raise CheckpointError(
            f"{folder}: tokenize_chinese_chars false is not supported: ideographs are words of their own here"
        )
    return {
        "vocabulary": vocabulary,
        "lowercase": not is_cased(vocabulary) if lowercase is None else lowercase,
        "strip_accents": config.get("strip_accents", normalizer.get("strip_accents")),
    }


def is_cased(vocabulary: list[str]) -> bool:
    """Returns whether a vocabulary is cased.

    Args:
        vocabulary: The tokens, by id.

    Returns:
        Whether any token that does not start with `[` contains a capital letter from A to Z.
    """
    return any(any("A" <= c <= "Z" for c in token) for token in vocabulary if not token.startswith("["))
