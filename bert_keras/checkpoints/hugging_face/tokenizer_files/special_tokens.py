"""The added and special tokens that the files of a tokenizer list, merged as transformers 5.23 merges them.

The method is that of `PreTrainedTokenizerBase._from_pretrained` and of the constructors of that class.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import (
    ADDED_FILE,
    FAST_FILE,
    SETTINGS_FILE,
    SPECIAL_FILE,
    TokenizerFiles,
)
from bert_keras.errors import CheckpointError
from bert_keras.text import AddedToken

NAMES = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""The roles of special tokens, in the order in which transformers adds those that are no tokens yet."""
ROLES = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
"""The special tokens of BERT by role."""
_EXTRA, _OLD_EXTRA, _LISTED = "extra_special_tokens", "additional_special_tokens", "added_tokens_decoder"


@dataclass(frozen=True)
class SpecialTokens:
    """The tokens that the files list beside the vocabulary, in the order in which transformers adds them.

    Attributes:
        listed: The tokens that are listed with ids, by id: these are the ids that the files say.
        named: The special tokens by role.
        extra: The further special tokens.
    """

    listed: dict[int, AddedToken]
    named: dict[str, AddedToken]
    extra: list[AddedToken]


def read_special_tokens(files: TokenizerFiles, all_in_one_file: bool) -> SpecialTokens:
    """Reads the tokens beside the vocabulary.

    Args:
        files: The files of the tokenizer.
        all_in_one_file: Whether transformers makes a `TokenizersBackend`, which has no special tokens but those listed.

    Returns:
        The tokens.

    Raises:
        CheckpointError: An entry is no token.
    """
    settings, path = dict(files.settings), files.folder / SETTINGS_FILE
    if _OLD_EXTRA in settings and not settings.get(_EXTRA):
        settings[_EXTRA] = settings.pop(_OLD_EXTRA)
    of_model = settings.pop(_EXTRA) if isinstance(settings.get(_EXTRA), dict) else {}
    if _LISTED in settings:
        listed = _by_id(settings[_LISTED], path)
    else:
        settings |= _of_special_file(files, settings)
        of_model |= files.special[_EXTRA] if isinstance(files.special.get(_EXTRA), dict) else {}
        listed = _of_older_files(files, settings)
    settings = ({} if all_in_one_file else ROLES) | settings
    extra = settings.get(_EXTRA, settings.get(_OLD_EXTRA)) or []
    if not isinstance(extra, list):
        raise CheckpointError(f"{path}: {_EXTRA} must be a list of tokens. Received: {extra!r:.100}")
    flags = {token.content: token for token in listed.values()}
    named = {name: _token(settings[name], path, name) for name in NAMES if settings.get(name) is not None}
    named = {name: flags.get(token.content, token) for name, token in named.items()}
    of_model = {name: value for name, value in settings.items() if name.endswith("_token")} | of_model
    named |= {
        name: _token(value, path, name) for name, value in of_model.items() if name not in named and _is_token(value)
    }
    return SpecialTokens(listed, named, [_token(value, path, _EXTRA) for value in extra])


def fast_tokens(files: TokenizerFiles) -> dict[int, AddedToken]:
    """Reads the added tokens of tokenizer.json, by the ids that it says."""
    path = files.folder / FAST_FILE
    entries = (files.fast or {}).get("added_tokens") or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise CheckpointError(f"{path}: added_tokens must be a list of tokens. Received: {entries!r:.100}")
    return _by_id({entry.get("id"): entry for entry in entries}, path)


def _of_special_file(files: TokenizerFiles, settings: dict[str, Any]) -> dict[str, Any]:
    """Returns what special_tokens_map.json changes in the settings, where no token is listed with its id."""
    changes = {name: value for name, value in files.special.items() if name != _EXTRA}
    for name, value in changes.items():
        if isinstance(value, dict):
            changes[name] = value | {"special": True, "__type": "AddedToken"}
    more = files.special.get(_EXTRA)
    if isinstance(more, list):
        have = list(settings.get(_EXTRA) or [])
        changes[_EXTRA] = have + [token for token in more if token not in have]
    return changes


def _of_older_files(files: TokenizerFiles, settings: dict[str, Any]) -> dict[int, AddedToken]:
    """Returns the tokens of added_tokens.json, and over these those of tokenizer.json."""
    special = {_content(settings[name]) for name in NAMES if settings.get(name)}
    special |= {_content(token) for token in settings.get(_EXTRA) or []}
    path = files.folder / ADDED_FILE
    entries = {
        place: {"content": content, "special": content in special, "normalized": content not in special}
        for content, place in files.added.items()
    }
    return _by_id(entries, path) | fast_tokens(files)


def _by_id(entries: Any, path: Path) -> dict[int, AddedToken]:
    if not isinstance(entries, Mapping):
        raise CheckpointError(f"{path}: {_LISTED} must hold a token for each id. Received: {entries!r:.100}")
    tokens = {}
    for place, entry in entries.items():
        if not str(place).isdecimal() or not isinstance(entry, dict):
            raise CheckpointError(f"{path}: an added token is not readable. Received: id {place!r}, {entry!r:.100}")
        tokens[int(place)] = _token(entry | {"__type": "AddedToken"}, path, _LISTED, int(place))
    return dict(sorted(tokens.items()))


def _is_token(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, dict) and value.get("__type") == "AddedToken")


def _content(value: Any) -> str:
    return str(value.get("content") if isinstance(value, dict) else value)


def _token(value: Any, path: Path, name: str, place: int = -1) -> AddedToken:
    if not _is_token(value):
        raise CheckpointError(f"{path}: {name} must be a token, a text. Received: {value!r:.100}")
    if isinstance(value, str):
        return AddedToken(value, place, special=True)
    content, special = value.get("content"), value.get("special", False)
    flags = {flag: value.get(flag, False) for flag in ("lstrip", "rstrip", "single_word")}
    flags |= {"special": special, "normalized": value.get("normalized", not special)}
    if not isinstance(content, str) or not all(isinstance(flag, bool) for flag in flags.values()):
        raise CheckpointError(f"{path}: {name} has a token that is not readable. Received: {value!r:.200}")
    return AddedToken(content, place, **flags)


def unread_token(files: TokenizerFiles, known: Collection[str]) -> tuple[str, str] | None:
    """Returns a token that transformers 4 reads and transformers 5 does not, with its file.

    Args:
        files: The files of the tokenizer.
        known: The tokens that transformers 5 reads.

    Returns:
        The token and the name of the file that lists it; `None` if there is none.
    """
    if _LISTED in files.settings:
        name, tokens = FAST_FILE, [token.content for token in fast_tokens(files).values()]
    else:
        old = files.special.get(_OLD_EXTRA)
        name, tokens = SPECIAL_FILE, [_content(token) for token in old] if isinstance(old, list) else []
    return next(((token, name) for token in tokens if token not in known), None)
