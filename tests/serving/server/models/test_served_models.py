import asyncio
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from served_exports import OUTPUTS, Server, error_of, failing, lengths, texts

from bert_keras.serving.server.interface import ModelSettings, ServingError


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
