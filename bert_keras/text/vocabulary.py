"""Reading and checking of word-piece vocabularies."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from bert_keras.errors import VocabularyError

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The special tokens of BERT."""


def read_vocabulary(path: str | Path) -> list[str]:
    """Reads a `vocab.txt` (one token per line, ids counted from 0) or the WordPiece model of a `tokenizer.json`.

    Args:
        path: The path of the file; one that ends with `.json` is read as a `tokenizer.json`.

    Returns:
        The tokens in the order of their ids.

    Raises:
        VocabularyError: The file cannot be read, or contains no WordPiece vocabulary.
    """
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        raise VocabularyError(f"{path}: the vocabulary cannot be read ({error.strerror}); name a vocab.txt") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise VocabularyError(
            f"{path}, line {line}: not UTF-8; a vocab.txt is UTF-8 text with one token a line"
        ) from error
    if path.suffix == ".json":
        return _from_tokenizer_json(path, text)
    # Split at "\n" only: some vocabularies have U+2028 and similar characters as tokens, at which `splitlines` splits.
    lines = text.removesuffix("\n").split("\n")
    return [line.removesuffix("\r") for line in lines]


def check_vocabulary(
    vocabulary: Iterable[str], source: str, beyond: Collection[str] = (), unknown: str = "[UNK]"
) -> list[str]:
    """Checks that a vocabulary has BERT's special tokens, and returns it as a list.

    Args:
        vocabulary: The tokens in the order of their ids.
        source: The name of the vocabulary in error messages.
        beyond: The tokens that were added after it, which may be special tokens.
        unknown: The token of unknown words, which stands in for "[UNK]".

    Returns:
        The tokens in the order of their ids. A repeated token has the id of its last occurrence, as in the reference;
        the other occurrences are replaced by tokens that no text can contain.

    Raises:
        VocabularyError: A special token is missing.
    """
    tokens = list(vocabulary)
    special = [unknown if token == "[UNK]" else token for token in SPECIAL_TOKENS]
    missing = [token for token in special if token not in tokens and (token not in beyond or token == unknown)]
    if missing:
        raise VocabularyError(
            f"{source}: the vocabulary has no {', '.join(missing)}. "
            f"Received: {len(tokens):,} tokens beginning with {tokens[:3]}; "
            "BERT needs all of " + " ".join(special)
        )
    last = {token: place for place, token in enumerate(tokens)}
    return [token if last[token] == place else f"[repeated {place}]" for place, token in enumerate(tokens)]


def _from_tokenizer_json(path: Path, text: str) -> list[str]:
    try:
        model = json.loads(text)["model"]
        entries = sorted(model["vocab"].items(), key=lambda entry: entry[1])
        contiguous = [place for _, place in entries] == list(range(len(entries)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VocabularyError(
            f"{path}: no `model` with a `vocab` in it; name the tokenizer.json of a BERT, or a vocab.txt"
        ) from error
    if model.get("type", "WordPiece") != "WordPiece" or not contiguous:
        raise VocabularyError(
            f"{path}: not a WordPiece vocabulary with ids from 0. "
            f"Received: model type {model.get('type')!r}, {len(entries):,} tokens"
        )
    return [token for token, _ in entries]
