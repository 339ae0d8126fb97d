#!/usr/bin/env bash
# grpcio 1.85.3: calls above a server's max_concurrent_streams fail; the client does not make them wait.
#
# The server tells its limit of streams in the settings of the connection, and a client is to open no more at once, so
# the limit looks like a queue: what is too much waits at the client. But once answers come back and waiting calls take
# their places, streams are refused (RST_STREAM 7, REFUSED_STREAM), and their calls end with UNAVAILABLE, "Stream
# removed". The server's code never sees them.
#
# Seen: of 2,000 calls at once on one channel, limit 10, 10 ms each, 1,111 failed so; of 3,000, limit 100, 50 ms each,
# 2,452. With a semaphore at the client none fails. A server that wants to refuse with a reason counts calls by itself,
# below a limit of streams that is never reached.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet grpcio==1.85.3
"$folder/venv/bin/python" - <<'PY'
import asyncio, collections, contextlib, grpc

LIMIT, CALLS = 10, 2000

async def echo(message, context):
    await asyncio.sleep(0.01)
    return message

async def outcomes(port, at_once):
    seen = collections.Counter()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/demo/echo")
        await call(b"the settings have come")

        async def one():
            async with at_once or contextlib.nullcontext():
                try:
                    await call(b"text")
                    seen["answered"] += 1
                except grpc.aio.AioRpcError as error:
                    seen[f"{error.code().name}: {error.details()}"] += 1

        await asyncio.gather(*(one() for _ in range(CALLS)))
    return seen

async def main():
    server = grpc.aio.server(options=[("grpc.max_concurrent_streams", LIMIT)])
    echoes = {"echo": grpc.unary_unary_rpc_method_handler(echo)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("demo", echoes)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    burst, counted = await outcomes(port, None), await outcomes(port, asyncio.Semaphore(LIMIT - 1))
    await server.stop(None)
    print(f"grpcio {grpc.__version__}, limit {LIMIT}, {CALLS} calls: {dict(burst)}; held back to the limit: {dict(counted)}")
    assert any("RST_STREAM" in outcome for outcome in burst), "calls above the limit wait now"
    assert counted["answered"] == CALLS

asyncio.run(main())
PY
