"""Predictions over many rows by many processes, written as a folder of Parquet files."""

import functools
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bert_keras import checkpoints, models, serving
from bert_keras.corpus import Block, Parts, RayWorkers, blocks_of
from bert_keras.errors import DataError, InputError
from bert_keras.files.identity import digests_of, stamp_of

from ..command_line.idle_options import refuse_idle
from ..console.consoles import errors
from ..console.progress import counted_rows
from ..inputs.files import files_of
from ..inputs.questions import asked_in_files, hold_questions
from .answer_tables import Kind, predictor
from .config import OF_COLUMNS, OF_QUESTIONS, PredictConfig
from .lines import pairs_of, text_chunks

_OF_TASKS = ("null_threshold", "part_words", "across_paragraphs", "top")
"""The options that the answers of some models depend on."""


def predict_corpus(config: PredictConfig) -> None:
    """Predicts the rows of files in blocks, those without a file in the output folder.

    Args:
        config: The options, with the engine ray.

    Raises:
        BertKerasError: A mistake in the options, the model or the input; the files of finished blocks stay.
    """
    folder = _model_folder(config.model)
    kind = _kind(config)
    if kind == "vectors":
        _check_encoder(config)
    rows = _rows(config, kind)
    parts = Parts(config.output, _made_of(config, folder))
    begin = time.monotonic()
    with parts.locked(), counted_rows(errors, "predicting") as advance:
        done = parts.done()
        if done:
            errors.print(f"{config.output}: {sum(done.values()):,} rows are done, and stay")
            advance(sum(done.values()))
        left = (block for block in blocks_of(rows, config.block_rows) if done.get(block.number) != len(block.rows))
        for number, outcome in _outcomes(config, kind, folder, left):
            parts.write(number, outcome)
            advance(outcome.rows)
        total, failures = parts.finish()
    made, seconds = total - sum(done.values()), time.monotonic() - begin
    lines = [f"{total:,} rows in {config.output}, {made:,} of them now, {made / seconds:,.0f} a second"]
    if failures:
        what = "1 row" if len(failures) == 1 else f"{len(failures):,} rows"
        lines.append(f"{what} failed; which, and why, is in {config.output}/_failed.jsonl")
    for line in lines:
        errors.print(line, soft_wrap=True)


def _outcomes(config: PredictConfig, kind: Kind, folder: Path | None, left: Iterator[Block]) -> Iterator[Any]:
    """Predicts blocks in processes of their own, which are started only if there is a block."""
    first = next(left, None)
    if first is None:
        return
    pairs = kind == "labels" and not isinstance(first.rows[0], str)
    make = functools.partial(predictor, config, kind, pairs)
    with RayWorkers(make, config.model if folder is None else str(folder), config.workers, config.cluster) as workers:
        yield from workers.outcomes(itertools.chain([first], left))


def _model_folder(model: str) -> Path | None:
    """Returns the folder of a model on this machine; `None` for one that each worker finds by its name."""
    if serving.saved_inputs(model) is not None:
        return serving.version_folder(model)
    return checkpoints.locate(model) if Path(model).is_dir() else None


def _kind(config: PredictConfig) -> Kind:
    """Returns what the model gives, without loading it; whatever is told of single texts or pairs counts as labels."""
    outputs = serving.saved_outputs(config.model)
    if config.pair_head:
        return "labels"
    if outputs is None:
        if models.is_text_encoder(config.model):
            return "vectors"
        if models.is_masked_lm(config.model, config.base):
            return "labels"
        return "answers" if models.task_class(config.model, config.base) is models.SpanExtractor else "labels"
    return "vectors" if "embedding" in outputs else "answers" if "answer" in outputs else "labels"


def _check_encoder(config: PredictConfig) -> None:
    """Raises an error about an option that an encoder would not follow."""
    given = next((name for name in ("base", *_OF_TASKS) if getattr(config, name) is not None), None)
    if given is not None:
        raise InputError(
            f"{config.model}: leave --{given} out, for the model gives vectors. Received: {getattr(config, given)}"
        )


def _rows(config: PredictConfig, kind: Kind) -> Iterator[Any]:
    """Yields what the model takes, row by row; the first are read at once."""
    if kind == "answers":
        if not hold_questions(config.input):
            raise InputError(
                f"{config.model}: answers questions; name a file of objects with question and context, or of SQuAD's "
                f"format. Received: --input {config.input}"
            )
        refuse_idle(config, OF_COLUMNS, OF_QUESTIONS)
        return iter(asked_in_files(config.input))
    pairs = False if kind == "vectors" else pairs_of(config)
    chunks = text_chunks(config, pairs, functools.partial(errors.print, soft_wrap=True))
    first = next(chunks, [])
    if not first:
        raise DataError(f"{config.input}: there is nothing to predict. Received: no rows")
    return itertools.chain(first, itertools.chain.from_iterable(chunks))


def _made_of(config: PredictConfig, folder: Path | None) -> dict[str, Any]:
    """Returns what the predictions depend on, by which a stopped prediction is known again."""
    files = [(name, *(stamp_of(Path(name)) if Path(name).is_file() else ())) for name in files_of(config.input)]
    options = ("base", "text_column", "pair_column", "dialect", "separator", *_OF_TASKS, "pair_head", "block_rows")
    return {
        # What a name such as hf://USER/MODEL stands for changes too.
        "model": _digests(checkpoints.locate(config.model) if folder is None else folder),
        "input files": files,
        **{f"--{name}": getattr(config, name) for name in options},
    }


def _digests(folder: Path) -> dict[str, str]:
    """Returns the SHA-256 of each file of a model."""
    return {str(path.relative_to(folder)): digest for path, digest in digests_of(folder).items()}
