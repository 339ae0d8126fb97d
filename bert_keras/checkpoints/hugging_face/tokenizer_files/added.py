"""The ids of the tokens beside a vocabulary, as transformers 5.23 assigns them."""

import dataclasses
from collections.abc import Iterable

from bert_keras.checkpoints.hugging_face.tokenizer_files.files import (
    FAST_FILE,
    SETTINGS_FILE,
    SLOW_FILE,
    TokenizerFiles,
)
from bert_keras.checkpoints.hugging_face.tokenizer_files.pieces import Pieces
from bert_keras.checkpoints.hugging_face.tokenizer_files.restrictions import check_roles
from bert_keras.checkpoints.hugging_face.tokenizer_files.special_tokens import (
    SpecialTokens,
    fast_tokens,
    read_special_tokens,
    unread_token,
)
from bert_keras.errors import CheckpointError
from bert_keras.text import SPECIAL_TOKENS, AddedToken


def read_added_tokens(files: TokenizerFiles, pieces: Pieces, all_in_one_file: bool) -> tuple[AddedToken, ...]:
    """Reads the tokens that are matched in texts before these are split into words.

    Args:
        files: The files of the tokenizer.
        pieces: The vocabulary.
        all_in_one_file: Whether transformers loads tokenizer.json whole, with its added tokens, before it adds others.

    Returns:
        The tokens in the order of their ids, BERT's five special ones among them if the files list them.

    Raises:
        CheckpointError: An entry is no token, two files contradict each other, or an id is that of another token.
    """
    _check_splitting(files)
    special = read_special_tokens(files, all_in_one_file)
    check_roles(files, special)
    base = list(fast_tokens(files).values()) if all_in_one_file else []
    tokens = _with_ids([*base, *_to_add(special, base)], pieces)
    _check_said(files, tokens, [*base, *special.listed.values()], pieces)
    _check_shared(files, tokens.values(), pieces)
    if (unread := unread_token(files, {*tokens, *SPECIAL_TOKENS})) is not None:
        raise CheckpointError(
            f"{files.folder / unread[1]}: lists a token that transformers 4 reads and transformers 5 does not, because "
            f"the other files of the tokenizer have lists without it. Received: {unread[0]!r}; save the tokenizer "
            "again with the release that the model was trained with"
        )
    return tuple(sorted(tokens.values(), key=lambda token: token.id))


def _check_splitting(files: TokenizerFiles) -> None:
    if files.settings.get("split_special_tokens"):
        raise CheckpointError(
            f"{files.folder / SETTINGS_FILE}: split_special_tokens takes special tokens apart in texts, which is not "
            "supported. Received: true; set it to false, or remove the additional special tokens"
        )


def _to_add(special: SpecialTokens, base: list[AddedToken]) -> list[AddedToken]:
    """Returns the tokens that `TokenizersBackend.__init__` adds, in its order."""
    given = {_same(token) for token in base}
    add = [token for token in special.listed.values() if _same(token) not in given]
    known = {token.content for token in [*base, *add]}
    for token in [*special.named.values(), *special.extra]:
        if token.content not in known and _same(token) not in {_same(other) for other in add}:
            add.append(token)
    roles = {token.content for token in special.named.values()}
    return [dataclasses.replace(token, special=True) if token.content in roles else token for token in add]


def _with_ids(tokens: Iterable[AddedToken], pieces: Pieces) -> dict[str, AddedToken]:
    """Gives each token the id that it has in the vocabulary or among those before it, or else the next free one."""
    ids = {token: place for place, token in enumerate(pieces.tokens)}
    found: dict[str, AddedToken] = {}
    following = pieces.next_id
    for token in tokens:
        if not token.content:
            continue
        if token.content in found:
            place = found[token.content].id
        elif token.content in ids:
            place = ids[token.content]
        else:
            place = following
        # The library counts on from the largest id among added tokens, where that is beyond the vocabulary.
        following = max(following, place + 1) if place >= pieces.next_id else following
        found[token.content] = dataclasses.replace(token, id=place)
    return found


def _check_said(
    files: TokenizerFiles, tokens: dict[str, AddedToken], said: Iterable[AddedToken], pieces: Pieces
) -> None:
    """Checks that tokens have the ids that the files say."""
    for token in said:
        if token.content and token.content not in SPECIAL_TOKENS and tokens[token.content].id != token.id:
            raise CheckpointError(
                f"{files.folder}: an added token has another id than the files say, because ids go on after the "
                f"vocabulary without gaps. Received: {token.content!r} with id {token.id:,}, and a vocabulary of "
                f"{pieces.next_id:,} tokens; save the tokenizer again with transformers"
            )


def _check_shared(files: TokenizerFiles, tokens: Iterable[AddedToken], pieces: Pieces) -> None:
    """Checks that no two tokens share an id, as they do after a vocabulary with repeated tokens."""
    for token in tokens:
        if token.id < len(pieces.tokens) and pieces.tokens[token.id] != token.content:
            name = SLOW_FILE if files.fast is None else FAST_FILE
            raise CheckpointError(
                f"{files.folder / name}: an added token has the id of another token, because the vocabulary repeats or "
                f"leaves out tokens. Received: {token.content!r} and {pieces.tokens[token.id]!r}, id {token.id:,}; "
                "remove what is repeated or blank, and train with the vocabulary that results"
            )


def _same(token: AddedToken) -> tuple[object, ...]:
    return dataclasses.astuple(dataclasses.replace(token, id=-1))
