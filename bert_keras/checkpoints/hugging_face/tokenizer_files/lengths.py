"""The number of tokens that rows are cut to."""

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import SETTINGS_FILE, TokenizerFiles
from bert_keras.errors import CheckpointError

# transformers writes 10**30 for "no limit"; some tools write the largest number of 32 or 64 bits.
_NO_LIMIT = 10**6
_LEAST = 4


def read_max_length(files: TokenizerFiles) -> int | None:
    """Reads `model_max_length`, or `max_len` as it was once called.

    Args:
        files: The files of the tokenizer.

    Returns:
        The maximum number of tokens in a row, special tokens included; `None` if there is no limit but the number of
        positions.

    Raises:
        CheckpointError: The value is no number, or leaves no room for a text.
    """
    name = "model_max_length" if "model_max_length" in files.settings else "max_len"
    value = files.settings.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not value >= _LEAST:
        raise CheckpointError(
            f"{files.folder / SETTINGS_FILE}: {name} must be the number of tokens in a row, {_LEAST} or above. "
            f"Received: {value!r}"
        )
    return int(value) if value < _NO_LIMIT else None
