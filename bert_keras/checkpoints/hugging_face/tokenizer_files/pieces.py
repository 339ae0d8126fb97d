"""The WordPiece model of a folder: its vocabulary, and the number of tokens that transformers counts in it."""

from typing import Any, NamedTuple

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import FAST_FILE, SLOW_FILE, TokenizerFiles
from bert_keras.errors import CheckpointError
from bert_keras.text.vocabulary import read_vocabulary, vocabulary_lines, vocabulary_of_json, without_end


class Pieces(NamedTuple):
    """A vocabulary.

    Attributes:
        tokens: The tokens by id; ids without a token have one that no text can contain.
        next_id: The id that transformers gives to the first token beyond the vocabulary: the number of distinct tokens.
        most: The number of rows that a model made for the vocabulary may have: more than tokens if vocab.txt ends with
            blank lines.
    """

    tokens: list[str]
    next_id: int
    most: int


def read_pieces(files: TokenizerFiles) -> Pieces:
    """Reads the vocabulary: that of tokenizer.json, before a vocab.txt, which an older save may have left behind.

    Args:
        files: The files of the tokenizer.

    Returns:
        The vocabulary.

    Raises:
        VocabularyError: It cannot be read, or is none of WordPiece.
    """
    if files.fast is not None:
        tokens = vocabulary_of_json(files.folder / FAST_FILE, files.fast)
        return Pieces(tokens, len(files.fast["model"]["vocab"]), len(tokens))
    tokens = read_vocabulary(files.folder / SLOW_FILE)
    lines = vocabulary_lines(files.folder / SLOW_FILE)
    return Pieces(tokens, len({without_end(line) for line in lines}), len(lines))


def word_piece(files: TokenizerFiles) -> dict[str, Any]:
    """Reads how the WordPiece model of tokenizer.json splits a word.

    Args:
        files: The files of the tokenizer.

    Returns:
        `prefix`, `max_word_length` and `unknown`, as `WordRules` names them.

    Raises:
        CheckpointError: A value is of the wrong kind.
    """
    model = (files.fast or {}).get("model", {})
    found = {}
    for ours, (theirs, default) in _WORD_PIECE.items():
        value = found[ours] = model.get(theirs, default)
        if type(value) is not type(default):
            raise CheckpointError(
                f"{files.folder / FAST_FILE}: {theirs} of the model must be like {default!r}. Received: {value!r}"
            )
    return found


_WORD_PIECE: dict[str, tuple[str, str | int]] = {
    "prefix": ("continuing_subword_prefix", "##"),
    "max_word_length": ("max_input_chars_per_word", 100),
    "unknown": ("unk_token", "[UNK]"),
}
