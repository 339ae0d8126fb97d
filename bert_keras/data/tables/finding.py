"""The dialect of files that one tool wrote."""

from collections.abc import Sequence

from bert_keras.data.tables.dialect import Dialect, Style
from bert_keras.data.tables.evidence import Evidence
from bert_keras.data.tables.sample import LEAST, SIZE, Sample
from bert_keras.data.tables.separator import find_separator
from bert_keras.files.text_file import TextFile


def find_dialect(files: Sequence[TextFile], style: Style | None = None, separator: str | None = None) -> Dialect:
    """Finds the dialect of files from their beginnings.

    Args:
        files: The files, written by one tool.
        style: The style that the user named; None if it is to be found.
        separator: The separator that the user named; None if it is to be found.

    Returns:
        The dialect. For files that break in every dialect, the usual one of the first file's extension.

    Raises:
        DataError: Two dialects fit and read the files differently, or the files cannot be read.
    """
    size = max(SIZE // len(files), LEAST)
    samples = [sample for file in files if (sample := Sample.of(file, size)).text.strip()]
    if separator is None:
        separator = find_separator(samples[0] if samples else Sample("", "", True), files[0].kind)
    evidence = Evidence(samples, separator)
    named, style = style, style or evidence.style()
    if style not in ("spark", "escaped"):
        seen = named is not None or any("\\" in sample.text for sample in samples)
        return Dialect(separator, style, unproven=not seen and not all(sample.whole for sample in samples))
    # Of the tools that escape, `mysql --batch` alone writes null as a word.
    null = r"\N" if style == "spark" or evidence.null_mark() else "NULL"
    return Dialect(separator, style, null)
