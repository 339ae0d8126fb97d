"""The rows of files to inspect, from `--input` or from a run's development split, and their choice."""

import itertools
from collections.abc import Iterator
from typing import Any

from bert_keras import data
from bert_keras.data import TagReading
from bert_keras.errors import InputError
from bert_keras.models import MaskedLM, SpanExtractor, TokenClassifier

from ..command_line.idle_options import refuse_idle
from ..command_line.idle_reading import refuse_idle_reading
from ..console.consoles import console
from ..console.progress import counted_rows
from ..inputs.files import parts_by_columns
from ..inputs.model_columns import ModelColumns
from .choice import MOST_ASKED, wrong_examples
from .config import OF_COLUMNS, VisualizeConfig
from .examples import Example, asked_examples, labelled_examples
from .model import Looked, Named
from .token_texts import masked_examples, tagged_examples
from .unknown_labels import UnknownLabels

_HEAD = 1_000  # rows that show whether true targets are known


class Rows:
    """The rows of files from which the examples to inspect are chosen.

    Args:
        config: The options.
        named: The model as named on the command line. Without `--input`, the development data of its run are read.
        kind: The class of the model.
        pairs: Whether it takes pairs of texts; `None` if it does not say.

    Attributes:
        files: The files or TFDS names to read.
        choose: The kind of rows to choose, "first" or "wrong".

    Raises:
        InputError: The options name no input, and the model is not from a run with development data; or they name a
            column of second texts, and the model takes single ones.
    """

    def __init__(self, config: VisualizeConfig, named: Named, kind: type[Looked], pairs: bool | None) -> None:
        trained = named.trained_with()
        if kind is MaskedLM and not config.input:
            raise InputError(
                f'{config.model}: fills masks; say which: --text "… [MASK] …", or --input FILE with [MASK] in each text'
            )
        given = config.input or trained.get("dev")
        if not given:
            raise InputError(
                f'{config.model}: say what to look at: --text "…", --question "…" --context FILE, or --input FILE'
            )
        self.files: str | list[str] = given
        self.choose = config.choose or ("first" if config.input else "wrong")
        self._limit = config.limit
        self._unknown, self._without_target = UnknownLabels(), 0
        # The run's own columns are the default, but only for the run's own data.
        of_run: dict[str, Any] = named.trained_with() | named.dev_columns() if config.input is None else {}
        text, pair, label = (
            getattr(config, name) or of_run.get(name) for name in ("text_column", "pair_column", "label_column")
        )
        separator, missing, names, dialect, between = (
            getattr(config, name, None) or of_run.get(name)
            for name in ("label_separator", "missing_labels", "label_names", "dialect", "separator")
        )
        columns = data.Columns(
            text,
            pair,
            tuple(label) if isinstance(label, list) else label,
            separator,
            missing=missing,
            label_names=names,
        )
        self._columns = ModelColumns(config.model, pairs, columns, console.print)
        words, tags = (getattr(config, name) or of_run.get(name) for name in ("word_column", "tag_column"))
        if kind is not TokenClassifier:
            refuse_idle(config, ["word_column", "tag_column"], "is of the columns that a tagger reads; leave it out")
        self._tags = TagReading(words, tags, text)
        self._reading = data.Reading(dialect, between, of_run.get("annotators", "majority"))
        self._config = config

    def all(self, model: Looked) -> Iterator[Example]:
        """Reads all rows as a stream.

        Args:
            model: The model, which decides whether rows are read as questions, or as texts with labels, masks or
                entities.

        Returns:
            An iterator over the rows, in order. The first row is read before the function returns.

        Raises:
            DataError: A file cannot be read, or lacks a column.
        """
        stream = self._read(model)
        first = list(itertools.islice(stream, 1))
        return itertools.chain(first, stream)

    def _read(self, model: Looked) -> Iterator[Example]:
        if isinstance(model, SpanExtractor):
            refuse_idle(self._config, OF_COLUMNS, "is of texts in columns, and the model reads questions; leave it out")
            return asked_examples(self.files)
        refuse_idle_reading(self._config, lambda: parts_by_columns(self.files, self._columns.columns, self._reading))
        if isinstance(model, MaskedLM):
            return masked_examples(self.files, self._columns, self._reading)
        if isinstance(model, TokenClassifier):
            return tagged_examples(self.files, self._columns, self._reading, self._tags, model)
        return labelled_examples(self.files, self._columns, model, self._reading)

    def chosen(self, model: Looked) -> list[Example]:
        """Chooses the rows to inspect, and prints how they were chosen.

        Args:
            model: The model, which decides how rows are read and which of them are predicted wrongly.

        Returns:
            The chosen rows. If wrong rows are to be chosen but there are none, the first rows.

        Raises:
            DataError: A file cannot be read, or lacks a column.
            InputError: There are no rows, or wrong rows are to be chosen but no true target is known.
        """
        unknown = UnknownLabels()
        rows = self._wrong(model, unknown) if self.choose == "wrong" else []
        if not rows:
            unknown = UnknownLabels()
            rows = list(unknown.counted(itertools.islice(self.all(model), self._limit)))
        if not rows:
            raise InputError(f"{self.name}: no rows to look at")
        self._warn_of(unknown, model)
        return rows

    def labelled(self, model: Looked) -> tuple[Iterator[Example], bool]:
        """Reads the rows whose true target is known, or all rows if it is known of none.

        Args:
            model: The model.

        Returns:
            An iterator over the rows, and whether their true targets are known.

        Raises:
            DataError: A file cannot be read, or lacks a column.
        """
        self._unknown, self._without_target = UnknownLabels(), 0
        rows = self._unknown.counted(self.all(model))
        head = list(itertools.islice(rows, _HEAD))
        rows = itertools.chain(head, rows)
        known = any(row.true is not None for row in head)
        return (filter(self._has_target, rows) if known else rows), known

    def warn_of_left_out(self, model: Looked) -> None:
        """Prints how many rows the last pass of `labelled` has left out, or has taken without a target, and why."""
        self._warn_of(self._unknown, model)
        empty = self._without_target - self._unknown.rows
        if empty > 0:
            console.print(f"warning: {self.name}: {empty:,} rows without a true target are left out", style="yellow")

    def _has_target(self, row: Example) -> bool:
        self._without_target += row.true is None
        return row.true is not None

    def _warn_of(self, unknown: UnknownLabels, model: Looked) -> None:
        if unknown.rows:
            console.print(f"warning: {self.name}: {unknown.described(model)}", style="yellow")

    @property
    def name(self) -> str:
        """The names of the files, for messages."""
        return self.files if isinstance(self.files, str) else ", ".join(self.files)

    def _wrong(self, model: Looked, unknown: UnknownLabels) -> list[Example]:
        with counted_rows(console, "asking") as advance:
            found, asked, wrong = wrong_examples(model, unknown.counted(self.all(model)), self._limit, advance)
        if not asked and unknown.rows:
            raise InputError(f"{self.name}: nothing can be wrong, for {unknown.described(model)}")
        if not asked:
            known = {MaskedLM: "", TokenClassifier: "name a file with entities, or "}
            remedy = known.get(type(model), "name a --label_column, or ")
            raise InputError(
                f"{self.name}: nothing there says what is true, so nothing can be wrong; {remedy}--choose first"
            )
        if not found:
            console.print(f"{self.name}: none of {asked:,} rows is wrong; the first ones are shown")
        else:
            many = f" of the first {asked:,} rows" if asked == MOST_ASKED else f" of {asked:,} rows"
            console.print(
                f"{self.name}: {wrong:,}{many} are wrong; shown are {len(found):,}, the surest mistakes first"
            )
        return found
