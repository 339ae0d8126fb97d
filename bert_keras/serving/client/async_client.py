"""A client of a served model, for an event loop."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, overload

import numpy as np

from bert_keras.classification.answers import Answer
from bert_keras.models.entities import Entity
from bert_keras.models.span_answers import SpanAnswer
from bert_keras.serving.client.client import Row, Texts
from bert_keras.serving.client.metadata import ModelMetadata
from bert_keras.serving.client.operations import DEFAULT_SIGNATURE, Operations
from bert_keras.serving.client.protocols import async_transport_of, codec_of, settings_of
from bert_keras.serving.client.settings import Tls
from bert_keras.serving.client.steps import run_async
from bert_keras.serving.server.interface import VersionStatus


class AsyncClient:
    """`Client` for asyncio: the same calls and answers, awaited; several calls at once share its connections.

    A client belongs to one event loop, and is closed at the end of an `async with` block.

    Args:
        address: The server; this and all further arguments are those of `Client`.
        model: The name of the model in the server.
        version: The version that answers.
        label: The label of the version that answers, instead of its number.
        timeout: The seconds within which a request is answered, repetitions included.
        retries: How often a request is repeated at most.
        max_batch_size: How many rows a request has at most.
        tls: The certificates of an encrypted connection.
        headers: HTTP headers, or metadata of gRPC, that go with each request.

    Raises:
        InputError: A wrong address or setting.
    """

    def __init__(
        self,
        address: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        max_batch_size: int = 32,
        tls: Tls | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        settings = settings_of(
            address,
            headers,
            tls,
            model=model,
            version=version,
            label=label,
            timeout=timeout,
            retries=retries,
            max_batch_size=max_batch_size,
        )
        self._operations = Operations(settings, codec_of(settings))
        self._transport = async_transport_of(settings)

    async def classify(self, inputs: Sequence[Row], *, deadline: float | None = None) -> list[Answer]:
        """Classifies texts or pairs of texts, as `Client.classify`."""
        return await run_async(self._operations.classify(inputs, deadline), self._transport)

    @overload
    async def answer(self, question: str, context: str, *, deadline: float | None = None) -> SpanAnswer: ...

    @overload
    async def answer(
        self, question: Texts, context: str | Texts, *, deadline: float | None = None
    ) -> list[SpanAnswer]: ...

    async def answer(
        self, question: str | Texts, context: str | Texts, *, deadline: float | None = None
    ) -> SpanAnswer | list[SpanAnswer]:
        """Answers one or several questions, as `Client.answer`."""
        return await run_async(self._operations.answer(question, context, deadline), self._transport)

    async def tag(self, texts: Sequence[str], *, deadline: float | None = None) -> list[tuple[Entity, ...]]:
        """Finds the entities of texts, as `Client.tag`."""
        return await run_async(self._operations.tag(texts, deadline), self._transport)

    async def predict(
        self,
        inputs: Mapping[str, Sequence[Any] | np.ndarray],
        *,
        signature: str = DEFAULT_SIGNATURE,
        deadline: float | None = None,
    ) -> dict[str, np.ndarray]:
        """Runs any signature of the model, as `Client.predict`."""
        return await run_async(self._operations.predict(inputs, signature, deadline), self._transport)

    async def status(self, *, deadline: float | None = None) -> list[VersionStatus]:
        """Asks for the states of the model's versions, as `Client.status`."""
        return await run_async(self._operations.status(deadline), self._transport)

    async def metadata(self, *, deadline: float | None = None) -> ModelMetadata:
        """Asks what the model takes and gives, as `Client.metadata`."""
        return await run_async(self._operations.metadata(deadline), self._transport)

    async def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the model answers, as `Client.wait_until_ready`."""
        await run_async(self._operations.wait_until_ready(timeout), self._transport)

    async def close(self) -> None:
        """Closes the connections."""
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()
