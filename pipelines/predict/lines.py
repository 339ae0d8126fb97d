"""The predictions of a model as JSON lines: texts with labels, entities or filled masks; questions with answers."""

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, TypeAlias

from bert_keras import data, models, serving
from bert_keras.classification import Answer
from bert_keras.errors import BertKerasError, InputError
from bert_keras.models import Entity, MaskFiller, SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.models.classify_stream import Row
from bert_keras.serving import SavedClassifier, SavedExtractor, SavedTagger

from ..command_line.idle_options import refuse_idle
from ..command_line.idle_reading import refuse_idle_reading
from ..console.consoles import errors
from ..inputs.files import parts_by_columns
from ..inputs.model_columns import ModelColumns, needs_pairs, takes_pairs
from ..inputs.questions import Asked, answers_to, asked_by_hand, asked_in_files, hold_questions, may_hold_questions
from ..inputs.rows import chunks_of_files, chunks_of_stream
from .config import OF_COLUMNS, OF_QUESTIONS, PredictConfig
from .masks import fills_masks, lines_of_masks, mask_filler

Model: TypeAlias = (
    TextClassifier | SpanExtractor | TokenClassifier | SavedClassifier | SavedExtractor | SavedTagger | MaskFiller
)

_json = json.JSONEncoder(ensure_ascii=False).encode


def lines_of_questions(config: PredictConfig, questions: Sequence[str], context: str) -> Iterator[list[str]]:
    """Answers questions about a file.

    Args:
        config: The options.
        questions: The questions.
        context: The name of the file.

    Returns:
        An iterator over blocks of lines, each yielded as soon as it is ready; a line for each question.

    Raises:
        BertKerasError: A mistake in the options or the input, raised before a model is loaded if possible.
    """
    asked = asked_by_hand(questions, context)
    return _answers(config, loaded_model(config), asked)


def lines_of_stream(config: PredictConfig, stream: BinaryIO) -> Iterator[list[str]]:
    """Classifies or tags texts as they arrive, one per line of a stream; see `lines_of_questions`."""
    if pairs_of(config):
        raise needs_pairs(config.model, "standard input, which has a text per line")
    return _labels(config, loaded_model(config), chunks_of_stream(stream), [])


def lines_of_files(config: PredictConfig) -> Iterator[list[str]]:
    """Classifies or tags the texts of `config.input`, or answers its questions if the model is a reader.

    Which columns are read is told on standard error, with the first answers. See `lines_of_questions`.
    """
    told: list[str] = []
    if hold_questions(config.input):  # a classifier takes the same files as texts, so the model has to be known first
        model = loaded_model(config)
        if _is_reader(model):
            return _answers_of_files(config, model)
        return _labels(config, model, text_chunks(config, pairs_of(config), told.append), told)
    chunks = text_chunks(config, pairs_of(config), told.append)
    model = loaded_model(config)
    return _answers_of_files(config, model) if _is_reader(model) else _labels(config, model, chunks, told)


def loaded_model(config: PredictConfig) -> Model:
    """Loads the export, or else the preset or run, of the given name.

    Args:
        config: The options.

    Returns:
        The model, with the options for readers set.

    Raises:
        BertKerasError: There is no such model, or an option is none of its.
    """
    filler = mask_filler(config)
    model: Model | None = _of_pairs(config) if config.pair_head else filler or serving.saved_task(config.model)
    if serving.saved_inputs(config.model) is not None and config.base is not None:
        raise InputError(
            f"{config.model}: leave --base out, for an export holds all of its weights. Received: {config.base}"
        )
    model = model or models.load_task(config.model, base=config.base, dtype="float32")
    if config.top is not None and filler is None:
        raise InputError(f"{config.model}: leave --top out, for the model fills no masks. Received: {config.top}")
    for option in ("null_threshold", "part_words", "across_paragraphs"):
        value = getattr(config, option)
        if value is None:
            continue
        if not isinstance(model, models.SpanExtractor):
            what = "an export has its own" if _is_reader(model) else "the model is no reader"
            raise InputError(f"{config.model}: leave --{option} out, for {what}. Received: {value}")
        setattr(model, option, value)
    return model


def _of_pairs(config: PredictConfig) -> TextClassifier:
    if serving.saved_inputs(config.model) is not None:
        raise InputError(
            f"{config.model}: an export has the head that it was made with; leave it out. Received: --pair_head"
        )
    return TextClassifier.from_next_sentence_head(config.model, base=config.base, dtype="float32")


