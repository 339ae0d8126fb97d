"""A client of each kind, over each protocol, called in one way."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from model_stand_ins import ServedModel, grpc_stand_in, rest_stand_in

from bert_keras.serving import AsyncClient, Client

WAYS = ("rest", "rest, async", "grpc", "grpc, async")


class Awaited:
    """An `AsyncClient` whose calls are awaited one by one, so that they read like those of a `Client`."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._client = AsyncClient(*arguments, **settings)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self._client, name)
        return lambda *arguments, **settings: self._loop.run_until_complete(call(*arguments, **settings))

    def close(self) -> None:
        self._loop.run_until_complete(self._client.close())
        self._loop.close()


@pytest.fixture(params=WAYS)
def connected(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Serves a model and returns a client of it; the settings are the client's."""
    with contextlib.ExitStack() as stack:

        def connect(model: ServedModel, **settings: Any) -> Any:
            served = rest_stand_in if request.param.startswith("rest") else grpc_stand_in
            address = stack.enter_context(served(model))
            kind = Awaited if request.param.endswith("async") else Client
            client = kind(address, settings.pop("name", "m"), **settings)
            stack.callback(client.close)
            return client

        yield connect
