"""The tokenizer of a Hugging Face folder, as transformers 5.23 makes it."""

from pathlib import Path
from typing import Any, NamedTuple

from bert_keras.checkpoints.hugging_face.tokenizer_files.added import read_added_tokens
from bert_keras.checkpoints.hugging_face.tokenizer_files.files import TokenizerFiles
from bert_keras.checkpoints.hugging_face.tokenizer_files.lengths import read_max_length
from bert_keras.checkpoints.hugging_face.tokenizer_files.pieces import read_pieces
from bert_keras.checkpoints.hugging_face.tokenizer_files.post_processor import check_post_processor
from bert_keras.checkpoints.hugging_face.tokenizer_files.restrictions import check_sides, check_words
from bert_keras.checkpoints.hugging_face.tokenizer_files.rules import rules_of_fast_file, rules_of_settings
from bert_keras.checkpoints.hugging_face.tokenizer_files.segments import feeds_segments
from bert_keras.checkpoints.hugging_face.tokenizer_files.tokenizer_class import is_all_in_one_file
from bert_keras.errors import CheckpointError
from bert_keras.text import SPECIAL_TOKENS, AddedToken


class FolderTokenizer(NamedTuple):
    """The tokenizer of a folder.

    Attributes:
        arguments: The arguments of `BertTokenizer`.
        max_length: The maximum number of tokens in a row; `None` if the folder says none.
        feeds_segments: Whether the second text of a pair has segment 1; otherwise all tokens have segment 0.
    """

    arguments: dict[str, Any]
    max_length: int | None
    feeds_segments: bool


def read_tokenizer(folder: Path) -> FolderTokenizer:
    """Reads the tokenizer of a folder, as `AutoTokenizer` of transformers 5.23 does.

    Args:
        folder: The folder.

    Returns:
        The tokenizer. Its ids are those of transformers for all texts, except that the text "[SEP]" and BERT's other
        special tokens are plain text in a text.

    Raises:
        PresetError: There is no vocabulary.
        CheckpointError: A tokenizer, a setting or a token is not supported, or files contradict each other.
        VocabularyError: The vocabulary cannot be read.
    """
    files = TokenizerFiles.of(folder)
    all_in_one_file = is_all_in_one_file(files)
    check_sides(files)
    check_words(files)
    pieces = read_pieces(files)
    tokens = read_added_tokens(files, pieces, all_in_one_file)
    vocabulary = _extended(files, list(pieces.tokens), tokens, pieces.most)
    if all_in_one_file:
        check_post_processor(files, vocabulary)
    arguments = rules_of_fast_file(files) if all_in_one_file else rules_of_settings(files)
    others = tuple(token for token in tokens if token.content not in SPECIAL_TOKENS)
    arguments = {"vocabulary": vocabulary} | arguments | ({"added_tokens": others} if others else {})
    return FolderTokenizer(arguments, read_max_length(files), feeds_segments(files))


def is_cased(vocabulary: list[str]) -> bool:
    """Returns whether a vocabulary is cased.

    Args:
        vocabulary: The tokens, by id.

    Returns:
        Whether any token that does not start with `[` contains a capital letter from A to Z.
    """
    return any(any("A" <= c <= "Z" for c in token) for token in vocabulary if not token.startswith("["))


def _extended(files: TokenizerFiles, vocabulary: list[str], tokens: tuple[AddedToken, ...], most: int) -> list[str]:
    """Returns the vocabulary up to the first added token, and with BERT's special tokens that transformers adds to it.

    Blank lines at the end of a vocab.txt have ids: as many as the model has rows for. A special token for which the
    model has no row is left out, and misses later.
    """
    rows = files.model.get("vocab_size")
    rows = rows if type(rows) is int else 0
    readable = rows if "[UNK]" in vocabulary else 0  # without it transformers refuses the vocabulary
    five = [token for token in tokens if token.content in SPECIAL_TOKENS and len(vocabulary) <= token.id < readable]
    others = [token.id for token in tokens if token.content not in SPECIAL_TOKENS and token.id >= len(vocabulary)]
    first = min([*others, *(token.id for token in five)], default=min(most, rows))
    vocabulary += [f"[blank {place}]" for place in range(len(vocabulary), first)]
    for token in five:
        if token.id != len(vocabulary):
            raise CheckpointError(
                f"{files.folder}: a special token of BERT comes after other added tokens. Received: "
                f"{token.content!r} with id {token.id:,}; put it into the vocabulary"
            )
        vocabulary.append(token.content)
    return vocabulary
