"""The model card of a text encoder's training."""

import shlex
from collections.abc import Iterator

from bert_keras.reporting.markdown import code, table
from bert_keras.reporting.model_card_parts import ModelCard, headlines_fields, headlines_table, use_blocks
from bert_keras.reporting.names import score, title
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.vector_record import DATA_COLUMNS, VectorRunRecord


def vector_model_card(record: VectorRunRecord) -> str:
    """Returns the model card of a finished training of a text encoder, written from its report alone.

    Args:
        record: The finished run.

    Returns:
        Markdown behind a YAML header, for `README.md`.
    """
    record = portable_record(record)
    fields = headlines_fields(record.name, record.headlines, "sentence-similarity", "feature-extraction")
    of = record.report["model"]
    intention = (
        f"A BERT, {code(str(of['preset']))}, fine-tuned to give texts vectors of {of['dimension']:,} numbers, "
        f"{record.purpose}.\n\nUse it for texts like those it was trained on. Of others the scores below say nothing."
    )
    tables = "\n\n".join([*map(headlines_table, record.headlines), *_by_dimension(record)])
    card = ModelCard(record.name, record.report, fields, intention, DATA_COLUMNS, tables, _limits(record), _use(record))
    return card.markdown(None, ())


def _by_dimension(record: VectorRunRecord) -> Iterator[str]:
    rows = record.report["metrics"].get("by_dimension", [])
    if rows:
        names = [name for name in rows[0] if name != "dimension"]
        cells = [[f"{row['dimension']:,}", *(score(row[name]) for name in names)] for row in rows]
        yield table(["first numbers of the vectors, on dev", *map(title, names)], cells)


def _limits(record: VectorRunRecord) -> Iterator[str]:
    """Yields what the scores and the data say against the model."""
    yield "A cosine says how alike two texts are beside other pairs of texts; it is no probability."
    warnings = (of.warning() for of in record.headlines)
    yield from (f"{warning}." for warning in warnings if warning)
    dev = record.report["data"].get("dev", {})
    if dev.get("in_train"):
        yield f"{dev['in_train']:,} rows of dev stand in the training data as well, which flatters its scores."


def _use(record: VectorRunRecord) -> str:
    python = (
        f'import bert_keras\n\nencoder = bert_keras.TextEncoder.from_preset({record.run_path!r})\nencoder.encode(["…"])'
    )
    command = f'bert-keras embed --model {shlex.quote(record.run_path)} --input FILE --query "…"'
    return use_blocks(record.name, python, command, record.served_path)
