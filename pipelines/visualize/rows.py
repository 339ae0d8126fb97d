"""The rows of files to look at: those of --input, or of a run's dev, and which of them."""

import functools
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from bert_keras import data
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TextClassifier

from ..console.consoles import console
from ..console.progress import progress
from .choice import MOST_ASKED, wrong_examples
from .config import VisualizeConfig
from .examples import Example, asked_examples, labelled_examples
from .model import Named


class Rows:
    """The rows that a model is shown at.

    Args:
        config: With an input, or for a run without one.
        named: The model by its name.

    Raises:
        InputError: No input, and no run that has its own.
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
        # The columns of the run's own rows, where no others are named.
        of_run: dict[str, Any] = trained if config.input is None else {}
        text, pair, label = (
            getattr(config, name) or of_run.get(name) for name in ("text_column", "pair_column", "label_column")
        )
        separator = str(of_run.get("label_separator", config.label_separator))
        self._columns = data.Columns(text, pair, tuple(label) if isinstance(label, list) else label, separator)

    def all(self, model: TextClassifier | SpanExtractor) -> Iterator[Example]:
        """Reads all rows.

        Args:
            model: Says how they are read.

        Returns:
            The rows, in order, as a stream; the first is read before this returns.

        Raises:
            DataError: A file that cannot be read as asked for.
        """
        reads = isinstance(model, SpanExtractor)
        rows: Iterable[Example] = (
            asked_examples(self.files) if reads else labelled_examples(self.files, self._columns, model)
        )
        stream = iter(rows)
        first = list(itertools.islice(stream, 1))
        return itertools.chain(first, stream)

    def chosen(self, model: TextClassifier | SpanExtractor) -> list[Example]:
        """Reads and chooses rows, and says which.

        Args:
            model: Says how they are read, and which of them it gets wrong.

        Returns:
            Some rows.

        Raises:
            DataError: A file that cannot be read as asked for.
            InputError: No row at all, or wrong ones wanted and nothing known to be true.
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
        """For people."""
        return self.files if isinstance(self.files, str) else ", ".join(self.files)

    def _wrong(self, model: TextClassifier | SpanExtractor) -> list[Example]:
        with progress(console) as bar:
            task = bar.add_task("asking", total=None, note="")
            found, asked, wrong = wrong_examples(
                model, self.all(model), self._limit, functools.partial(bar.advance, task)
            )
        if not asked:
            raise InputError(
                f"{self.name}: nothing there says what is true, so nothing can be wrong; name a --label_column, or --choose first"
            )
        if not found:
            console.print(f"{self.name}: none of {asked:,} rows is wrong; the first ones are shown")
        else:
            many = f" of the first {asked:,} rows" if asked == MOST_ASKED else f" of {asked:,} rows"
            console.print(
                f"{self.name}: {wrong:,}{many} are wrong; shown are {len(found):,}, the surest mistakes first"
            )
        return found
