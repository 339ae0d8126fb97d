"""Reading and checking of word-piece vocabularies."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from bert_keras.errors import VocabularyError

SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
"""The special tokens of BERT."""
# What `char::is_whitespace` of Rust holds for white space: the `tokenizers` library takes it off the end of a line.
_WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_MARK = "\ufeff"


def read_vocabulary(path: str | Path) -> list[str]:
    """Reads a `vocab.txt` (one token per line, ids counted from 0) or the WordPiece model of a `tokenizer.json`.

    Args:
        path: The path of the file; one that ends with `.json` is read as a `tokenizer.json`.

    Returns:
        The tokens in the order of their ids, without the blank lines at the end of a `vocab.txt`. Ids without a token
        have one that no text can contain.

    Raises:
        VocabularyError: The file cannot be read, or contains no WordPiece vocabulary.
    """
    path = Path(path)
    if path.suffix == ".json":
        try:
            content = json.loads(_text_of(path))
        except (ValueError, RecursionError) as error:
            if isinstance(error, VocabularyError):
                raise
            raise VocabularyError(f"{path}: no valid JSON, so no `model` with a `vocab` in it ({error})") from error
        return vocabulary_of_json(path, content)
    lines = vocabulary_lines(path)
    while lines and not lines[-1]:
        lines.pop()
    return [line or f"[blank {place}]" for place, line in enumerate(lines)]


def vocabulary_lines(path: Path) -> list[str]:
    """Reads the lines of a `vocab.txt` as the `tokenizers` library does: white space at their ends is no part of them.

    Args:
        path: The path of the file. A byte order mark is dropped before a special token only: before any other token
            the library keeps it as a part of this token.

    Returns:
        The lines, blank ones at the end of the file included. A line of white space alone, which no text can match,
        is kept.

    Raises:
        VocabularyError: The file cannot be read.
    """
    # Split at "\n" only: some vocabularies have U+2028 and similar characters as tokens, at which `splitlines` splits.
    lines = _text_of(path).removesuffix("\n").split("\n")
    if lines[0].startswith(_MARK) and lines[0][1:].rstrip(_WHITE_SPACE) in SPECIAL_TOKENS:
        lines[0] = lines[0][1:]
    return [without_end(line) or line.removesuffix("\r") for line in lines]


def without_end(token: str) -> str:
    """Returns a token without the white space at its end, as the `tokenizers` library reads it from a `vocab.txt`."""
    return token.rstrip(_WHITE_SPACE)


def vocabulary_of_json(path: Path, content: Any) -> list[str]:
    """Returns the vocabulary of a parsed `tokenizer.json`.

    Args:
        path: The file, for error messages.
        content: What it holds.

    Returns:
        The tokens in the order of their ids. Ids without a token, which a repeated line of a `vocab.txt` leaves, have
        one that no text can contain; so have tokens with a line feed or white space at the end, which no word has.

    Raises:
        VocabularyError: There is no WordPiece model, or two tokens have one id, or most ids have no token.
    """
    try:
        model = content["model"]
        kind = model.get("type", "WordPiece")
        ids = dict(model["vocab"].items() if kind == "WordPiece" else ())
    except (KeyError, TypeError, AttributeError) as error:
        raise VocabularyError(
            f"{path}: no `model` with a `vocab` in it; name the tokenizer.json of a BERT, or a vocab.txt"
        ) from error
    places = [place for place in ids.values() if type(place) is int and place >= 0]
    if kind != "WordPiece":
        raise VocabularyError(
            f"{path}: not a WordPiece vocabulary, as that of a BERT is. Received: model type {kind!r:.50}; name the "
            "tokenizer.json of a BERT, or a vocab.txt"
        )
    if len(set(places)) < len(ids) or max(places, default=0) > 2 * len(ids):
        raise VocabularyError(
            f"{path}: a vocabulary has ids from 0, one for each token. Received: {len(ids):,} tokens, "
            f"{len(set(places)):,} ids, the largest {max(places, default=None)}"
        )
    tokens = [f"[blank {place}]" for place in range(max(places, default=-1) + 1)]
    for token, place in ids.items():
        if token and token == without_end(token) and "\n" not in token:
            tokens[place] = token
    return tokens


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


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise VocabularyError(f"{path}: the vocabulary cannot be read ({error.strerror}); name a vocab.txt") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise VocabularyError(
            f"{path}, line {line}: not UTF-8; a vocab.txt is UTF-8 text with one token a line"
        ) from error
