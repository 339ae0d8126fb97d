"""Batching as clients see it: the outputs `rows` and `longest` tell with what a text was run."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from served_exports import OUTPUTS, Server, all_of, lengths, texts, write_classifier

from bert_keras.errors import InputError
from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models import (
    BatchingSettings,
    ModelsOptions,
    RunningVersion,
    open_models,
    read_batching_file,
)

BATCHING = BatchingSettings(max_batch_size=8, batch_timeout_micros=200_000, num_batch_threads=1)


async def runs(version: RunningVersion, *sizes: int) -> list[tuple[int, int]]:
    """With how many rows, and with which longest text, texts of these lengths are run that come at once."""
    calls = [version.run("serving_default", texts("x" * size), OUTPUTS) for size in sizes]
    answers = await asyncio.gather(*calls)
    assert [answer["length"].tolist() for answer in answers] == [[2.0 * size] for size in sizes]
    return [(int(answer["rows"][0]), int(answer["longest"][0])) for answer in answers]


def test_requests_are_merged_by_length(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started(batching=BATCHING) as models:
            found = await runs(models.find("m"), 100, 1, 101, 2, 99, 3)
            assert found == [(3, 101), (3, 3), (3, 101), (3, 3), (3, 101), (3, 3)]

    asyncio.run(main())


def test_a_full_batch_does_not_wait(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        patient = BatchingSettings(max_batch_size=4, batch_timeout_micros=60_000_000, num_batch_threads=1)
        async with server.started(batching=patient) as models:
            assert {rows for rows, _ in await runs(models.find("m"), *[5] * 8)} == {4}

    asyncio.run(main())


def test_other_exports_are_not_merged_unless_batching_is_on(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            assert set(await runs(models.find("m"), *[5] * 20)) == {(1, 5)}

    asyncio.run(main())


@pytest.mark.parametrize("merge_waiting", [True, False])
def test_requests_that_wait_anyway_are_merged_for_our_own_exports(merge_waiting: bool, tmp_path: Path) -> None:
    write_classifier(tmp_path / "classifier")
    server = Server(tmp_path / "classifier", tmp_path)

    async def main() -> None:
        server.add(1)
        async with server.started(merge_waiting=merge_waiting) as models:
            version = models.find("m")

            async def run(*values: str) -> list[int]:
                answer = await version.run("serving_default", texts(*values), ["label", "probability"])
                assert answer["label"].tolist() == [value.encode() for value in values]
                return [int(rows) for rows in answer["probability"]]

            counts = [rows for (rows,) in await asyncio.gather(*(run(f"text {number}") for number in range(40)))]
            assert (max(counts) > 8) == merge_waiting
            assert max(counts) <= 16
            long = await run(*(f"text {number}" for number in range(40)))
            assert sorted(long) == ([8] * 8 + [16] * 32 if merge_waiting else [40] * 40)

    asyncio.run(main())


def test_one_bad_request_fails_alone_and_as_if_it_had_come_alone(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started(batching=BATCHING) as models:
            version = models.find("m")
            with pytest.raises(ServingError) as alone:
                await lengths(version, "poison")
            good, bad, other = await all_of([lengths(version, text) for text in ("apples", "poison", "cherry")])
            assert (good, other) == ([12.0], [12.0])
            assert isinstance(bad, ServingError)
            assert (bad.code, bad.message) == (alone.value.code, alone.value.message)
            assert "assertion failed: [a poisoned text among] [1]" in bad.message

    asyncio.run(main())


def test_a_request_of_more_rows_than_a_batch_is_cut_and_joined(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started(batching=BATCHING) as models:
            version = models.find("m")
            sizes = np.random.default_rng(2).permutation(30)
            answer = await version.run("serving_default", texts(*("x" * size for size in sizes)), OUTPUTS)
            assert answer["length"].tolist() == (2.0 * sizes).tolist()
            assert max(answer["rows"]) == 8
            with pytest.raises(ServingError, match=r"a poisoned text among\] \[30\]"):
                await lengths(version, *["x"] * 29, "poison")

    asyncio.run(main())


def test_token_ids_of_one_width_are_merged_and_of_different_widths_are_right(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started(batching=BATCHING) as models:
            version = models.find("m")

            def call(*row: int) -> object:
                ids = np.array([row], np.int32)
                return version.run("token_ids", {"token_ids": ids, "padding_mask": np.ones_like(ids)}, ["sum", "rows"])

            answers = await asyncio.gather(call(1, 2, 3), call(4, 5), call(6, 7, 8), call(9, 1))  # type: ignore[call-overload]
            assert [(int(answer["sum"][0]), int(answer["rows"][0])) for answer in answers] == [
                (6, 2),
                (9, 2),
                (21, 2),
                (10, 2),
            ]

    asyncio.run(main())


def test_what_cannot_be_cut_is_run_alone(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started(batching=BATCHING) as models:
            version = models.find("m")
            calls = [version.run("sum", texts(*["abc"] * count), ["characters"]) for count in (1, 2, 20)]
            assert [int(answer["characters"]) for answer in await asyncio.gather(*calls)] == [3, 6, 60]

    asyncio.run(main())


def test_too_many_waiting_rows_are_refused_at_once(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        small = BatchingSettings(max_batch_size=2, max_enqueued_batches=2, num_batch_threads=1)
        async with server.started(batching=small) as models:
            version = models.find("m")
            busy = asyncio.create_task(version.run("slow", texts("400"), ["done"]))
            await asyncio.sleep(0.1)
            results = await all_of([lengths(version, "abc") for _ in range(7)])
            assert results[:4] == [[6.0]] * 4
            assert [error.code for error in results[4:] if isinstance(error, ServingError)] == [14] * 3
            full = "The batch scheduling queue to which this task was submitted is full"
            assert str(results[6]) == f"{full}; 4 rows wait for version 1 of model m, at most 4 may"
            await busy

    asyncio.run(main())


def test_a_cancelled_request_that_has_not_begun_is_not_run(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        alone = BatchingSettings(max_batch_size=1, num_batch_threads=1)
        async with server.started(batching=alone) as models:
            version = models.find("m")
            busy = asyncio.create_task(version.run("slow", texts("500"), ["done"]))
            await asyncio.sleep(0.1)
            forgotten = [asyncio.create_task(version.run("slow", texts("60000"), ["done"])) for _ in range(10)]
            await asyncio.sleep(0.05)
            for task in forgotten:
                task.cancel()
            async with asyncio.timeout(20):
                assert await lengths(version, "next") == [8.0]
            assert busy.done()

    asyncio.run(main())


def test_the_batching_file_is_that_of_tf_serving(tmp_path: Path) -> None:
    file = tmp_path / "batching.txt"
    file.write_text(
        "max_batch_size { value: 64 }  # rows\nbatch_timeout_micros { value: 1500 }\n"
        "max_enqueued_batches { value: 7 }\n"
        'num_batch_threads { value: 3 }\nthread_pool_name { value: "pool" }\n'
        "allowed_batch_sizes: [8, 64]\npad_variable_length_inputs: true\n"
    )
    assert read_batching_file(file) == BatchingSettings(64, 1500, 7, 3)
    file.write_text("")
    assert read_batching_file(file) == BatchingSettings(1000, 0, 10, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_batch_size: 64", '1:17 : .*Expected "{"'),
        ("max_batch_sise { value: 64 }", 'has no field named "max_batch_sise"'),
        ("max_batch_size { value: 0 }", "max_batch_size must be at least 1. Received: 0"),
        (
            "max_batch_size { value: 8 } allowed_batch_sizes: 4",
            "must increase and end with max_batch_size, 8. Received: 4",
        ),
        ("max_batch_size { value: 8 } allowed_batch_sizes: [8, 4, 8]", "Received: 8, 4, 8"),
    ],
)
def test_a_wrong_batching_file_is_refused_before_anything_starts(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "batching.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        open_models([], ModelsOptions(batching=True, batching_parameters_file=str(file)))
    with pytest.raises(InputError, match="is no file of batching parameters"):
        open_models([], ModelsOptions(batching=True, batching_parameters_file=str(tmp_path / "missing")))
