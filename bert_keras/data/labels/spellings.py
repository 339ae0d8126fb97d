"""Spellings of one label: names that differ in blanks, case, Unicode form or the format of a number."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_WHOLE = re.compile(r"([+-]?\d+)(?:\.0+)?")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


class Spellings:
    """The labels of a model, looked up by any of their spellings.

    Whole numbers are one label with and without a fraction of zeros ("1" and "1.0"), since tools write the same column
    either way. All other spellings are one label only if the user says so.

    Args:
        labels: The labels.
        merge: Whether names that look alike are one label; see `look_alike`.
    """

    def __init__(self, labels: Sequence[str], merge: bool = False) -> None:
        self._labels = dict.fromkeys(labels)
        self._by_key: dict[str, str] = {}
        for label in labels:
            self._by_key.setdefault(_key(label) if merge else _whole(label), label)
        self._merge = merge

    def label(self, name: str) -> str | None:
        """Returns the label that a name stands for; None if there is none."""
        return name if name in self._labels else self._by_key.get(_key(name) if self._merge else _whole(name))


def distinct(counts: Mapping[str, int], merge: bool = False) -> list[str]:
    """Returns the labels to train on.

    Args:
        counts: The number of rows of each name.
        merge: Whether names that look alike are one label.

    Returns:
        The names in their order. If all are whole numbers, without fractions of zeros; with `merge`, the most frequent
        name of those that look alike.
    """
    if merge:
        return [max(group, key=lambda name: counts[name]) for group in _groups(counts).values()]
    return list(dict.fromkeys(map(_whole, counts) if all(map(_WHOLE.fullmatch, counts)) else counts))


def look_alike(names: Iterable[str]) -> list[list[str]]:
    """Returns the groups of names that differ only in blanks, case, Unicode form (NFKC) or the format of a number."""
    return [group for group in _groups(names).values() if len(group) > 1]


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_key(name), []).append(name)
    return groups


def _key(name: str) -> str:
    key = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())
    return repr(float(key)) if _NUMBER.fullmatch(key) else key


def _whole(name: str) -> str:
    match = _WHOLE.fullmatch(name)
    return match[1] if match else name
