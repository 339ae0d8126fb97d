import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from served_exports import OUTPUTS, Server, all_of, lengths, texts, write_warmup

from bert_keras.serving.server.interface import ModelSettings, ServingError
from bert_keras.serving.server.models import BatchingSettings, RunningVersion


def error_of(call: object) -> tuple[int, str]:
    """The code and the message of a call's error."""
    assert isinstance(call, ServingError), call
    return call.code, call.message


def failing(ask: object, *arguments: object, **names: object) -> tuple[int, str]:
    """The code and the message of the error that a call raises."""
    with pytest.raises(ServingError) as caught:
        ask(*arguments, **names)  # type: ignore[operator]
    return caught.value.code, caught.value.message


def test_answers_are_those_of_the_model(server: Server, export: Path) -> None:
    loaded = tf.saved_model.load(str(export))
    values = ["", "naïve 東京 😀", "NUL \x00 inside", "long " * 100]

    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            version = models.find("m")
            assert (version.name, version.version) == ("m", 1)
            assert set(version.signatures) >= {"serving_default", "token_ids", "sum", "slow"}
            answer = await version.run("serving_default", texts(*values), OUTPUTS)
            expected = loaded.signatures["serving_default"](text=tf.constant(values))
            for name in OUTPUTS:
                np.testing.assert_array_equal(answer[name], expected[name].numpy())
                assert answer[name].dtype == expected[name].numpy().dtype
            echoed = await version.run("slow", texts("0", *values), ["text"])
            assert echoed["text"].tolist() == [b"0", *(value.encode() for value in values)]
            none = await version.run("serving_default", {"text": np.empty(0, dtype=object)}, ["length"])
            assert none["length"].shape == (0,)

    asyncio.run(main())