def _is_reader(model: Model) -> bool:
    return isinstance(model, models.SpanExtractor | serving.SavedExtractor)


def _is_tagger(model: Model) -> bool:
    return isinstance(model, TokenClassifier | SavedTagger)


def text_chunks(config: PredictConfig, pairs: bool | None, say: Callable[[str], object]) -> Iterator[list[Row]]:
    """Reads the texts of `config.input`.

    Args:
        config: The options.
        pairs: Whether the model takes pairs of texts; `None` if it does not say.
        say: A function that shows a line, called with the columns that are read.

    Returns:
        An iterator over chunks of rows, the first of which has been read.

    Raises:
        BertKerasError: A mistake in the options or a file.
    """
    columns = data.Columns(config.text_column, config.pair_column)
    chosen, reading = ModelColumns(config.model, pairs, columns, say), data.Reading(config.dialect, config.separator)
    refuse_idle_reading(config, lambda: parts_by_columns(config.input, chosen.columns, reading))
    return chunks_of_files(config.input, chosen, reading)


def pairs_of(config: PredictConfig) -> bool | None:
    """Returns whether the model takes pairs of texts; `None` if it does not say, or is no classifier."""
    if config.pair_head:
        return True
    # A mistake in the model is told when it is loaded, after mistakes in the files.
    with contextlib.suppress(BertKerasError):
        return False if fills_masks(config) else takes_pairs(config.model)
    return None


def _labels(config: PredictConfig, model: Model, chunks: Iterable[list[Row]], told: list[str]) -> Iterator[list[str]]:
    if isinstance(model, MaskFiller):
        return _telling(lines_of_masks(config, model, chunks), told)
    if isinstance(model, SpanExtractor | SavedExtractor):
        raise _no_questions(config)
    return _telling((_lines(config, model, chunk) for chunk in chunks), told)


def _lines(config: PredictConfig, model: Any, chunk: Sequence[Row]) -> list[str]:
    if _is_tagger(model):
        texts = [_single(config, row) for row in chunk]
        return [*_tagged(texts, model.tag(texts, config.token_budget))]
    return [*_labelled(chunk, model.classify(chunk, config.token_budget))]


def _telling(blocks: Iterable[list[str]], told: list[str]) -> Iterator[list[str]]:
    """Yields blocks of lines; what there is to tell about the input is told with the first."""
    for lines in blocks:
        while told:
            errors.print(told.pop(0))
        yield lines


def _labelled(rows: Iterable[Row], answers: Iterable[Answer]) -> Iterator[str]:
    for row, answer in zip(rows, answers, strict=True):
        given: dict[str, Any] = {"text": row} if isinstance(row, str) else {"text": row[0], "pair": row[1]}
        yield _json(given | {name: getattr(answer, name) for name in answer.__slots__}) + "\n"


def _tagged(texts: Iterable[str], found: Iterable[tuple[Entity, ...]]) -> Iterator[str]:
    for text, entities in zip(texts, found, strict=True):
        yield _json({"text": text, "entities": [dataclasses.asdict(entity) for entity in entities]}) + "\n"


def _single(config: PredictConfig, row: Row) -> str:
    if isinstance(row, str):
        return row
    raise InputError(f"{config.model}: finds entities in single texts; leave --pair_column out. Received: pairs")


def _answers_of_files(config: PredictConfig, model: Model) -> Iterator[list[str]]:
    if not may_hold_questions(config.input):
        raise _no_questions(config)
    refuse_idle(config, OF_COLUMNS, OF_QUESTIONS)
    return _answers(config, model, asked_in_files(config.input))


def _answers(config: PredictConfig, model: Model, asked: list[Asked]) -> Iterator[list[str]]:
    if not isinstance(model, models.SpanExtractor | serving.SavedExtractor):
        does = (
            "fills masks"
            if isinstance(model, MaskFiller)
            else "finds entities"
            if _is_tagger(model)
            else "labels texts"
        )
        raise InputError(f"{config.model}: {does}, and answers no questions; leave --question out, or name a reader")
    return ([_json(said) + "\n"] for said in answers_to(model, asked, config.token_budget))


def _no_questions(config: PredictConfig) -> InputError:
    return InputError(
        f'{config.model}: answers questions, and there are none; give --question "…" --context FILE, or --input with '
        "a .json file as SQuAD has it, or a .jsonl or Parquet file of objects with question and context. "
        f"Received: --input {config.input}"
    )
