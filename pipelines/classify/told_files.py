"""What is told of the files of a classifier's training: how they are read, and which columns."""

import dataclasses
from collections.abc import Iterator, Mapping

from bert_keras import data
from bert_keras.data.records import Part


def parts_of(*sources: data.Source | None) -> list[Part]:
    """Returns the files of all sources that are there."""
    return [part for source in sources if source is not None for part in source.parts]


def formats_of(source: data.Source) -> list[str]:
    """Returns the formats of a split's files, each once."""
    return list(dict.fromkeys(part.format for part in source.parts))


def told_formats(formats: Mapping[str, str]) -> Iterator[str]:
    """Yields lines that say what files are read as, once if it is the same for all splits.

    Args:
        formats: The formats of each split, with "train".
    """
    if len(set(formats.values())) == 1:
        yield f"read as {formats['train']}"
    else:
        yield from (f"{split} is read as {of}" for split, of in formats.items())


def told_columns(chosen: Mapping[str, data.Chosen]) -> Iterator[str]:
    """Yields lines that say which columns are read, and which are not although they have usual names.

    Args:
        chosen: The columns of each split, with "train".
    """
    of_train = chosen["train"]
    if len({of.described() for of in chosen.values()}) == 1:
        yield f"columns: {of_train.described()}"
    else:
        yield from (f"columns of {split}: {of.described()}" for split, of in chosen.items())
    yield from of_train.hints()
    for split, of in chosen.items():
        more = tuple(entry for entry in of.unused if entry not in of_train.unused)
        hints = dataclasses.replace(of, unused=more).hints("train has single texts")
        yield from (f"{split}: {hint}" for hint in hints)
