"""The texts and questions to inspect, from the command line or from files, with labels and gold answers if known."""

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bert_keras import data
from bert_keras.data import GoldAnswer
from bert_keras.data.column_names import LABEL_COLUMNS, SCORE_COLUMNS
from bert_keras.data.columns import Chosen
from bert_keras.data.records import Records
from bert_keras.data.targets import Flags, Targets, WrongValue, targets_of, text_of
from bert_keras.errors import DataError, InputError
from bert_keras.files import where
from bert_keras.models import BertTask, MaskedLM, SpanExtractor, TokenClassifier
from bert_keras.tagging import Span

from ..inputs.files import lines_of, tables_and_lines
from ..inputs.model_columns import ModelColumns
from ..inputs.questions import asked_by_hand, hold_answers, is_utf8
from .config import VisualizeConfig

_GOLD = "gold"  # the true label in predictions.jsonl, beside the predicted one


@dataclass(frozen=True)
class Example:
    """A text, pair of texts or question to inspect.

    Attributes:
        text: The text; for a reader, the question.
        pair: The second text, or `None`; for a reader, the context.
        true: The true target from the file: a label, a tuple of labels or a number; for a question, its gold answers,
            an empty tuple if it has no answer; for a text of a token classifier its entities. `None` if the target is
            not known.
        place: The file and line of the row; "" if it was typed.
        unknown: A label in the file that the model does not have, or "". If it is not empty, `true` is `None`.
    """

    text: str
    pair: str | None = None
    true: str | tuple[str, ...] | float | tuple[GoldAnswer, ...] | tuple[Span, ...] | None = None
    place: str = ""
    unknown: str = ""


def typed_examples(config: VisualizeConfig, kind: type[BertTask], pairs: bool | None) -> list[Example]:
    """Returns the texts or questions from the command line.

    Args:
        config: The options, with texts, or with questions and the file of a context.
        kind: The class of the model.
        pairs: Whether the model takes pairs of texts; `None` if it does not say.

    Returns:
        An example for each text or question.

    Raises:
        InputError: There are texts without pairs for a reader or a model of pairs, pairs for a model of single texts,
            or questions for a classifier, or a text is not UTF-8.
        DataError: The context cannot be read.
    """
    reader = issubclass(kind, SpanExtractor)
    if config.question is not None and config.context is not None:
        if not reader:
            raise InputError(
                f"{config.model}: {what_it_does(kind)}, and answers no questions; give --text, or name a reader"
            )
        return [Example(asked.question, asked.context) for asked in asked_by_hand(config.question, config.context)]
    if reader and config.pair is None:
        raise InputError(
            f'{config.model}: answers questions; ask with --question "…" --context FILE, '
            "or --text QUESTION --pair CONTEXT"
        )
    if not reader and pairs is not None and pairs != (config.pair is not None):
        takes, do = ("pairs of texts", "give --pair") if pairs else ("single texts", "leave --pair out")
        raise InputError(f"{config.model}: the model takes {takes}; {do}")
    texts = config.text or []
    wrong = next((text for text in (*texts, *(config.pair or ())) if not is_utf8(text)), None)
    if wrong is not None:
        raise InputError(f"--text and --pair must be UTF-8. Received: {wrong!r:.80}")
    if config.pair is None:
        return list(map(Example, texts))
    return list(map(Example, texts, config.pair))


def what_it_does(kind: type[BertTask]) -> str:
    """Returns what models of a class do, for messages."""
    does = {SpanExtractor: "answers questions", TokenClassifier: "finds entities", MaskedLM: "fills masks"}
    return next((said for of, said in does.items() if issubclass(kind, of)), "labels texts")


def asked_examples(names: str | Sequence[str]) -> Iterator[Example]:
    """Reads questions with their contexts, and with their gold answers if the files have them.

    Args:
        names: Files or TFDS names, as `data.QuestionSource` takes them.

    Yields:
        The questions, in order; those with left-out gold answers are skipped, since their true target is not known.

    Raises:
        DataError: A file cannot be read, or holds no questions; the message names the place.
    """
    labelled = hold_answers(names)
    source = data.QuestionSource(names, "validation", labelled)
    for question in source.questions if labelled else source.asked:
        yield Example(
            question.text, source.contexts[question.context], question.answers if labelled else None, question.place
        )


