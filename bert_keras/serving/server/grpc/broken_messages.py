"""Answers calls whose message cannot be read, which grpc would log as a fault of the server."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError


class _Broken:
    """Stands for a message that cannot be read."""


class BrokenMessages(grpc.aio.ServerInterceptor):
    """Ends calls whose message cannot be read, with the code that other implementations of gRPC give them."""

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], handler_call_details: Any
    ) -> grpc.RpcMethodHandler | None:
        """Returns the handler of a call, with a reader that does not fail.

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

        async def answer_or_end(request: Any, context: Any) -> Any:
            if request is _Broken:
                await context.abort(grpc.StatusCode.INTERNAL, "The message of the call cannot be read")
            return await answer(request, context)

        return grpc.unary_unary_rpc_method_handler(answer_or_end, read_or_mark, handler.response_serializer)
