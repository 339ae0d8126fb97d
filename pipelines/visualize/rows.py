"""The rows of files to inspect, from `--input` or from a run's development split, and their choice."""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from bert_keras import data
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TextClassifier

from ..console.consoles import console
from ..console.progress import counted_rows
from .choice import MOST_ASKED, wrong_examples
from .config import VisualizeConfig
from .examples import Example, asked_examples, labelled_examples
from .model import Named


class Rows:
    """The rows of files from which the examples to inspect are chosen.

    Args:
        config: The options.
        named: The model as named on the command line. Without `--input`, the development data of its run are read.

    Attributes:
        files: The files or TFDS names to read.
        choose: The kind of rows to choose, "first" or "wrong".

    Raises:
        InputError: The options name no input, and the model is not from a run with development data.
    """

    def __init__(self, config: VisualizeConfig, named: Named) -> None:
        trained = named.trained_with()
        given = config.input or trained.get("dev")
        if not given:
            raise InputError(
                f'{config.model}: say what to look at: --text "…", --question "…" --context FILE, or --input FILE'
            )
        self.files: str | list[str] = given
        self.choose = config.choose or ("first" if config.input else "wrong")
        self._limit = config.limit
        # The run's own columns are the default, but only for the run's own data.
        of_run: dict[str, Any] = trained if config.input is None else {}
        text, pair, label = (
            getattr(config, name) or of_run.get(name) for name in ("text_column", "pair_column", "label_column")
        )
        separator = str(of_run.get("label_separator", config.label_separator))
        self._columns = data.Columns(text, pair, tuple(label) if isinstance(label, list) else label, separator)

    def all(self, model: TextClassifier | SpanExtractor) -> Iterator[Example]:
        """Reads all rows as a stream.

        Args:
            model: The model, which decides whether rows are read as questions or as texts with labels.

        Returns:
            An iterator over the rows, in order. The first row is read before the function returns.

        Raises:
            DataError: A file cannot be read, or lacks a column.
        """
        reads = isinstance(model, SpanExtractor)
        rows: Iterable[Example] = (
            asked_examples(self.files) if reads else labelled_examples(self.files, self._columns, model)
        )
        stream = iter(rows)
        first = list(itertools.islice(stream, 1))
        return itertools.chain(first, stream)

    def chosen(self, model: TextClassifier | SpanExtractor) -> list[Example]:
        """Chooses the rows to inspect, and prints how they were chosen.

        Args:
            model: The model, which decides how rows are read and which of them are predicted wrongly.

        Returns:
            The chosen rows. If wrong rows are to be chosen but there are none, the first rows.

        Raises:
            DataError: A file cannot be read, or lacks a column.
            InputError: There are no rows, or wrong rows are to be chosen but no true target is known.
        """
        rows = self._wrong(model) if self.choose == "wrong" else []
        rows = rows or list(itertools.islice(self.all(model), self._limit))
        if not rows:
            raise InputError(f"{self.name}: no rows to look at")
        unknown = next((row for row in rows if row.unknown), None)
        if unknown is not None:
            labels = ", ".join(getattr(model, "labels", ()))
            console.print(
                f"warning: {unknown.place}: the model has no label {unknown.unknown!r}. Known: {labels}", style="yellow"
            )
        return rows

    @property
    def name(self) -> str:
        """The names of the files, for messages."""
        return self.files if isinstance(self.files, str) else ", ".join(self.files)

    def _wrong(self, model: TextClassifier | SpanExtractor) -> list[Example]:
        with counted_rows(console, "asking") as advance:
            found, asked, wrong = wrong_examples(model, self.all(model), self._limit, advance)
        if not asked:
            raise InputError(
                f"{self.name}: nothing there says what is true, so nothing can be wrong; "
                "name a --label_column, or --choose first"
            )
        if not found:
            console.print(f"{self.name}: none of {asked:,} rows is wrong; the first ones are shown")
        else:
            many = f" of the first {asked:,} rows" if asked == MOST_ASKED else f" of {asked:,} rows"
            console.print(
                f"{self.name}: {wrong:,}{many} are wrong; shown are {len(found):,}, the surest mistakes first"
            )
        return found
