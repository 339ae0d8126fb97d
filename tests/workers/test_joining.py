import dataclasses
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from bert_keras.errors import BertKerasError, InputError, WorkerError
from bert_keras.workers import Cluster, Workers, join
from bert_keras.workers.joining import listener_of

Results = dict[int, Any]


def together(
    count: int, work: Callable[[Workers], Any], seconds: float = 20, **of_rank: Callable[[Cluster], Cluster]
) -> Results:
    """What the workers of some threads return or raise, by rank; the clusters of some ranks may be other ones."""
    listener = socket.create_server(("127.0.0.1", 0))
    addresses = (f"127.0.0.1:{listener.getsockname()[1]}", *["127.0.0.1:0"] * (count - 1))
    results: Results = {}

    def run(rank: int) -> None:
        cluster = Cluster(addresses, rank)
        changes = of_rank.get(f"rank_{rank}")
        try:
            workers = join(cluster if changes is None else changes(cluster), seconds, listener if rank == 0 else None)
            try:
                results[rank] = work(workers)
            finally:
                workers.mesh.fail("the test is over")
        except BertKerasError as error:
            results[rank] = error

    threads = [threading.Thread(target=run, args=[rank]) for rank in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_each_worker_gets_the_same_sum_of_all_to_the_bit() -> None:
    values = np.random.default_rng(0).normal(size=[3, 1001]).astype(np.float32)

    def work(workers: Workers) -> tuple[np.ndarray, ...]:
        own = values[workers.rank]
        sums = [workers.summed(of).copy() for of in (own, own.astype(ml_dtypes.bfloat16), own[:1], own[:0])]
        workers.mesh.leave()
        return (*sums, np.array([workers.mesh.sent]))

    results = together(3, work)
    exact = values[0] + values[1] + values[2]
    for rank in range(3):
        for mine, first in zip(results[rank][:4], results[0][:4], strict=True):
            assert mine.tobytes() == first.tobytes()
    assert (results[0][0] == exact).all()
    np.testing.assert_allclose(results[0][1].astype(np.float32), exact, rtol=2**-8, atol=3e-2)
    assert results[0][2] == exact[:1]
    # 2 (N - 1) / N times the bytes of the arrays: four of float32, two of bfloat16.
    assert results[0][4][0] == pytest.approx(2 * 2 / 3 * 1001 * (4 + 2), rel=0.01)


def test_values_are_gathered_told_and_taken_over() -> None:
    def work(workers: Workers) -> tuple[Any, ...]:
        mine = np.arange(6, dtype=np.float32).reshape(2, 3) + workers.rank
        found = (
            workers.each({"rank": workers.rank, "third": 1 / 3}),
            workers.told([0.1, None] if workers.first else "not asked"),
            workers.same(mine).tolist(),
            workers.same(np.uint32(7 + workers.rank).reshape([])).tolist(),
            {rank: bytes(message) for rank, message in workers.collected(bytes([workers.rank]) * 3).items()},
        )
        workers.mesh.leave()
        return found

    results = together(3, work)
    for rank in range(3):
        each, told, same, single, collected = results[rank]
        assert each == [{"rank": other, "third": 1 / 3} for other in range(3)]
        assert told == [0.1, None]
        assert (same, single) == ([[0, 1, 2], [3, 4, 5]], 7)
        assert collected == ({1: b"\1\1\1", 2: b"\2\2\2"} if rank == 0 else {})


def test_the_error_of_a_worker_is_that_of_all() -> None:
    def work(workers: Workers) -> None:
        if workers.rank == 2:
            workers.mesh.fail("worker 2: train.tsv: no such column")
        else:
            workers.told()

    results = together(3, work)
    assert [str(results[rank]) for rank in (0, 1)] == ["worker 2: train.tsv: no such column"] * 2


def test_a_worker_that_is_gone_is_named() -> None:
    def work(workers: Workers) -> None:
        if workers.rank == 1:
            for peer in workers.mesh._peers.values():
                peer.socket.close()
        else:
            workers.told()

    results = together(3, work)
    assert all(isinstance(results[rank], WorkerError) for rank in (0, 2))
    assert str(results[0]) == "worker 1 ended without a word"


def test_workers_at_different_places_do_not_mix_up_what_they_send() -> None:
    def work(workers: Workers) -> None:
        if workers.first:
            workers.summed(np.zeros(8, np.float32))
        else:
            workers.summed(np.zeros(12, np.float32))

    results = together(2, work)
    assert "not at the same place of the same program" in str(results[0])


def test_a_worker_that_shows_no_sign_of_life_is_named() -> None:
    ready = threading.Event()

    def work(workers: Workers) -> None:
        if workers.first:
            workers.mesh.silence = 1.5
            try:
                workers.told(1)
                workers.each(1)
            finally:
                ready.set()
        else:
            workers.told()
            for peer in workers.mesh._peers.values():
                peer.send_life = lambda: None
            ready.wait()

    assert str(together(2, work)[0]) == "worker 1 showed no sign of life for 2 s: frozen, or cut off"


def test_a_worker_that_is_busy_for_long_is_waited_for() -> None:
    def work(workers: Workers) -> Any:
        workers.mesh.silence = 1.5
        if not workers.first:
            time.sleep(3)
        return workers.each(workers.rank)

    assert together(2, work) == {0: [0, 1], 1: [0, 1]}


def test_who_does_not_come_in_time_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(
        WorkerError, match=r"after 1 s 2 of 3 workers are missing: worker 1 \(b:2\), worker 2 \(c:3\); st"
    ):
        join(Cluster((address, "b:2", "c:3"), 0), 1)
    with pytest.raises(WorkerError, match=rf"worker 0 \({address}\) did not answer for 1 s \(Connection refused\)"):
        join(Cluster((address, "127.0.0.1:0"), 1), 1)


def test_a_process_that_ended_is_not_waited_for() -> None:
    cluster = Cluster(("127.0.0.1:0", "127.0.0.1:0"), 0)
    begin = time.monotonic()
    with pytest.raises(WorkerError, match="worker 1 did not come: its process ended, with status 2: error: no file"):
        join(cluster, 60, ended=lambda rank: "with status 2: error: no file")
    assert time.monotonic() - begin < 5


def test_workers_that_do_not_belong_together_are_refused() -> None:
    def other(cluster: Cluster) -> Cluster:
        return dataclasses.replace(cluster, addresses=(cluster.addresses[0], "x:1"))

    results = together(2, lambda workers: None, rank_1=other)
    assert isinstance(results[0], InputError)
    assert "worker 1 knows other workers" in str(results[0])
    assert isinstance(results[1], WorkerError)


def test_strangers_do_not_disturb() -> None:
    cluster = Cluster(("127.0.0.1:0", "127.0.0.1:0"), 0)
    listener = listener_of(cluster)
    port = listener.getsockname()[1]
    for bytes_ in (b"", b"GET / HTTP/1.1\r\n\r\n", struct.pack("!I", 2) + b"[]", struct.pack("!I", 2**31)):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(bytes_)
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        body = json.dumps({"rank": "one"}).encode()
        stranger.sendall(struct.pack("!I", len(body)) + body)
    with pytest.raises(WorkerError, match="1 of 2 workers are missing: worker 1"):
        join(cluster, 0.5, listener)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(InputError, match=rf"worker 0 \({address}\): this process cannot listen on port"):
            join(Cluster((address, "127.0.0.1:0"), 0), 1)