def test_errors_have_the_graphs_code_and_words(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            version = models.find("m")
            scalar = {"text": np.array(b"scalar", dtype=object)}
            with pytest.raises(
                ServingError, match=r"Shape of tensor .* \[\] is not compatible with .* \[\?\]"
            ) as caught:
                await version.run("serving_default", scalar, ["length"])
            assert caught.value.code == 3
            assert await lengths(version, "goes on") == [14.0]

    asyncio.run(main())


def test_what_is_not_there_is_not_found_in_the_words_of_tf_serving(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            assert failing(models.find, "nobody") == (5, "Servable not found for request: Latest(nobody)")
            assert failing(models.find, "m", 9) == (5, "Servable not found for request: Specific(m, 9)")
            assert failing(models.find, "m", label="new") == (3, "Unrecognized servable version label: new")
            assert failing(models.status, "nobody") == (5, "Could not find any versions of model nobody")
            assert failing(models.status, "m", 9) == (5, "Could not find version 9 of model m")
            assert [status.state for status in models.status("m", label="new")] == ["AVAILABLE"]

    asyncio.run(main())


def test_a_swap_under_load_loses_nothing(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            served, over = set(), asyncio.Event()

            async def client(number: int) -> int:
                count = 0
                while not over.is_set():
                    version = models.find("m")
                    # As a front does it that reads the body after it has found the version.
                    await asyncio.sleep(0.001 * number)
                    assert await lengths(version, "x" * number) == [2.0 * number]
                    served.add(version.version)
                    count += 1
                return count

            clients = [asyncio.create_task(client(number)) for number in range(8)]
            server.add(2)
            await server.until(lambda: server.states() == {2: "AVAILABLE", 1: "END"})
            shutil.rmtree(server.base / "m" / "2")
            await server.until(lambda: server.states() == {2: "END", 1: "AVAILABLE"})
            over.set()
            assert min(await asyncio.gather(*clients)) > 3
            assert served == {1, 2}

    asyncio.run(main())


def test_a_broken_version_blocks_nothing_and_says_why(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        server.add_broken(2)
        async with server.started(max_load_retries=0) as models:
            # Unlike TF Serving, which ends: the highest version that loads is served.
            assert models.find("m").version == 1
            (broken,) = models.status("m", 2)
            assert (broken.state, broken.code) == ("END", 15)
            assert "is no whole SavedModel: it ends at 1000 bytes" in broken.message
            server.add(3)
            await server.until(lambda: models.find("m").version == 3)
            assert server.states()[2] == "END"

    asyncio.run(main())


def test_a_half_copied_version_is_refused_until_it_is_whole(server: Server, export: Path) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started(max_load_retries=0) as models:
            folder = server.base / "m" / "2"
            folder.mkdir()
            shutil.copy(export / "saved_model.pb", folder)
            await server.until(lambda: server.states() == {2: "END", 1: "AVAILABLE"})
            (half,) = models.status("m", 2)
            assert half.code == 9
            assert "variables.index is missing, though the graph restores variables" in half.message
            shutil.copytree(export / "variables", folder / "variables")
            await server.until(lambda: models.find("m").version == 2)
            assert await lengths(models.find("m"), "abc") == [6.0]

    asyncio.run(main())


def test_a_version_that_fails_is_tried_again(server: Server) -> None:
    async def main() -> None:
        folder = server.add_broken(1)
        async with server.started(max_load_retries=2, load_retry_seconds=0.2) as models:
            known = models._models["m"]._versions[1]
            assert known.tries == 1
            await server.until(lambda: known.tries == 3)
            await asyncio.sleep(0.5)
            assert (known.tries, known.state) == (3, "END")
            assert failing(models.find, "m") == (5, "Servable not found for request: Latest(m)")
            # Another file is another version: it is tried at once.
            shutil.copytree(server.export, folder, dirs_exist_ok=True)
            await server.until(lambda: known.state == "AVAILABLE")

    asyncio.run(main())


def test_versions_and_base_folders_vanish_as_in_tf_serving(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        async with server.started() as models:
            (server.base / "m").rename(server.base / "away")
            await asyncio.sleep(0.3)
            assert await lengths(models.find("m"), "still here") == [20.0]
            (server.base / "m").mkdir()
            await server.until(lambda: server.states() == {1: "END"})
            assert failing(models.find, "m") == (5, "Servable not found for request: Latest(m)")
            assert models.status("m", 1)[0].code == 0

    asyncio.run(main())


def test_policies_choose_the_versions(server: Server) -> None:
    async def main() -> None:
        for version in (1, 2, "0003"):
            server.add(version)
        (server.base / "m" / "notes").mkdir()
        async with server.started(server.settings(latest=2)) as models:
            assert server.states() == {3: "AVAILABLE", 2: "AVAILABLE"}
            assert [models.find("m").version, models.find("m", 2).version] == [3, 2]
            await models.reload([server.settings(specific=(1, 9))])
            await server.until(lambda: server.states() == {3: "END", 2: "END", 1: "AVAILABLE"})
            await models.reload([server.settings(latest=0)])
            assert server.states() == {3: "AVAILABLE", 2: "AVAILABLE", 1: "AVAILABLE"}

    asyncio.run(main())


def test_labels_stand_for_versions(server: Server) -> None:
    unavailable = (9, "Request to assign label to version 7 of model m, which is not currently available for inference")

    async def main() -> None:
        for version in (1, 2):
            server.add(version)
        async with server.started(server.settings(latest=2, labels={"stable": 1, "canary": 2})) as models:
            assert [models.find("m", label=label).version for label in ("stable", "canary")] == [1, 2]
            with pytest.raises(ServingError) as caught:
                await models.reload([server.settings(latest=2, labels={"stable": 7})])
            assert error_of(caught.value) == unavailable
            assert models.find("m", label="stable").version == 1
            await models.reload([server.settings(latest=2, labels={"stable": 2})])
            assert models.find("m", label="stable").version == 2
            assert failing(models.find, "m", label="canary")[0] == 3
        with pytest.raises(ServingError) as caught:
            async with server.started(server.settings(labels={"stable": 7})):
                pass
        assert error_of(caught.value) == unavailable
        async with server.started(server.settings(labels={"stable": 7}), labels_for_unavailable=True) as models:
            assert failing(models.find, "m", label="stable") == (5, "Servable not found for request: Specific(m, 7)")

    asyncio.run(main())


def test_reload_adds_drops_and_moves_models(server: Server) -> None:
    async def main() -> None:
        server.add(1)
        server.add(4, "other")
        async with server.started() as models:
            found = models.find("m")
            await models.reload([server.settings("other")])
            assert failing(models.find, "m") == (5, "Servable not found for request: Latest(m)")
            assert models.find("other").version == 4
            # A request that was about to begin is answered all the same.
            assert await lengths(found, "ab") == [4.0]
            moved = ModelSettings("other", str(server.base / "m"))
            await models.reload([moved])
            assert models.find("other").version == 1
            with pytest.raises(ServingError) as caught:
                await models.reload([moved, server.settings("empty")])
            assert error_of(caught.value) == (
                2,
                "1 servable(s) did not become available: "
                f"empty: no version of the policy is in {server.base / 'empty'}",
            )
            with pytest.raises(ServingError, match="Illegal to list model other multiple times in config list"):
                await models.reload([moved, moved])
            assert models.find("other").version == 1

    asyncio.run(main())


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
            calls = [asyncio.create_task(version.run("slow", texts("1000"), ["done"])) for _ in range(3)]
            await asyncio.sleep(0.4)
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


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (("crash", "a scalar"), 14, "a warm-up request failed: the process was killed by SIG"),
        (("serving_default", ["poison"]), 3, r"a warm-up request failed: assertion failed: \[a poisoned text among\]"),
        (("unknown", ["a"]), 9, 'a warm-up request failed: Serving signature key "unknown" not found.'),
        (("token_ids", ["a"]), 3, r"inputs of token_ids are \['padding_mask', 'token_ids'\]. Received: \['text'\]"),
    ],
)
def test_a_warm_up_that_fails_fails_the_load(
    request_: tuple[str, str | list[str]], code: int, message: str, server: Server
) -> None:
    async def main() -> None:
        write_warmup(server.add(1), ("", ["good"]), request_)
        async with server.started(max_load_retries=0) as models:
            (status,) = models.status("m")
            assert (status.state, status.code) == ("END", code)
            assert re.search(message, status.message)

    asyncio.run(main())


def test_a_version_that_changes_while_it_loads_is_loaded_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = []
    load = RunningVersion.load

    async def load_and_change(version: RunningVersion) -> None:
        await load(version)
        if not changed:
            changed.append(server.base / "m" / "1" / "saved_model.pb")
            changed[0].touch()

    monkeypatch.setattr(RunningVersion, "load", load_and_change)

    async def main() -> None:
        server.add(1)
        async with server.started(load_retry_seconds=60.0) as models:
            (status,) = models.status("m")
            assert (status.state, status.code) == ("END", 14)
            assert status.message.endswith("changed while it was loaded")
            await server.until(lambda: server.states() == {1: "AVAILABLE"})

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
