import asyncio
from collections.abc import Callable

import numpy as np

from bert_keras.serving.server.models.request_queue import RUN_COST, RequestQueue
from bert_keras.serving.server.models.requests import Request, joined, new_request, parts_by_length, shares


def request(*sizes: int, mergeable: bool = True, signature: str = "s") -> Request:
    """A request of texts of these lengths."""
    texts = np.array([b"x" * size for size in sizes], dtype=object)
    return new_request(signature, {"text": texts}, ["out"], mergeable)


def in_loop(test: Callable[[], None]) -> None:
    async def main() -> None:
        test()

    asyncio.run(main())


def sizes_of(batch: list[Request]) -> list[int]:
    return [len(text) for one in batch for text in one.inputs["text"]]


def take(queue: RequestQueue, now: float = 1e9, idle: int = 1) -> list[int]:
    """The lengths of the texts of the next batch."""
    return sizes_of(queue.next_batch(now, idle)[0])


def test_the_oldest_is_run_with_those_of_similar_length() -> None:
    def test() -> None:
        queue = RequestQueue(32)
        for size in (100, 1000, 110, 10, 990, 95):
            queue.add(request(size))
        assert take(queue) == [100, 95, 110]
        assert take(queue) == [1000, 990]
        assert take(queue) == [10]
        assert (take(queue), len(queue), queue.rows) == ([], 0, 0)

    in_loop(test)


def test_padding_never_costs_more_than_another_run() -> None:
    def test() -> None:
        random = np.random.default_rng(3)
        queue = RequestQueue(32)
        for size in random.integers(1, 600, 200):
            queue.add(request(int(size)))
        batches = []
        while batch := take(queue):
            batches.append(batch)
        assert sum(map(len, batches)) == 200
        assert len(batches) < 80
        for batch in batches:
            padding = len(batch) * max(batch) - sum(batch)
            assert padding <= RUN_COST * (len(batch) - 1)

    in_loop(test)


def test_batches_have_limits() -> None:
    def test() -> None:
        for queue, expected in ((RequestQueue(6), [6, 4]), (RequestQueue(32, max_bytes=50), [4, 4, 2])):
            for rows in (3, 1, 4, 2):
                queue.add(request(*[10] * rows))
            batches = []
            while batch := take(queue):
                batches.append(len(batch))
            assert batches == expected
        queue = RequestQueue(4)
        queue.add(request(*[10] * 9))
        assert len(take(queue)) == 9

    in_loop(test)


def test_only_what_is_alike_is_merged() -> None:
    def test() -> None:
        queue = RequestQueue(32)
        matrix = np.ones([1, 5], np.int32)
        wide = np.ones([1, 6], np.int32)
        queue.add(request(5))
        queue.add(request(5, signature="other"))
        queue.add(request(5, mergeable=False))
        queue.add(new_request("s", {"text": np.array(b"scalar", dtype=object)}, ["out"], True))
        queue.add(new_request("s", {"ids": matrix}, ["out"], True))
        queue.add(new_request("s", {"ids": wide}, ["out"], True))
        queue.add(new_request("s", {"a": matrix, "b": np.ones([2, 5], np.int32)}, ["out"], True))
        counts = []
        while batch := queue.next_batch(1e9, 1)[0]:
            counts.append(len(batch))
        assert counts == [1] * 7

    in_loop(test)


def test_what_waits_is_shared_among_idle_lanes() -> None:
    def test() -> None:
        queue = RequestQueue(32)
        for _ in range(8):
            queue.add(request(10))
        assert len(take(queue, idle=2)) == 4
        assert len(take(queue, idle=1)) == 4

    in_loop(test)


def test_a_request_waits_for_others_until_its_time_or_a_full_batch() -> None:
    def test() -> None:
        queue = RequestQueue(3, wait_seconds=5.0)
        first = request(10)
        queue.add(first)
        queue.add(request(11))
        assert queue.next_batch(first.since + 1, 1) == ([], first.since + 5.0)
        queue.add(request(10, mergeable=False))
        assert take(queue, first.since + 1) == [10]
        assert len(queue) == 2
        queue.add(request(12))
        assert take(queue, first.since + 1) == [10, 11, 12]
        queue.add(late := request(7))
        assert take(queue, late.since + 5.0) == [7]

    in_loop(test)


def test_cancelled_requests_leave_and_failed_ones_come_back_alone() -> None:
    def test() -> None:
        queue = RequestQueue(32)
        requests = [request(10) for _ in range(3)]
        for one in requests:
            queue.add(one)
        requests[0].answer.cancel()
        batch, _ = queue.next_batch(1e9, 1)
        assert batch == requests[1:]
        queue.add(request(10))
        queue.put_back(batch)
        assert queue.rows == 3
        assert [queue.next_batch(1e9, 1)[0] for _ in range(2)] == [[requests[1]], [requests[2]]]

    in_loop(test)


def test_outputs_are_shared_out_by_rows() -> None:
    def test() -> None:
        batch = [request(1, 1), request(1), request(1, 1, 1)]
        outputs = {"out": np.arange(6), "other": np.arange(12).reshape(6, 2)}
        batch[1].outputs = ["other"]
        found = shares(batch, outputs)
        assert found is not None
        assert [list(share) for share in found] == [["out"], ["other"], ["out"]]
        assert [found[0]["out"].tolist(), found[1]["other"].tolist()] == [[0, 1], [[4, 5]]]
        assert found[2]["out"].tolist() == [3, 4, 5]
        assert shares(batch, {"out": np.arange(5)}) is None
        assert shares(batch, {"out": np.array(5)}) is None

    in_loop(test)


def test_a_long_request_is_cut_by_length_and_joined_in_its_own_order() -> None:
    def test() -> None:
        sizes = np.random.default_rng(1).permutation(50)
        whole = request(*map(int, sizes))
        order, parts = parts_by_length(whole, 16)
        assert [part.rows for part in parts] == [16, 16, 16, 2]
        assert [len(text) for part in parts for text in part.inputs["text"]] == sorted(sizes)
        answers = [{"out": np.array([len(text) for text in part.inputs["text"]])} for part in parts]
        assert joined(order, answers)["out"].tolist() == sizes.tolist()

    in_loop(test)
