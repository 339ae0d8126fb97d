"""A search in vectors that were written before."""

from collections.abc import Iterator, Sequence

from bert_keras.errors import InputError
from bert_keras.models import load_text_encoder
from bert_keras.retrieval import VectorFile

from ..console.consoles import errors
from ..console.progress import counted_rows
from .config import EmbedConfig
from .shown import show_nearest


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
    found = file.search(encoder.encode(queries, prompt_name=config.query_prompt), config.top)
    how = "" if file.exact else "; codes of them are compared first, which may miss a near one"
    errors.print(f"{name}: {len(file):,} vectors of {file.dimension} numbers{how}", soft_wrap=True)
    show_nearest(
        queries, found, None if chunks is None else _texts(config, chunks, set(found[0].ravel().tolist()), len(file))
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
