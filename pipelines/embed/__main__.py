"""Computes sentence vectors of texts, and writes, searches or compares them."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bert_keras.errors import DataError

from ..command_line.idle_reading import refuse_idle_reading
from ..command_line.run import run
from ..command_line.text_output import STANDARD_STREAM
from .config import PROGRAM, EmbedConfig

if TYPE_CHECKING:
    from bert_keras.models import TextEncoder


def main(config: EmbedConfig) -> None:
    """Computes the vectors block by block; they stay in memory only if they are searched, compared or shown."""
    if config.vectors is not None:
        from .written_before import search

        return search(config, config.vectors, None if config.input == STANDARD_STREAM else _chunks(config))
    chunks = _chunks(config)  # reads the first one: mistakes in files are told before a model is loaded
    from bert_keras.models import load_text_encoder

    from ..console.consoles import errors

    encoder = load_text_encoder(config.model, max_length=config.max_length, dtype="float32")
    asked = encoder.encode(config.query or [], prompt_name=config.query_prompt)  # before hours of work on the rows
    keeps = bool(config.query or config.projector or config.clusters or config.duplicates is not None)
    texts: list[str] = []
    vectors = [np.zeros([0, encoder.dimension], np.float32)]
    rows = 0
    for some, of in _embedded(config, encoder, chunks):
        rows += len(some)
        if keeps:
            texts += some
            vectors.append(of)
    if config.output not in (None, STANDARD_STREAM):
        errors.print(f"{rows:,} vectors of {encoder.dimension} numbers: {config.output}", soft_wrap=True)
    if keeps:
        _use(config, texts, np.concatenate(vectors), asked)


def _chunks(config: EmbedConfig) -> Iterator[list[str]]:
    """Yields the texts of the input in chunks; which columns are read is told on standard error."""
    from bert_keras import data

    from ..console.consoles import errors
    from ..inputs.files import parts_by_columns
    from ..inputs.model_columns import ModelColumns
    from ..inputs.rows import chunks_of_files, chunks_of_stream

    if config.input == STANDARD_STREAM:
        return chunks_of_stream(sys.stdin.buffer)  # type: ignore[return-value]
    columns = ModelColumns(config.model, False, data.Columns(config.text_column), errors.print)
    reading = data.Reading(config.dialect, config.separator)
    refuse_idle_reading(config, lambda: parts_by_columns(config.input, columns.columns, reading))
    return chunks_of_files(config.input, columns, reading)  # type: ignore[return-value]


def _embedded(
    config: EmbedConfig, encoder: "TextEncoder", chunks: Iterator[list[str]]
) -> Iterator[tuple[list[str], np.ndarray]]:
    """Yields the texts with their vectors, which are written if that is asked for."""
    from ..console.consoles import errors
    from ..console.progress import counted_rows
    from .written import vectors_file

    waits = config.input == STANDARD_STREAM and sys.stdin.isatty()
    visible = not waits and config.output != STANDARD_STREAM
    with contextlib.ExitStack() as stack:
        write = stack.enter_context(vectors_file(config.output, encoder.dimension)) if config.output else None
        advance = stack.enter_context(counted_rows(errors, "embedding", visible=visible))
        rows = 0
        for texts in chunks:
            rows += len(texts)
            vectors = encoder.encode(texts, prompt_name=config.prompt, token_budget=config.token_budget)
            if write is not None:
                write(texts, vectors)
            advance(len(texts))
            yield texts, vectors
        if not rows:
            raise DataError(f"{config.input}: there is no text to embed. Received: no rows")


def _use(config: EmbedConfig, texts: Sequence[str], vectors: np.ndarray, asked: np.ndarray) -> None:
    """Searches, compares, projects and clusters, as the options say."""
    from bert_keras.retrieval import nearest

    from .shown import log_projector, show_duplicates, show_nearest

    if config.query:
        show_nearest(config.query, nearest(vectors, asked, config.top), dict(enumerate(texts)))
    if config.duplicates is not None:
        show_duplicates(texts, vectors, config.duplicates, config.top)
    if config.projector:
        log_projector(config.projector, texts, vectors)
    if config.clusters:
        _cluster(config, texts, vectors)


def _cluster(config: EmbedConfig, texts: Sequence[str], vectors: np.ndarray) -> None:
    from bert_keras import auditing

    from ..console.consoles import console
    from .shown import show_clusters

    with console.status("clustering"):
        clusters = auditing.cluster_parts("cluster", vectors, texts, config.cluster_count)
    show_clusters(clusters)
    if config.page is not None:
        name = config.input if isinstance(config.input, str) else " ".join(config.input)
        auditing.write_clusters_page(config.page, name, config.model, texts, vectors, clusters)
        console.print(f"page    {config.page}")


if __name__ == "__main__":
    run(PROGRAM, main)
