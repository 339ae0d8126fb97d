import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from served_exports import Server, all_of, error_of, lengths, texts

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models import BatchingSettings


def test_a_killed_worker_costs_only_what_it_was_running(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            version = models.find("m")
            lanes = version._settings.lanes
            running = [asyncio.create_task(version.run("slow", texts("60000"), ["done"])) for _ in range(lanes)]
            await asyncio.sleep(0.2)
            waiting = [asyncio.create_task(lengths(version, "x" * number)) for number in range(20)]
            await asyncio.sleep(0.05)
            killed = version.pid
            assert killed is not None
            os.kill(killed, signal.SIGKILL)
            lost = await all_of(running)
            message = "the process that ran the request for version 1 of model m ended"
            assert [error_of(error) for error in lost] == [(14, message)] * lanes
            assert await asyncio.gather(*waiting) == [[2.0 * number] for number in range(20)]
            assert version.pid not in (killed, None)
            assert server.states() == {1: "AVAILABLE"}

    asyncio.run(main())


def test_requests_that_were_merged_when_the_worker_died_are_run_again(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        batching = BatchingSettings(max_batch_size=8, batch_timeout_micros=100_000, num_batch_threads=1)
        async with server.started(batching=batching) as models:
            version = models.find("m")
            calls = [asyncio.create_task(version.run("slow", texts("500"), ["done"])) for _ in range(3)]
            await asyncio.sleep(0.3)
            assert version.pid is not None
            os.kill(version.pid, signal.SIGKILL)
            assert [answer["done"].tolist() for answer in await asyncio.gather(*calls)] == [[1]] * 3

    asyncio.run(main())


def test_a_request_that_crashes_the_process_fails_alone(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            version = models.find("m")
            for _ in range(2):
                with pytest.raises(ServingError) as caught:
                    await version.run("crash", {"text": np.array(b"scalar", dtype=object)}, ["first"])
                assert error_of(caught.value)[0] == 14
                assert await lengths(version, "goes on") == [14.0]
            answer = await version.run("crash", texts("a", "b"), ["first"])
            assert answer["first"].tolist() == [1, 0]

    asyncio.run(main())


def test_a_worker_that_cannot_start_again_ends_the_version(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.serving.server.models.running_version._RESTARTS", 2)

    async def main() -> None:
        server.add(1)
        folder = server.add(2)
        async with server.started(server.settings(latest=2), max_load_retries=0) as models:
            version = models.find("m", 2)
            (folder / "saved_model.pb").write_bytes(b"")
            assert version.pid is not None
            os.kill(version.pid, signal.SIGKILL)
            await asyncio.sleep(0.05)
            with pytest.raises(ServingError) as caught:
                await lengths(version, "waits for the new process")
            assert caught.value.code == 14
            await server.until(lambda: models.find("m").version == 1)
            await server.until(lambda: server.states()[2] == "END")
            assert models.status("m", 2)[0].code != 0

    asyncio.run(main())


def test_the_workers_end_when_the_server_is_killed(server: Server) -> None:
    server.add(1)
    code = (
        "import asyncio, sys\n"
        "from bert_keras.serving.server.interface import ModelSettings\n"
        "from bert_keras.serving.server.models import ModelsOptions, open_models\n"
        "async def main():\n"
        "    models = open_models([ModelSettings('m', sys.argv[1])], ModelsOptions())\n"
        "    await models.start()\n"
        "    assert 'tensorflow' not in sys.modules\n"
        "    print(models.find('m').pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", code, str(server.base / "m")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        os.kill(pid, 0)
        process.kill()
    deadline = time.monotonic() + 20
    while is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended: one that nobody waits for stays as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_workers_end_with_the_server(server: Server) -> None:
    async def main() -> int:
        server.add(1)
        async with server.started() as models:
            pid = models.find("m").pid
            assert pid is not None
            os.kill(pid, 0)
            return pid

    with pytest.raises(ProcessLookupError):
        os.kill(asyncio.run(main()), 0)


def test_what_was_taken_is_answered_before_the_end(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            version = models.find("m")
            taken = [asyncio.create_task(version.run("slow", texts("300"), ["done"])) for _ in range(4)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert [answer["done"].tolist() for answer in await asyncio.gather(*taken)] == [[1]] * 4
        with pytest.raises(ServingError, match="version 1 of model m was unloaded"):
            await lengths(version, "too late")

    asyncio.run(main())
