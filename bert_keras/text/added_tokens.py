"""Tokens that are matched whole in texts, beside or beyond the vocabulary of word pieces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from bert_keras.errors import VocabularyError
from bert_keras.text.vocabulary import SPECIAL_TOKENS


@dataclass(frozen=True)
class AddedToken:
    """A token that is found as a whole in a text before the text is split into words, as `tokenizers.AddedToken`.

    Attributes:
        content: The text of the token.
        id: The token id.
        lstrip: Whether the token takes in the white space before it.
        rstrip: Whether the token takes in the white space after it.
        single_word: Whether the token is found only where no word character is next to it.
        normalized: Whether the token is looked for in the normalised text, normalised itself.
        special: Whether the token stands for no text, like an entity marker.
    """

    content: str
    id: int
    lstrip: bool = False
    rstrip: bool = False
    single_word: bool = False
    normalized: bool = False
    special: bool = False


def added_token(given: Any, id: int | None = None) -> AddedToken:
    """Returns an added token of what people have: one of this class, a mapping, or an object of `tokenizers`.

    Args:
        given: An `AddedToken`, a mapping with its fields, or an object with its attributes.
        id: The token id, where `given` need not have one.

    Returns:
        The token.

    Raises:
        VocabularyError: A field is missing, unknown or of another type.
    """
    if isinstance(given, AddedToken):
        return given
    names = [field.name for field in fields(AddedToken)]
    entry = dict(given) if isinstance(given, Mapping) else {n: getattr(given, n) for n in names if hasattr(given, n)}
    entry.setdefault("id", id)
    entry.setdefault("normalized", not entry.get("special", False))
    flags = [name for name in names if name not in ("content", "id")]
    content = entry.get("content")
    right = isinstance(content, str) and content and "\0" not in content and isinstance(entry["id"], int)
    if not right or set(entry) - set(names) or any(not isinstance(entry.get(flag, False), bool) for flag in flags):
        raise VocabularyError(
            f"an added token needs a content and an id, and has the flags {', '.join(flags)}. Received: {given!r:.200}"
        )
    return AddedToken(**entry)


def check_added_tokens(given: Iterable[Any], vocabulary: Sequence[str]) -> list[AddedToken]:
    """Checks that added tokens fit a vocabulary.

    Args:
        given: The added tokens; see `added_token`.
        vocabulary: The tokens of the word-piece model by id.

    Returns:
        The added tokens, in the order given, without BERT's special tokens of the vocabulary: those are not found in
        texts.

    Raises:
        VocabularyError: An added token is malformed or given twice, or has the id of another token, or ids beyond the
            vocabulary have gaps.
    """
    tokens = [added_token(one) for one in given]
    names = dict(enumerate(vocabulary))
    ids = {token: place for place, token in names.items()}
    for token in sorted(tokens, key=lambda token: token.id):
        known, place = names.setdefault(token.id, token.content), ids.setdefault(token.content, token.id)
        if known != token.content or place != token.id:
            raise VocabularyError(
                f"the added token {token.content!r} has an id that does not fit the vocabulary. "
                f"Received: id {token.id}, which is {known!r}; {token.content!r} has id {place}"
            )
    if len({token.content for token in tokens}) < len(tokens):
        raise VocabularyError(f"an added token is given twice. Received: {[token.content for token in tokens]}")
    if sorted(names) != list(range(len(names))):
        gap = next(place for place in range(len(names)) if place not in names)
        raise VocabularyError(
            f"the ids of added tokens go on after the vocabulary without gaps. Received: no token with id {gap}, "
            f"but one with id {max(names)}"
        )
    return [token for token in tokens if token.content not in SPECIAL_TOKENS or token.id >= len(vocabulary)]


def with_new_tokens(tokens: Sequence[AddedToken], new: Iterable[Any], vocabulary: Sequence[str]) -> list[AddedToken]:
    """Returns added tokens with more of them.

    Args:
        tokens: The tokens that were added before.
        new: The tokens to add: strings, `AddedToken`s, mappings with the fields of one, or objects of `tokenizers`. A
            token that is there already is found by its new rules from now on.
        vocabulary: The tokens of the word-piece model by id.

    Returns:
        All added tokens. Those that are not in the vocabulary have the next ids; BERT's special tokens are left out,
        since text that looks like one is plain text.

    Raises:
        VocabularyError: A token is malformed, or has an id other than it gets.
    """
    result = {token.content: token for token in tokens}
    ids = {token: place for place, token in enumerate(vocabulary)} | {one.content: one.id for one in tokens}
    for given in new:
        content = given if isinstance(given, str) else getattr(given, "content", None)
        content = given.get("content") if isinstance(given, Mapping) else content
        if content in SPECIAL_TOKENS:
            continue
        if not isinstance(content, str) or not content:
            raise VocabularyError(f"an added token needs a text that is not empty. Received: {given!r:.200}")
        place = ids.setdefault(content, max(len(vocabulary), 1 + max(ids.values(), default=-1)))
        token = added_token({"content": content} if isinstance(given, str) else given, place)
        if token.id != place:
            raise VocabularyError(f"the added token {content!r} gets the id {place}. Received: id {token.id}")
        result[content] = token
    return list(result.values())


def matched(tokens: Iterable[AddedToken]) -> list[AddedToken]:
    """Returns the added tokens that texts are searched for: all but BERT's special tokens."""
    return [token for token in tokens if token.content not in SPECIAL_TOKENS]


def as_config(tokens: Iterable[AddedToken]) -> list[dict[str, Any]]:
    """Returns added tokens as JSON."""
    return [asdict(token) for token in tokens]
