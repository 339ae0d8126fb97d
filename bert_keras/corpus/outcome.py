"""What a model makes of a block: a table of answers, and the rows that it could not answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa

from bert_keras.corpus.blocks import Block
from bert_keras.errors import BertKerasError, ServiceError
from bert_keras.runtime.going_on import cause_of

ROW = "row"
"""The column with the number of a row in the corpus, counted from 0."""
_SYSTEMATIC = 8  # rows in a block that all fail: then it is the model that is wrong, not they

Predict: TypeAlias = Callable[[Sequence[Any]], pa.Table]
"""A function from rows to a table with a row for each, in order."""


@dataclass(frozen=True)
class Failure:
    """A row without an answer.

    Attributes:
        row: The number of the row in the corpus, counted from 0.
        error: What happened, in one line.
    """

    row: int
    error: str


@dataclass(frozen=True)
class Outcome:
    """The answers to the rows of a block.

    Attributes:
        table: The answers in order, their row numbers in the column `ROW`, int64.
        failures: The rows that have none, in order.
    """

    table: pa.Table
    failures: tuple[Failure, ...] = ()

    @property
    def rows(self) -> int:
        """The number of rows, those without an answer included."""
        return self.table.num_rows + len(self.failures)

    @property
    def first(self) -> int:
        """The number of the first row in the corpus."""
        answered = self.table[ROW][:1].to_pylist()
        return min(answered + [failure.row for failure in self.failures])


def joined(outcomes: Iterable[Outcome]) -> Outcome:
    """Joins the outcomes of the parts of a block, in the order of their rows."""
    parts = sorted(outcomes, key=lambda part: part.first)
    failures = tuple(failure for part in parts for failure in part.failures)
    return Outcome(pa.concat_tables(part.table for part in parts), failures)


def predicted(predict: Predict, block: Block) -> Outcome:
    """Predicts a block; if that fails, halves of it, until the rows are found that fail.

    Args:
        predict: The model.
        block: The rows.

    Returns:
        The answers, and the rows that have none.

    Raises:
        ServiceError: The model fails at every row of a block of more than a few.
        BertKerasError: A mistake that is not a row's.
    """
    outcome = _predicted(predict, block)
    if len(block.rows) >= _SYSTEMATIC and not outcome.table.num_rows:
        why = outcome.failures[0].error
        raise ServiceError(f"the model fails at every row of a block of {len(block.rows):,}: {why}")
    return outcome


def failed(block: Block, error: str, schema: pa.Schema) -> Outcome:
    """Returns the outcome of rows that cannot be answered.

    Args:
        block: The rows.
        error: What happened.
        schema: The columns of answers.

    Returns:
        No answers, and a failure for each row.
    """
    rows = range(block.first, block.first + len(block.rows))
    return Outcome(schema.empty_table(), tuple(Failure(row, error) for row in rows))


def schema_of(predict: Predict) -> pa.Schema:
    """Returns the columns of a model's answers, `ROW` included."""
    return _numbered(predict([]), Block(0, 0, [])).table.schema


def _predicted(predict: Predict, block: Block) -> Outcome:
    try:
        table = predict(block.rows)
    except BertKerasError:
        raise
    except Exception as error:
        if len(block.rows) > 1:
            return joined(_predicted(predict, half) for half in block.halves())
        return failed(block, cause_of(error), schema_of(predict))
    return _numbered(table, block)


def _numbered(table: pa.Table, block: Block) -> Outcome:
    if table.num_rows != len(block.rows):
        raise ValueError(f"{len(block.rows)} rows make {table.num_rows} answers")
    numbers = range(block.first, block.first + len(block.rows))
    return Outcome(table.add_column(0, ROW, pa.array(numbers, pa.int64())))
