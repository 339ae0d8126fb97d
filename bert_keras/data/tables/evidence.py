r"""The search for the style of a dialect, by what the contents of files allow.

The files are cut in each style that their tool may have meant. Styles in which a file breaks, or has rows of another
width than its header, are out. Where several are left and give the same fields, it does not matter which is taken.
Where they differ, marks decide that only one kind of tool leaves behind; without such a mark nothing is guessed.
"""

import functools
import itertools
import re
from collections.abc import Iterator, Sequence

from bert_keras.data.tables.dialect import STYLES, Dialect, Style
from bert_keras.data.tables.sample import Sample
from bert_keras.data.tables.splitting import BrokenRecord, Fields, split
from bert_keras.errors import DataError
from bert_keras.files.messages import shown_value, where

_CODED = re.compile(r"\\(.?)", re.DOTALL)
# What follows a backslash where tools escape; anything else shows that backslashes are text.
_CODES = frozenset("tnrbfv0ZN\\\n\t")
_RUNS_OF_BACKSLASHES = re.compile(r"\\+")
_SPARK_PART = re.compile(r"part-\d{5}-[0-9a-f]{8}-[0-9a-f-]{27}")

Records = list[tuple[int, Fields]]


class Evidence:
    """What the beginnings of the files of one tool say of their style.

    Args:
        samples: The beginnings of the files.
        separator: The separator of their fields.
    """

    def __init__(self, samples: Sequence[Sample], separator: str) -> None:
        self._samples, self._separator = samples, separator
        self._text = "".join(sample.text for sample in samples)
        self._edge = re.escape(separator)

    def style(self) -> Style:
        """Returns the style of the files; "csv" if they break in every style.

        Raises:
            DataError: Two styles fit and read the files differently.
        """
        tabs = self._separator == "\t"
        if "\\" not in self._text and not ('"' in self._text and tabs):
            return "csv"
        # Only tabs are so rare in texts that tools separate fields by them without any quoting.
        styles: list[Style] = ["csv", "spark", "escaped", "plain"] if tabs else ["csv", "spark", "escaped"]
        self._sound = {style: reading for style in styles if (reading := self._reading(style)) is not None}
        if "csv" in self._sound and self._first_difference(list(self._sound)) is None:
            return "csv"
        return self._between_tabs() if tabs else self._between_others()

    def null_mark(self) -> bool:
        r"""Returns whether a field is `\N`, the null of PostgreSQL and MariaDB."""
        mark = rf"(?:^|{self._edge})\\N(?=\r?$|{self._edge})"
        return re.search(mark, self._text, re.MULTILINE) is not None

    def _between_others(self) -> Style:
        escaped = "escaped" in self._sound and self._escapes() and not self._quoted
        if "csv" in self._sound:
            return "escaped" if escaped and self.null_mark() else self._csv_or_spark()
        return "escaped" if escaped and self._surely_escapes() else self._spark_or_broken()

    def _between_tabs(self) -> Style:
        quoted = self._needs_quotes or self._quotes_every_name()
        escapes = "escaped" in self._sound and self._escapes()
        sure = escapes and self._surely_escapes()
        if sure and not quoted:
            return "escaped"
        if self._quotes_every_name() and self.null_mark() and "spark" in self._sound:
            return "spark"
        if quoted and not sure:
            return self._csv_or_spark() if "csv" in self._sound else self._spark_or_broken()
        if "csv" not in self._sound and self._spark_or_broken() == "spark":
            return "spark"
        # What is left differs by quote marks that were not needed, or by backslashes that may be escapes.
        left = [style for style in self._sound if style in ("csv", "plain") or (style == "escaped" and escapes)]
        if self._first_difference(left) is not None:
            raise self._ambiguous(left)
        return next(iter(left), "csv")

    def _spark_or_broken(self) -> Style:
        return "spark" if "spark" in self._sound and '\\"' in self._text else "csv"

    def _csv_or_spark(self) -> Style:
        """Chooses between doubled quote marks and backslashes before them, where both can be read."""
        if "spark" not in self._sound or self._first_difference(["csv", "spark"]) is None:
            return "csv"
        if any(self._single_backslash(field) for field in self._quoted):
            return "csv"
        if any(_SPARK_PART.search(sample.name) for sample in self._samples) or self.null_mark():
            return "spark"
        raise self._ambiguous(["csv", "spark"])

    def _single_backslash(self, field: str) -> bool:
        """Returns whether a quoted field has a backslash that Spark would double, and MariaDB has no use for."""
        rest = field.replace("\\\n", "") if self._every_end_escaped else field
        return any(len(run) % 2 for run in _RUNS_OF_BACKSLASHES.findall(rest))

    @functools.cached_property
    def _every_end_escaped(self) -> bool:
        """Whether a backslash stands before each line end in a quoted field, as MariaDB writes it."""
        return not any(re.search(r"(?<!\\)\n", field) for field in self._quoted)

    def _reading(self, style: Style) -> list[Records] | None:
        """Returns the records of each file; None if a file breaks or has rows of another width than its header."""
        readings: list[Records] = []
        for sample in self._samples:
            records: Records = []
            try:
                records.extend(split(sample.lines(), Dialect(self._separator, style)))
            except BrokenRecord:
                # The end of a sample may cut a record in two; a file that is whole ends with a whole one.
                if sample.whole or len(records) < 2:
                    return None
            if len({len(fields) for _, fields in records}) > 1:
                return None
            readings.append(records)
        return readings

    @functools.cached_property
    def _quoted(self) -> list[str]:
        """The contents of all fields that are quoted as csv has it."""
        field = rf'(?:^|{self._edge})"((?:[^"]|"")*)"(?=\r?$|{self._edge})'
        return [match[1] for match in re.finditer(field, self._text, re.MULTILINE)]

    @property
    def _needs_quotes(self) -> bool:
        """Whether a quoted field had to be quoted, because of what is in it."""
        return any(self._separator in field or "\n" in field or '""' in field for field in self._quoted)

    def _quotes_every_name(self) -> bool:
        """Returns whether the names of all columns are quoted, as by tools that quote every text."""
        return all(name.startswith('"') for name in self._samples[0].first_lines(1)[0].split(self._separator))

    def _escapes(self) -> bool:
        """Returns whether there are backslashes, and each may begin an escape."""
        codes = {match[1] for match in _CODED.finditer(self._text)}
        return bool(codes) and codes <= _CODES | {self._separator}

    def _surely_escapes(self) -> bool:
        r"""Returns whether there are escapes that nobody types by chance: `\\`, `\N`, or an escaped separator."""
        sure = rf"\\[\\\n{self._edge}]"
        return self.null_mark() or re.search(sure, self._text) is not None

    def _first_difference(self, styles: Sequence[Style]) -> tuple[str, int, str, str] | None:
        """Returns the first field that the first style and another read differently: file, line, and both values."""
        if len(styles) < 2:
            return None
        one, *others = (self._sound[style] for style in styles)
        return next((found for other in others if (found := next(self._differences(one, other), None))), None)

    def _differences(self, one: list[Records], other: list[Records]) -> Iterator[tuple[str, int, str, str]]:
        for sample, records, others in zip(self._samples, one, other, strict=True):
            for (line, fields), (_, other_fields) in itertools.zip_longest(records, others, fillvalue=(0, [])):
                for value, other_value in itertools.zip_longest(fields, other_fields, fillvalue=""):
                    if value != other_value:
                        yield sample.name, line, str(value), str(other_value)

    def _ambiguous(self, styles: Sequence[Style]) -> DataError:
        difference = self._first_difference(styles)
        assert difference is not None
        name, line, one, other = difference
        ways = ", ".join(f"{style} ({STYLES[style]})" for style in styles)
        return DataError(
            f"{where(name, line)}: may be read in several ways. Received: {shown_value(one)} or {shown_value(other)}; "
            f"choose with --dialect: {ways}"
        )