def labelled_examples(
    names: str | Sequence[str], columns: ModelColumns, model: BertTask, reading: data.Reading
) -> Iterator[Example]:
    """Reads texts, with their labels if there is a label column.

    Args:
        names: Files, folders, patterns or TFDS names, one or several. A file that is no table by its ending or content
            has a text per line, unless columns are named.
        columns: The choice of the columns to read.
        model: The model, whose task decides how labels are read: as names, lists of names, or numbers.
        reading: How files are read where their contents leave a choice.

    Yields:
        All rows, including those without text.

    Raises:
        DataError: A file cannot be read, or lacks a column; the message names file and line.
        InputError: A file has a text per line, and the model takes pairs.
    """
    task, spellings = _task_of(model), data.Spellings(getattr(model, "labels", ()))
    for name, table in tables_and_lines(names, columns.columns):
        if table:
            choose = functools.partial(_choose, columns, model)
            yield from _rows_of_columns(name, columns.columns, task, choose, spellings, reading)
        else:
            yield from _lines(name, columns)


def plain_examples(names: str | Sequence[str], columns: ModelColumns, reading: data.Reading) -> Iterator[Example]:
    """Reads texts alone, whatever other columns there are; see `labelled_examples`."""
    for name, table in tables_and_lines(names, columns.columns):
        if table:
            choose = functools.partial(_choose_texts, columns)
            yield from _rows_of_columns(name, columns.columns, None, choose, data.Spellings(()), reading)
        else:
            yield from _lines(name, columns)


def _lines(name: str, columns: ModelColumns) -> Iterator[Example]:
    columns.check_line_file(name)
    for number, line in enumerate(lines_of(name), 1):
        yield Example(line, place=where(name, number))


def _rows_of_columns(
    name: str,
    columns: data.Columns,
    task: str | None,
    choose: Callable[[str, Sequence[str], str], Chosen],
    spellings: data.Spellings,
    reading: data.Reading,
) -> Iterator[Example]:
    source = data.Source(name, columns, task, default_split="validation", reading=reading)
    targets = targets_of(task, columns)
    for part in source.parts:
        for records in part.records(functools.partial(choose, part.name)):
            yield from _examples(part.name, records, targets, spellings)


def _examples(file: str, records: Records, targets: Targets | None, spellings: data.Spellings) -> Iterator[Example]:
    chosen, columns = records.chosen, list(records.columns)
    texts = columns.pop(0)
    pairs = [None] * len(texts) if chosen.pair is None else columns.pop(0)
    labels: Sequence[Any] = [None] * len(texts)
    if targets is not None and columns:
        labels = list(zip(*columns, strict=True)) if isinstance(targets, Flags) else columns[0]
    place = file
    try:
        if targets is not None and columns:
            targets.survey(labels)
        for line, text, pair, label in zip(records.lines, texts, pairs, labels, strict=True):
            place = where(file, line)
            true = targets.take(label) if targets is not None and columns else None
            given = None if chosen.pair is None else text_of(pair)
            yield _known(Example(text_of(text), given, true, place), spellings)
    except WrongValue as error:
        raise DataError(f"{place}: {error}") from error


def _known(example: Example, spellings: data.Spellings) -> Example:
    """Spells labels as the model does, and moves one that it does not have from `true` to `unknown`."""
    true: Any = example.true
    if not isinstance(true, str | tuple):
        return example
    labels = (true,) if isinstance(true, str) else true
    unknown = next((label for label in labels if spellings.label(label) is None), "")
    if unknown:
        return dataclasses.replace(example, true=None, unknown=unknown)
    spelled = tuple(str(spellings.label(label)) for label in labels)
    return dataclasses.replace(example, true=spelled[0] if isinstance(true, str) else spelled)


def _choose_texts(columns: ModelColumns, file: str, there: Sequence[str], where: str) -> Chosen:
    return columns.choose(file, None, there, where)


def _choose(columns: ModelColumns, model: BertTask, file: str, there: Sequence[str], where: str) -> Chosen:
    """Selects the columns; those of labels are read if they are named or one has a usual name."""
    named, task = columns.columns, _task_of(model)
    found = {name.strip().lower(): name for name in there if name not in (named.text, named.pair)}
    if named.label is not None or _GOLD in found:
        return columns.choose(file, task, there, where, named.label or found[_GOLD])
    usual = SCORE_COLUMNS if task == "regression" else LABEL_COLUMNS
    return columns.choose(file, None if found.keys().isdisjoint(usual) else task, there, where)


def _task_of(model: BertTask) -> str:
    return str(getattr(model, "task", "single_label"))
