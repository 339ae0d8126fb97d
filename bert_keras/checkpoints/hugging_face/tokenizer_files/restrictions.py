"""Settings of a tokenizer that would change rows of token ids and are not supported."""

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import FAST_FILE, SETTINGS_FILE, TokenizerFiles
from bert_keras.checkpoints.hugging_face.tokenizer_files.special_tokens import ROLES, SpecialTokens
from bert_keras.errors import CheckpointError


def check_roles(files: TokenizerFiles, special: SpecialTokens) -> None:
    """Checks that special tokens have BERT's names.

    Args:
        files: The files of the tokenizer.
        special: Its special tokens.

    Raises:
        CheckpointError: A special token has another name.
    """
    for role, name in ROLES.items():
        if role in special.named and special.named[role].content != name:
            raise CheckpointError(
                f"{files.folder}: {role} must be {name}, BERT's own. Received: {special.named[role].content!r}; rename "
                "the token in the vocabulary and in the files of the tokenizer, which changes no id"
            )


def check_sides(files: TokenizerFiles) -> None:
    """Checks that rows are padded and cut at their ends; tokenizer.json counts where tokenizer_config.json is silent.

    Args:
        files: The files of the tokenizer.

    Raises:
        CheckpointError: Rows are padded or cut at their beginning.
    """
    for name, part in (("padding_side", "padding"), ("truncation_side", "truncation")):
        section = (files.fast or {}).get(part)
        direction = section.get("direction") if isinstance(section, dict) else None
        where, side = (
            (SETTINGS_FILE, files.settings[name])
            if name in files.settings
            else (FAST_FILE, str(direction or "right").lower())
        )
        if side != "right":
            raise CheckpointError(
                f"{files.folder / where}: {name} must be right: rows are cut and padded at their ends, and the first "
                f"token of a BERT is [CLS]. Received: {side!r}; if no row was padded or cut in training, say right"
            )


def check_words(files: TokenizerFiles) -> None:
    """Checks that no setting tells the slow tokenizers of transformers 4 to split words differently.

    Args:
        files: The files of the tokenizer.

    Raises:
        CheckpointError: A setting does, so that ids depend on the release and kind of tokenizer.
    """
    if files.settings.get("fast_tokenizer_files"):
        raise CheckpointError(
            f"{files.folder / SETTINGS_FILE}: fast_tokenizer_files, a file for each release of transformers, is not "
            f"supported. Received: {files.settings['fast_tokenizer_files']!r:.100}; remove it, and keep tokenizer.json"
        )
    for name, plain in (("do_basic_tokenize", (True,)), ("never_split", (None, []))):
        value = files.settings.get(name, plain[0])
        if value not in plain:
            raise CheckpointError(
                f"{files.folder / SETTINGS_FILE}: {name} is not supported: the slow tokenizer of transformers 4 "
                f"follows it, and transformers 5 does not. Received: {value!r:.100}; remove it if the model was "
                "trained with a fast tokenizer or with transformers 5"
            )
