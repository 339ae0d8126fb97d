"""A search in vectors that were written before."""

from collections.abc import Iterator, Sequence

import numpy as np

from bert_keras import evaluation
from bert_keras.errors import InputError
from bert_keras.models import TextEncoder, load_text_encoder
from bert_keras.retrieval import VectorFile

from ..console.consoles import errors
from ..console.progress import counted_rows
from .config import EmbedConfig
from .shown import show_nearest

_ROUNDING = 0.02  # of cosines: exports may be of lower precision


def search(config: EmbedConfig, name: str, chunks: Iterator[list[str]] | None) -> None:
    """Prints the rows of a file of vectors that are nearest to the queries.

    Args:
        config: The options.
        name: The file of vectors.
        chunks: The texts of its rows in chunks; `None` if they are not known.

    Raises:
        DataError: The file holds no vectors.
        InputError: The texts are not as many as the vectors, or the model's vectors have another size.
    """
    with counted_rows(errors, "index") as advance:
        before = 0

        def counted(done: int, total: int) -> None:
            nonlocal before
            advance(done - before)
            before = done

        file = VectorFile(name, counted)
    encoder = load_text_encoder(config.model, max_length=config.max_length, dtype="float32")
    queries: Sequence[str] = config.query or []
    asked = encoder.encode(queries, prompt_name=config.query_prompt)
    found = file.search(asked, config.top)
    how = "" if file.exact else "; codes of them are compared first, which may miss a near one"
    errors.print(f"{name}: {len(file):,} vectors of {file.dimension} numbers{how}", soft_wrap=True)
    texts = None if chunks is None else _texts(config, chunks, set(found[0].ravel().tolist()), len(file))
    if texts:
        _compare(config, name, encoder, asked[0], found[0][0], found[1][0], texts)
    show_nearest(queries, found, texts)


def _compare(
    config: EmbedConfig,
    name: str,
    encoder: TextEncoder,
    asked: np.ndarray,
    rows: np.ndarray,
    cosines: np.ndarray,
    texts: dict[int, str],
) -> None:
    """Warns if the rows found for a query have other vectors than the model makes of their texts."""
    made = encoder.encode([texts[row] for row in rows.tolist()], prompt_name=config.prompt)
    now = evaluation.paired_cosines(made, np.broadcast_to(asked, made.shape))
    far = int(np.abs(now - cosines).argmax())
    if abs(now[far] - cosines[far]) > _ROUNDING:
        errors.print(
            f"warning: {name}: the vector of row {rows[far] + 1:,} has cosine {cosines[far]:.3f} to the query, and "
            f"what {config.model} makes of its text has {now[far]:.3f}: the vectors are of another model or other "
            "texts, or of another --prompt or --max_length",
            style="yellow",
            soft_wrap=True,
        )


def _texts(config: EmbedConfig, chunks: Iterator[list[str]], wanted: set[int], rows: int) -> dict[int, str]:
    """Returns the texts of some rows, of as many as there are vectors."""
    kept: dict[int, str] = {}
    row = 0
    for texts in chunks:
        kept |= {row + place: text for place, text in enumerate(texts) if row + place in wanted}
        row += len(texts)
    if row != rows:
        raise InputError(
            f"--input has another number of texts than --vectors has vectors; name the file that was embedded. "
            f"Received: {row:,} texts, {rows:,} vectors"
        )
    return kept
