"""What rows can be divided by, as the options of programs name it."""

import re
from collections.abc import Sequence

from bert_keras.errors import InputError

LENGTH, LABEL, CLUSTER, COLUMN, REGEX = "length", "label", "cluster", "column:", "regex:"
_CLUSTERS = re.compile(r"cluster(?::([1-9]\d{0,3}))?")


def check_divisions(option: str, divisions: Sequence[str]) -> None:
    """Checks what rows shall be divided by.

    Args:
        option: The name of the option, for messages, as --by.
        divisions: What it was given.

    Raises:
        InputError: One of them is none of length, label, cluster, cluster:NUMBER, column:NAME and regex:PATTERN, or
            stands there twice.
    """
    for by in divisions:
        _check(option, by)
    if len(set(divisions)) < len(divisions):
        raise InputError(f"{option} names the same twice. Received: {' '.join(divisions)}")


def columns_of(divisions: Sequence[str]) -> list[str]:
    """Returns the columns that rows are divided by."""
    return [by.removeprefix(COLUMN) for by in divisions if by.startswith(COLUMN)]


def clusters_of(by: str) -> int | None:
    """Returns the number of clusters that a division asks for, 0 for as many as there should be; `None` for others."""
    found = _CLUSTERS.fullmatch(by)
    return None if found is None else int(found[1] or 0)


def _check(option: str, by: str) -> None:
    if by in (LENGTH, LABEL) or (by.startswith(COLUMN) and by != COLUMN) or clusters_of(by) not in (None, 1):
        return
    if not by.startswith(REGEX) or by == REGEX:
        raise InputError(
            f"{option} must be length, label, cluster, cluster:NUMBER, column:NAME or regex:PATTERN. Received: {by}"
        )
    try:
        re.compile(by.removeprefix(REGEX))
    except re.error as error:
        raise InputError(f"{option}: no regular expression ({error}). Received: {by}") from error
