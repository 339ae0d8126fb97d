"""What to look at: texts and questions as they are typed, or rows of files with their labels and answers, if they have any."""

import dataclasses
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras import data
from bert_keras.data import GoldAnswer
from bert_keras.data.columns import SCORE_COLUMNS, Chosen, Columns, choose
from bert_keras.data.json_lines import KINDS, JsonLinesFile
from bert_keras.data.targets import WrongValue, flags_of, label_of, labels_of, number_of, text_of
from bert_keras.errors import DataError, InputError
from bert_keras.files import TextFile, expanded, where
from bert_keras.models import BertTask

from ..inputs.questions import asked_by_hand
from .config import VisualizeConfig

_PAIR_COLUMN = "pair"
_STRUCTURED = (".tsv", ".tab", ".csv", ".jsonl", ".ndjson")
_ANSWERED = ("answers", "answer", "is_impossible")  # keys of a question that says what is true


@dataclass(frozen=True)
class Example:
    """Something to look at.

    Attributes:
        text: The text; for a reader the question.
        pair: The second text, if there is one; for a reader the context.
        true: Its label, a tuple of labels, or a number, as its file says; of a question its answers, none where there
            is none. None where nothing is said.
        place: The file and line that it is from; "" for what was typed.
        unknown: A label of its file that the model does not have; "" where there is none. Then nothing is true.
    """

    text: str
    pair: str | None = None
    true: str | tuple[str, ...] | float | tuple[GoldAnswer, ...] | None = None
    place: str = ""
    unknown: str = ""


def typed_examples(config: VisualizeConfig, reader: bool) -> list[Example]:
    """Takes what was typed.

    Args:
        config: With texts, or with questions and a context's file.
        reader: Whether the model answers questions.

    Returns:
        An example for each text or question.

    Raises:
        InputError: Texts for a reader, or questions for a classifier.
        DataError: A context that cannot be read.
    """
    if config.question is not None and config.context is not None:
        if not reader:
            raise InputError(f"{config.model}: labels texts, and answers no questions; give --text, or name a reader")
        return [Example(asked.question, asked.context) for asked in asked_by_hand(config.question, config.context)]
    if reader and config.pair is None:
        raise InputError(
            f'{config.model}: answers questions; ask with --question "…" --context FILE, or --text QUESTION --pair CONTEXT'
        )
    texts = config.text or []
    wrong = next(
        (
            text
            for text in (*texts, *(config.pair or ()))
            if any("\ud800" <= character <= "\udfff" for character in text)
        ),
        None,
    )
    if wrong is not None:
        raise InputError(f"--text and --pair must be UTF-8. Received: {wrong!r:.80}")
    if config.pair is None:
        return list(map(Example, texts))
    return list(map(Example, texts, config.pair))


def asked_examples(names: str | Sequence[str]) -> Iterator[Example]:
    """Reads questions with their contexts, and answers where the file has them.

    Args:
        names: Files or TFDS names, as `data.QuestionSource` takes them.

    Yields:
        All of them, in order.

    Raises:
        DataError: A file that cannot be read as asked for; the message names the place.
    """
    labelled = _say_answers(names)
    source = data.QuestionSource(names, "validation", labelled)
    for question in (
        source.questions if labelled else source.asked
    ):  # where an answer was left out, nobody knows what is true
        yield Example(
            question.text, source.contexts[question.context], question.answers if labelled else None, question.place
        )


def _say_answers(names: str | Sequence[str]) -> bool:
    """Whether the first question of some files has answers, or says that it has none; files to predict do not."""
    first = expanded(names if isinstance(names, str) else names[0])[0]
    if first.startswith("tfds:") or TextFile(first).kind not in KINDS:
        return True
    return any(
        not entry.keys().isdisjoint(_ANSWERED) for _, entry in itertools.islice(JsonLinesFile(first).objects(), 1)
    )


def labelled_examples(names: str | Sequence[str], columns: data.Columns, model: BertTask) -> Iterator[Example]:
    """Reads texts, and their labels where there is a column of them.

    Args:
        names: Files, patterns or TFDS names, one or several. Those that are neither tables nor JSON lines by their
            ending have a text a line.
        columns: The columns to read; without names the usual ones.
        model: Says what its labels are: names, lists of names, or numbers.

    Yields:
        All rows, also those without text.

    Raises:
        DataError: A file that cannot be read as asked for; the message names file and line.
    """
    files = itertools.chain.from_iterable(map(expanded, [names] if isinstance(names, str) else names))
    for name in files:
        if name.startswith("tfds:") or TextFile(name).kind in _STRUCTURED:
            yield from _rows_of_columns(name, columns, model)
        else:
            for number, line in enumerate(TextFile(name).lines(), 1):
                yield Example(line.rstrip("\r\n"), place=where(name, number))


def _rows_of_columns(name: str, columns: data.Columns, model: BertTask) -> Iterator[Example]:
    for part in data.Source(name, columns, default_split="validation").parts:
        for records in part.records(functools.partial(_choose, columns)):
            chosen = records.chosen
            take = _target_of(model, chosen.labels, columns)
            for line, *values in zip(records.lines, *records.columns, strict=True):
                place = where(part.name, line)
                try:
                    text = text_of(values.pop(0))
                    pair = None if chosen.pair is None else text_of(values.pop(0))
                    yield _known(Example(text, pair, take(values) if values else None, place), model)
                except WrongValue as error:
                    raise DataError(f"{place}: {error}") from error


def _known(example: Example, model: BertTask) -> Example:
    """Leaves out a true label that the model does not have."""
    true: Any = example.true
    labels = (true,) if isinstance(true, str) else true if isinstance(true, tuple) else ()
    unknown = next((str(label) for label in labels if label not in getattr(model, "labels", ())), "")
    return dataclasses.replace(example, true=None, unknown=unknown) if unknown else example


def _choose(columns: data.Columns, there: Sequence[str], where: str) -> Chosen:
    pair = columns.pair or (_PAIR_COLUMN if _PAIR_COLUMN in there else None)
    lowered = [name.strip().lower() for name in there]
    label = columns.label or next(
        (there[lowered.index(name)] for name in (*SCORE_COLUMNS, "gold") if name in lowered), None
    )
    return choose(Columns(columns.text, pair, label), None if label is None else "single_label", there, where)


def _target_of(model: BertTask, names: tuple[str, ...], columns: data.Columns) -> Any:
    """What takes a row's values of the label columns, as the model's task wants them."""
    task = getattr(model, "task", "single_label")
    if task == "multi_label" and len(names) > 1:
        return flags_of(names)
    take: Any = {"multi_label": labels_of(columns.separator), "regression": number_of}.get(task, label_of)
    return lambda values: take(values[0])
