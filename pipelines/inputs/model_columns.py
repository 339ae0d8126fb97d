"""The columns of input files that a model reads: one rule for second texts in all programs, which is said."""

import dataclasses
import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bert_keras import models, serving
from bert_keras.data.columns import Chosen, Columns, choose
from bert_keras.errors import InputError

_REPORT = "report.json"
_INPUTS = {frozenset(("text",)): False, frozenset(("text", "pair")): True}  # of exports


def takes_pairs(model: str) -> bool | None:
    """Returns whether a classifier takes pairs of texts, without loading it.

    Args:
        model: A run, preset or export, as `--model` names it.

    Returns:
        Whether it does; `None` if it is no classifier, or does not say, as a Hugging Face folder.

    Raises:
        BertKerasError: There is no such model, or its files cannot be read.
    """
    inputs = serving.saved_inputs(model)
    return models.takes_pairs(model) if inputs is None else _INPUTS.get(frozenset(inputs))


def _trained_on(model: str) -> str | None:
    """Returns the column of texts that a run was trained on; `None` for other models and older runs."""
    folder = Path(model)
    report: Any = next((path for path in (folder / _REPORT, folder.parent / _REPORT) if path.is_file()), None)
    try:
        return str(json.loads(report.read_text(encoding="utf-8"))["data"]["train"]["columns"]["text"])
    except (AttributeError, OSError, ValueError, LookupError, TypeError):
        return None  # nothing is read by it, it only serves to warn


class ModelColumns:
    """The choice of the columns that a model reads from input files.

    A model of single texts reads no second ones, and a model of pairs requires them. Of a model that does not say, the
    options decide alone.

    Args:
        model: The model as the user named it, for messages.
        pairs: Whether it takes pairs of texts, as `takes_pairs` returns it.
        columns: The columns that the user named.
        say: A function that shows a line, called with the columns that are read.

    Attributes:
        columns: The columns that the user named, with `pairs` set.

    Raises:
        InputError: A column of second texts is named for a model of single texts.
    """

    def __init__(self, model: str, pairs: bool | None, columns: Columns, say: Callable[[str], object]) -> None:
        if pairs is False and columns.pair is not None:
            raise InputError(
                f"{model}: the model takes single texts, and reads no second ones; leave --pair_column out. "
                f"Received: {columns.pair}"
            )
        self.columns = dataclasses.replace(columns, pairs=columns.pair is not None if pairs is None else pairs)
        self._model, self._pairs, self._say = model, pairs, say
        self._said: set[tuple[str, ...]] = set()

    def choose(
        self,
        file: str,
        task: str | None,
        there: Sequence[str],
        where: str,
        label: str | Sequence[str] | None = None,
    ) -> Chosen:
        """Selects the columns of a file, and says which, unless a file before had the same.

        Args:
            file: The name of the file, for messages.
            task: The task that labels are read for, as in `data.columns.choose`.
            there: The names of the existing columns.
            where: The location of these names.
            label: The columns of labels, if they are not to be found by their usual names.

        Returns:
            The columns.

        Raises:
            DataError: A column does not exist, or its name is not unique.
        """
        chosen = choose(dataclasses.replace(self.columns, label=label), task, there, where)
        lines = [
            f"reads {chosen.described()}",
            *chosen.hints("" if self._pairs is None else "the model takes single texts"),
        ]
        trained = None if self.columns.text is not None else _trained_on(self._model)
        if trained in there and trained != chosen.text:
            remedy = f"--text_column {shlex.quote(str(trained))}"
            lines.append(f"{self._model} was trained on {trained!r}, which is there and not used: {remedy}")
        if self._pairs is None and any(kind == "pair" for kind, _ in chosen.unused):
            lines.append(f"{self._model} does not say whether it takes pairs of texts; single ones are read")
        # Of many files with the same columns, the first is enough.
        if tuple(lines) not in self._said:
            self._said.add(tuple(lines))
            for line in lines:
                self._say(f"{file}: {line}")
        return chosen

    def say(self, line: str) -> None:
        """Says a line about a file, once."""
        if (line,) not in self._said:
            self._said.add((line,))
            self._say(line)

    def check_line_file(self, file: str) -> None:
        """Checks that the texts of a file with a text per line are what the model takes.

        Raises:
            InputError: The model takes pairs of texts.
        """
        if self.columns.pairs:
            raise needs_pairs(self._model, f"{file} has a text per line")


def needs_pairs(model: str, received: str) -> InputError:
    """Returns the error that a model of pairs got single texts."""
    return InputError(
        f"{model}: the model takes pairs of texts; name a table or JSON lines with both columns, --input FILE. "
        f"Received: {received}"
    )
