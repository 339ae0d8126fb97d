import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from made_predict import make

from bert_keras.corpus import Failure, RayWorkers, blocks_of, ray_workers
from bert_keras.errors import InputError, ServiceError

ROWS = [f"r{number}" for number in range(12)]


@pytest.fixture(scope="module")
def workers() -> Iterator[RayWorkers]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray_workers, "_TRIES", 2)  # to start a process takes a second
        patch.setenv("PYTHONPATH", os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))))
        yield from _started()


def _started() -> Iterator[RayWorkers]:
    with RayWorkers(make, "upper", count=2) as started:
        yield started


def test_rows_that_fail_or_kill_their_process_are_told_and_every_other_is_there_once(workers: RayWorkers) -> None:
    rows = [{3: "bad", 8: "deadly"}.get(place, row) for place, row in enumerate(ROWS)]
    found = dict(workers.outcomes(blocks_of(rows, 2)))
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
    texts = {row: text for number in sorted(found) for row, text in _texts(found[number].table)}
    assert texts == {place: row.upper() for place, row in enumerate(ROWS) if place not in (3, 8)}
    assert [failure for number in sorted(found) for failure in found[number].failures] == [
        Failure(3, "ValueError: a row is bad"),
        Failure(8, "the worker's process died of it"),
    ]


def test_a_model_that_is_not_there_is_told_as_it_is(workers: RayWorkers) -> None:
    lower = RayWorkers(make, "lower", count=1)
    with pytest.raises(InputError, match="^lower: there is no such model$"):
        list(lower.outcomes(blocks_of(ROWS, 6)))


def test_more_workers_than_cores_are_refused(workers: RayWorkers) -> None:
    with pytest.raises(InputError, match="there are 2 cores, and a worker takes one. Received: 3"):
        list(RayWorkers(make, "upper", count=3).outcomes(blocks_of(ROWS, 6)))


def _texts(table: object) -> list[tuple[int, str]]:
    return [(row["row"], row["text"]) for row in table.to_pylist()]  # type: ignore[attr-defined]


def test_an_address_where_no_cluster_is_is_told_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens at it
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ServiceError, match=f"^{address}: no cluster of Ray can be reached"), _at(address):
            pass


def _at(address: str) -> RayWorkers:
    return RayWorkers(make, "upper", address=address)
