import asyncio
import re
import shutil
from pathlib import Path

import pytest
from served_exports import Server, failing, lengths, write_warmup

from bert_keras.serving.server.models import RunningVersion


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
