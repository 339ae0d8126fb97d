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
_CODES = frozenset("tnrbfv0Z\\\n\t")
_RUN = re.compile(r"(?P<run>\\+)(?P<next>.?)", re.DOTALL)
# Two backslashes within a word or path. Alone they also begin the name of a server, or end a line of LaTeX.
_DOUBLED = re.compile(r"(?<=[\w:])(?:\\\\)+(?=\w)")
_SPARK_PART = re.compile(r"part-\d{5}-(?:tid-\d+-)?[0-9a-f]{8}-[0-9a-f-]{27}")
_CUT_OFF = "end of data"

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
        self._null_marks = re.compile(rf"(?:^|{self._edge})\\N(?=\r?$|{self._edge})", re.MULTILINE)

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
        return self._null_marks.search(self._text) is not None

    def _between_others(self) -> Style:
        escaped = "escaped" in self._sound and self._escapes() and not self._quotes
        if "csv" not in self._sound:
            return "escaped" if escaped and self._surely_escapes() else self._spark_or_broken()
        if escaped and (self.null_mark() or self._only_doubled()):
            # MariaDB doubles each backslash of a text; PostgreSQL writes tabs unless told otherwise.
            if self.null_mark() and self._only_doubled():
                return "escaped"
            raise self._ambiguous(["csv", "escaped"])
        return self._csv_or_spark()

    def _between_tabs(self) -> Style:
        if self._quotes_every_name() and self.null_mark() and "spark" in self._sound:
            return "spark"
        escapes = "escaped" in self._sound and self._escapes()
        sure = escapes and self._surely_escapes()
        if sure and not self._quotes:
            return "escaped"
        if not sure and self._quotes and not self._merges_rows():
            return self._csv_or_spark() if "csv" in self._sound else self._spark_or_broken()
        if "csv" not in self._sound and self._spark_or_broken() == "spark":
            return "spark"
        # What is left differs by quote marks that were not needed, or by backslashes that may be escapes.
        left = [style for style in self._sound if style in ("csv", "plain") or (style == "escaped" and escapes)]
        if self._quotes_bare and left != ["csv"]:
            left = [style for style in left if style != "csv"]
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
        of_mariadb = self.null_mark() and self._quotes_every_name()
        if of_mariadb or any(_SPARK_PART.search(sample.name) for sample in self._samples):
            return "spark"
        raise self._ambiguous(["csv", "spark"])

    def _single_backslash(self, field: str) -> bool:
        """Returns whether a quoted field has a backslash that Spark would double, and MariaDB has no use for."""
        # At the end of the field it may be Spark's before a quote mark, behind which a separator happens to be.
        after = [match["next"] for match in _RUN.finditer(field) if match["next"] and len(match["run"]) % 2]
        return any(letter != "\n" or not self._every_end_escaped for letter in after)

    @functools.cached_property
    def _every_end_escaped(self) -> bool:
        """Whether a backslash stands before each line end in a quoted field, as MariaDB writes it."""
        quoted = "\0".join(self._quoted)
        escaped = sum(match["next"] == "\n" and len(match["run"]) % 2 for match in _RUN.finditer(quoted))
        return escaped == quoted.count("\n")

    def _reading(self, style: Style) -> list[Records] | None:
        """Returns the records of each file; None if a file breaks or has rows of another width than its header."""
        readings: list[Records] = []
        for sample in self._samples:
            records: Records = []
            try:
                records.extend(split(sample.lines(), Dialect(self._separator, style)))
            except BrokenRecord as error:
                # The end of a sample may cut a record in two; a file that is whole ends with a whole one.
                if sample.whole or len(records) < 2 or _CUT_OFF not in str(error):
                    return None
            if len({len(fields) for _, fields in records}) > 1:
                return None
            readings.append(records)
        return readings

    @functools.cached_property
    def _fields(self) -> tuple[list[str], bool]:
        """The contents of all fields that are quoted as csv has it, and whether another has a quote mark in it."""
        other = rf"[^{self._edge}\n]*"
        field = rf'(?:^|{self._edge})(?:"(?P<quoted>(?:[^"]|"")*)"(?=\r?$|{self._edge})|(?P<bare>{other}))'
        quoted, bare = [], False
        for match in re.finditer(field, self._text, re.MULTILINE):
            if match["bare"] is None:
                quoted.append(match["quoted"])
            else:
                bare = bare or '"' in match["bare"]
        return quoted, bare

    @property
    def _quoted(self) -> list[str]:
        return self._fields[0]

    @property
    def _quotes_bare(self) -> bool:
        """Whether an unquoted field has a quote mark in it: whoever knows of quoting quotes such a field."""
        return self._fields[1]

    @functools.cached_property
    def _quotes(self) -> bool:
        """Whether a quoted field had to be quoted, because of what is in it, or even the names of columns are."""
        needed = any(self._separator in field or "\n" in field or '""' in field for field in self._quoted)
        return (needed and not self._quotes_bare) or self._quotes_every_name()

    def _quotes_every_name(self) -> bool:
        """Returns whether the names of all columns are quoted, as by tools that quote every text."""
        return all(name.startswith('"') for name in self._samples[0].first_lines(1)[0].split(self._separator))

    def _merges_rows(self) -> bool:
        """Returns whether lines that are rows by themselves would become one row by their quote marks."""
        if not {"csv", "plain"} <= set(self._sound) or self._quotes_every_name():
            return False
        pairs = zip(self._sound["csv"], self._sound["plain"], strict=True)
        return any(len(one) < len(other) and len(other[0][1]) > 1 for one, other in pairs)

    def _escapes(self) -> bool:
        """Returns whether there are backslashes, and each may begin an escape."""
        codes = {match[1] for match in _CODED.finditer(self._null_marks.sub("", self._text))}
        return (bool(codes) or self.null_mark()) and codes <= _CODES | {self._separator}

    def _surely_escapes(self) -> bool:
        r"""Returns whether there are escapes that nobody types by chance.

        These are `\N`, escaped separators and line ends, and `a\\b` in one place beside `\n` or `\t` in another.
        """
        ends = (self._separator, "\n")
        single = {match["next"] for match in _RUN.finditer(self._text) if len(match["run"]) % 2}
        doubled = _DOUBLED.search(self._text) is not None
        return self.null_mark() or any(end in single for end in ends) or (doubled and bool(single))

    def _only_doubled(self) -> bool:
        r"""Returns whether there are backslashes, and none by itself but in `\N` and before a separator or line end."""
        ends = (self._separator, "\n", "0")
        runs = list(_RUN.finditer(self._null_marks.sub("", self._text)))
        return all(len(match["run"]) % 2 == 0 or match["next"] in ends for match in runs)

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
