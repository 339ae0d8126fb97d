import pyarrow as pa
import pytest
from made_predict import upper

from bert_keras.corpus import Block, Failure, blocks_of, predicted
from bert_keras.corpus.unfinished import Unfinished
from bert_keras.errors import InputError, ServiceError

ROWS = [f"r{number}" for number in range(10)]


def test_blocks_hold_every_row_once_with_its_number() -> None:
    blocks = list(blocks_of(ROWS, 4))
    assert [(block.number, block.first, block.rows) for block in blocks] == [
        (0, 0, ROWS[:4]),
        (1, 4, ROWS[4:8]),
        (2, 8, ROWS[8:]),
    ]


@pytest.mark.parametrize("bad", [(), (0,), (9,), (3, 4, 8)])
def test_rows_that_fail_are_told_by_number_and_the_others_answered(bad: tuple[int, ...]) -> None:
    rows = ["bad" if place in bad else row for place, row in enumerate(ROWS)]
    outcome = predicted(upper, Block(2, 100, rows))
    assert outcome.table.to_pylist() == [
        {"row": 100 + place, "text": row.upper()} for place, row in enumerate(ROWS) if place not in bad
    ]
    assert outcome.failures == tuple(Failure(100 + place, "ValueError: a row is bad") for place in bad)
    assert outcome.rows == 10


def test_a_model_that_fails_at_every_row_is_not_taken_for_bad_rows() -> None:
    with pytest.raises(ServiceError, match="fails at every row of a block of 10: ValueError: a row is bad"):
        predicted(upper, Block(0, 0, ["bad"] * 10))


def test_a_mistake_of_the_user_is_no_failure_of_a_row() -> None:
    def refuse(rows: object) -> pa.Table:
        raise InputError("the export takes text and pair")

    with pytest.raises(InputError, match="takes text and pair"):
        predicted(refuse, Block(0, 0, ["x"]))


def test_answers_of_another_number_than_the_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="10 rows make 1 answers"):
        predicted(lambda rows: pa.table({"text": ["one"]}), Block(0, 0, ROWS))


def test_a_block_done_in_parts_is_whole_in_the_order_of_its_rows() -> None:
    unfinished = Unfinished(blocks_of(ROWS, 6))
    first, second = unfinished.next(), unfinished.next()
    assert first is not None
    assert second is not None
    assert unfinished.next() is None
    unfinished.halve(first)
    assert unfinished.next(idle=False) is None  # a part whose worker may die is given to one that has nothing else
    left, right = unfinished.next(), unfinished.next()
    assert left is not None
    assert right is not None
    assert not list(unfinished.done(right, predicted(upper, right)))
    assert [number for number, _ in unfinished.done(second, predicted(upper, second))] == [1]
    ((number, outcome),) = unfinished.done(left, predicted(upper, left))
    assert (number, outcome.table["row"].to_pylist()) == (0, [0, 1, 2, 3, 4, 5])


def test_workers_that_die_of_row_after_row_end_the_prediction() -> None:
    unfinished = Unfinished(blocks_of([f"r{number}" for number in range(20)], 1))
    schema = predicted(upper, Block(0, 0, ["x"])).table.schema
    with pytest.raises(ServiceError, match="the last of them row 10;"):  # after ten that may be bad ones
        while (row := unfinished.next()) is not None:
            assert [outcome.failures[0].row for _, outcome in unfinished.died(row, schema)] == [row.first]


def test_a_row_that_is_a_block_by_itself_is_tried_alone_before_it_is_blamed() -> None:
    unfinished = Unfinished(blocks_of(["only"], 1))
    row = unfinished.next()
    assert row is not None
    unfinished.halve(row)
    again = unfinished.next()
    assert again is not None
    assert (again.rows, row.suspect, again.suspect) == (["only"], False, True)
    assert [number for number, _ in unfinished.done(again, predicted(upper, again))] == [0]
