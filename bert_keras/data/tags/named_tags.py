"""The names of tags as files have them, and what they mean."""

import re
from collections.abc import Mapping

from bert_keras.errors import DataError, LabelError
from bert_keras.files.messages import shown
from bert_keras.tagging.scheme import OUTSIDE, TagScheme, has_prefix

_MOST_TAGS = 1000  # beyond them these are hardly tags
_OUTSIDE = "O"
_OTHERS_FOR_OUTSIDE = ("o", "0", "_", "-", "*", "OUT", "NONE", "None", "none")


def scheme_of(places: Mapping[str, str], name: str, told: str) -> TagScheme | None:
    """Finds the meaning of the tags of a file.

    Args:
        places: The place of the first word with each tag.
        name: The name of the file.
        told: What to ask in messages, such as "is column 2 that of the tags?".

    Returns:
        The meaning; `None` if all words are outside of entities.

    Raises:
        DataError: Tags cannot be told from types: some have prefixes and others none, or they are numbers, or in
            another spelling than `B-PER` and `O`; the message names the place.
    """
    if len(places) > _MOST_TAGS:
        raise DataError(f"{name}: {told} Received: {len(places):,} different values")
    try:
        scheme = TagScheme.of([_OUTSIDE, *(tag for tag in places if tag != _OUTSIDE)])
    except LabelError:
        return None
    named = [tag for tag, kind in zip(scheme.tags, scheme.kinds, strict=True) if kind != OUTSIDE]
    bare = [tag for tag in named if not has_prefix(tag)]
    if any(tag not in scheme.types for tag in named) and bare:
        raise DataError(
            f"{places[bare[0]]}: a tag without prefix among tags with prefixes, such as "
            f"{next(tag for tag in named if has_prefix(tag))}; {told} Received: {shown(bare[0])}"
        )
    if all(tag.isdecimal() for tag in named):
        raise DataError(
            f"{places[named[0]]}: tags are numbers, whose names are unknown; write names, such as B-PER, in their "
            f"place. Received: {shown(named[0])}"
        )
    other = next((tag for tag in _OTHERS_FOR_OUTSIDE if tag in places and _OUTSIDE not in places), None)
    if other is not None:
        raise DataError(
            f"{places[other]}: no word has the tag O, that of words outside of entities; {told} If so, write O in "
            f"place of this one. Received: {shown(other)}"
        )
    _check_spelling(places)
    return scheme


def _check_spelling(places: Mapping[str, str]) -> None:
    """Raises an error about tags such as `b-PER` and `i-PER`, or `PER-B` and `PER-I`, which would be types."""
    for tag, place in places.items():
        lower, behind = re.fullmatch(r"b([-_].+)", tag), re.fullmatch(r"(.+[-_])B", tag)
        other = f"i{lower[1]}" if lower else f"{behind[1]}I" if behind else None
        if other is not None and other in places:
            raise DataError(
                f"{place}: where an entity begins and goes on is said by B- and I- before its type, as in B-PER. "
                f"Received: {shown(tag)} and {shown(other)}"
            )
