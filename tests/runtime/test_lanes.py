import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from bert_keras.runtime.lanes import lanes, made_ahead


def test_there_is_one_lane_unless_more_are_opened() -> None:
    assert lanes() == 1
    code = (
        "import os; from bert_keras.runtime import lanes; lanes.open_lanes(); "
        "assert lanes.lanes() == min(4, len(os.sched_getaffinity(0))) or lanes.tf.config.list_physical_devices('GPU')"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_as_many_things_as_workers_are_made_at_the_same_time() -> None:
    together = threading.Barrier(2, timeout=30)
    assert list(made_ahead(lambda item: (together.wait(), item)[1], range(6), workers=2)) == list(range(6))


def test_things_made_ahead_come_in_order_from_another_thread() -> None:
    threads: list[threading.Thread] = []

    def make(item: int) -> int:
        threads.append(threading.current_thread())
        return item * item

    assert list(made_ahead(make, range(20))) == [item * item for item in range(20)]
    assert set(threads).isdisjoint({threading.main_thread()})
    assert len(set(threads)) == 1


def test_only_a_few_are_made_ahead() -> None:
    made: list[int] = []
    things = made_ahead(made.append, range(100))
    next(things)
    things.close()
    assert 1 <= len(made) <= 6


@pytest.mark.parametrize("taken", [0, 3])
def test_the_thread_ends_with_the_iteration(taken: int) -> None:
    before = threading.active_count()
    things: Iterator[int] = made_ahead(int, range(100))
    for _ in range(taken):
        next(things)
    things.close()
    assert threading.active_count() == before


def test_an_error_comes_where_its_turn_is_and_the_thread_ends() -> None:
    before = threading.active_count()
    things = made_ahead(lambda item: 1 // (2 - item), range(100))
    assert [next(things), next(things)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(things)
    assert threading.active_count() == before
