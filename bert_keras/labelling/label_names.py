"""Label names with descriptions, from a file that a person writes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bert_keras.errors import DataError
from bert_keras.files import TextFile, where

_FEWEST = 2
_JOINT = re.compile(r"[\s_/-]+|(?<=[^\W\d_A-Z])(?=[A-Z])")  # also before a capital within a name, as in PlayMusic


@dataclass(frozen=True, slots=True)
class LabelName:
    """A label, and what it means.

    Attributes:
        name: The name as labelled rows have it.
        description: What texts with the label are about, in the words that such texts use.
    """

    name: str
    description: str


def read_label_names(path: str | Path) -> list[LabelName]:
    """Reads the names of labels, one a line, each with its description after a tab if it has one.

    A name without a description is described by its own words: `card_arrival` and `CardArrival` by "card arrival".
    Blank lines do not count.

    Args:
        path: A text file in UTF-8.

    Returns:
        The labels in the order of the file.

    Raises:
        DataError: The file cannot be read, has fewer than two labels or one twice, or a line has more than one tab; the
            message names the line.
    """
    file = TextFile(path)
    found: dict[str, LabelName] = {}
    for line, label in _lines(file):
        if label.name in found:
            raise DataError(
                f"{where(file.name, line)}: a label stands there once; delete the line. Received: {label.name!r:.80} "
                "again"
            )
        found[label.name] = label
    if len(found) < _FEWEST:
        raise DataError(f"{file.name}: two or more labels expected, one a line. Received: {', '.join(found) or 'none'}")
    return list(found.values())


def words_of(name: str) -> str:
    """Returns the words of a name as a text: "card arrival" for `card_arrival`, `Card-Arrival` and `cardArrival`."""
    return " ".join(word.lower() if word.istitle() else word for word in _JOINT.split(name) if word) or name


def _lines(file: TextFile) -> Iterator[tuple[int, LabelName]]:
    for number, line in enumerate(file.lines(), 1):
        if not line.strip():
            continue
        name, *descriptions = (field.strip() for field in line.split("\t"))
        if not name or len(descriptions) > 1:
            raise DataError(
                f"{where(file.name, number)}: a name expected, or a name, a tab and a description. "
                f"Received: {line.strip()!r:.80}"
            )
        yield number, LabelName(name, (descriptions or [""])[0] or words_of(name))
