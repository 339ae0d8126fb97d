"""The search for the separator of delimited texts."""

from collections.abc import Sequence

from bert_keras.data.column_names import LABEL_COLUMNS, TEXT_COLUMNS
from bert_keras.data.tables.dialect import SEPARATORS, Dialect
from bert_keras.data.tables.sample import Sample
from bert_keras.data.tables.splitting import BrokenRecord, split
from bert_keras.errors import DataError
from bert_keras.files.messages import where

TAB_KINDS = (".tsv", ".tab")
"""The extensions of the files whose fields are between tabs, unless their contents say otherwise."""
_USUAL = {*TEXT_COLUMNS, *LABEL_COLUMNS}
_FIRST = 200  # lines


def find_separator(sample: Sample, kind: str) -> str:
    """Finds the separator with which the first rows are as wide as the header.

    Args:
        sample: The beginning of the file.
        kind: The extension of the file.

    Returns:
        The separator; the usual one of the extension if none fits.

    Raises:
        DataError: Several separators fit equally well.
    """
    lines = sample.first_lines(_FIRST)
    usual = "\t" if kind in TAB_KINDS else ","
    if not lines:
        return usual
    candidates = [usual, *(separator for separator in SEPARATORS if separator != usual)]
    widths = {separator: _widths(lines, separator) for separator in candidates}
    wide = [separator for separator in candidates if widths[separator] and widths[separator][0] > 1]
    even = [separator for separator in wide if len(set(widths[separator])) == 1]
    for few in (even, wide):
        named = [separator for separator in few if _USUAL & _header(lines, separator)]
        if len(named) == 1 or len(few) == 1:
            return (named or few)[0]
        if few:
            return usual if usual in few else _ambiguous(sample, few)
    return usual


def _widths(lines: Sequence[str], separator: str) -> list[int]:
    """Returns the widths of the first records: as csv if they are even then, else without quoting."""
    widths: list[int] = []
    for dialect in (Dialect(separator), Dialect(separator, "plain")):
        widths = []
        try:
            widths.extend(len(fields) for _, fields in split(lines, dialect))
        except BrokenRecord as error:
            if len(lines) < _FIRST or "end of data" not in str(error):
                continue
            return widths  # the last of the first lines cut a record in two
        if len(set(widths)) == 1:
            break
    return widths


def _header(lines: Sequence[str], separator: str) -> set[str]:
    return {field.strip().strip('"').strip().lower() for field in lines[0].split(separator)}


def _ambiguous(sample: Sample, few: Sequence[str]) -> str:
    names = " or ".join(SEPARATORS[separator] for separator in few)
    raise DataError(
        f"{where(sample.name, 1)}: {names} may stand between the columns. "
        f"Received: {sample.first_lines(1)[0].strip()!r:.80}; name it with --separator"
    )
