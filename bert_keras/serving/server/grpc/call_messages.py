"""Takes the messages of calls: those that cannot be read, that do not come, and that come too slowly end their call."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError


class _Broken:
    """Stands for a message that cannot be read."""


class CallMessages(grpc.aio.ServerInterceptor):
    """Waits for the message of a call no longer than its client may take, and ends calls without one they can have.

    grpc itself waits for a message for ever, and logs one that it cannot read as a fault of the server.

    Args:
        seconds: The time within which a client sends the message.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> grpc.RpcMethodHandler | None:
        """Returns the handler of a call, with a reader that neither fails nor waits for ever.

        Args:
            continuation: Returns the handler.
            handler_call_details: The name and the metadata of the call.
        """
        handler = await continuation(handler_call_details)
        if handler is None or handler.unary_unary is None or handler.request_deserializer is None:
            return handler
        read, answer = handler.request_deserializer, handler.unary_unary

        def read_or_mark(message: bytes) -> Any:
            try:
                return read(message)
            except DecodeError:
                return _Broken

        async def answer_or_end(messages: AsyncIterator[Any], context: Any) -> Any:
            request = await self._first(messages, context)
            if request is _Broken:
                await context.abort(grpc.StatusCode.INTERNAL, "The message of the call cannot be read")
            return await answer(request, context)

        # A stream's handler is called before the message is there, and a stream of one message is an ordinary call.
        return grpc.stream_unary_rpc_method_handler(answer_or_end, read_or_mark, handler.response_serializer)

    async def _first(self, messages: AsyncIterator[Any], context: Any) -> Any:
        """Returns the message of a call, or ends the call."""
        try:
            async with asyncio.timeout(self._seconds):
                return await anext(messages)
        except TimeoutError:
            told = f"The message did not arrive within {self._seconds:g} s (--client_timeout_seconds)"
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, told)
        except StopAsyncIteration:
            await context.abort(grpc.StatusCode.INTERNAL, "The call has no message")
