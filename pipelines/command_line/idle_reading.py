"""The options of how files are read, where no file is of the kind that they are about."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from .idle_options import given_among, refuse_idle

if TYPE_CHECKING:
    from bert_keras.data.records import Part

_OF_DELIMITED = ("dialect", "separator")


def refuse_idle_reading(config: Any, parts: "Callable[[], Iterable[Part]]") -> None:
    """Raises an error about an option of delimited text where no file is.

    Args:
        config: The options of a program.
        parts: Returns the files that are read by columns; called if such an option is given.

    Raises:
        InputError: One is given, and no file is delimited text.
    """
    if not given_among(config, _OF_DELIMITED):
        return
    from bert_keras.data.annotations.export import AnnotationExport
    from bert_keras.data.tables.delimited import DelimitedFile

    files = (part.part if isinstance(part, AnnotationExport) else part for part in parts())
    if not any(isinstance(file, DelimitedFile) for file in files):
        refuse_idle(config, _OF_DELIMITED, "is about delimited text with columns, and no file is; leave it out")


def told_annotators(config: Any, parts: "Iterable[Part]") -> Iterator[str]:
    """Yields a line about a choice among the labels of several people where no file has such labels.

    Args:
        config: The options of a program.
        parts: All files.
    """
    from bert_keras.data.annotations.export import AnnotationExport

    if given_among(config, ["annotators"]) and not any(isinstance(part, AnnotationExport) for part in parts):
        yield "--annotators is about exports of annotation tools: no file is one, and it changes nothing"
