"""How the files of a classifier's data are read: their formats and columns, a line each."""

import dataclasses
from collections.abc import Iterator, Mapping

from bert_keras.data import Source


def formats_of(source: Source) -> list[str]:
    """Returns the formats of a split's files, each once."""
    return list(dict.fromkeys(part.format for part in source.parts))


def formats_said(sources: Mapping[str, Source]) -> Iterator[str]:
    """Yields lines that say what the files are read as, once if it is the same for all splits."""
    formats = {split: "; ".join(formats_of(source)) for split, source in sources.items()}
    if len(set(formats.values())) == 1:
        yield f"read as {formats['train']}"
    else:
        yield from (f"{split} is read as {of}" for split, of in formats.items())


def columns_said(sources: Mapping[str, Source]) -> Iterator[str]:
    """Yields lines that say which columns are read, and which are not although they have usual names."""
    chosen = {split: source.chosen for split, source in sources.items()}
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
