import contextlib
import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fake_models import FakeModels
from served import Served, serving

from bert_keras.serving.server import Limits
from bert_keras.serving.server.rest import api
from bert_keras.serving.server.rest.gzip_body import TooLargeError, inflated

BODY = b'{"instances": ["a"]}'


@pytest.fixture(scope="module")
def small() -> Iterator[Served]:
    """A server that takes on little, and whose models take a while."""
    limits = Limits(
        body_bytes=2000,
        rows=3,
        waiting_requests=2,
        connections=6,
        client_seconds=0.6,
        rest_seconds=1.5,
        drain_seconds=5,
    )
    with serving(FakeModels(seconds=0.3), limits) as running:
        yield running


def raw(served: Served) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.rest), timeout=10)


def read_all(connection: socket.socket) -> bytes:
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_bodies_beyond_the_limit_are_refused_before_they_are_read(small: Served) -> None:
    with raw(small) as connection:
        connection.sendall(b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\n")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"larger than the 2000 bytes that are taken (--max_body_bytes)" in answer


def test_bodies_in_chunks_are_read_up_to_the_limit(small: Served) -> None:
    for size, status in ((10, b"400"), (500, b"413")):
        with raw(small) as connection:
            head = b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            connection.sendall(head + b"Connection: close\r\n\r\n" + (b"5\r\nabcde\r\n" * size) + b"0\r\n\r\n")
            assert read_all(connection).split()[1] == status


def test_a_small_gzip_body_cannot_become_a_large_one(small: Served) -> None:
    bomb = gzip.compress(b" " * 10_000_000)[:1900]
    reply = small.ask("POST", "/v1/models/fake:predict", bomb, {"Content-Encoding": "gzip"})
    assert reply.status == 413


def test_inflating_stops_at_the_limit() -> None:
    packed = gzip.compress(b"a" * 100)
    assert inflated(packed, 100) == b"a" * 100
    with pytest.raises(TooLargeError):
        inflated(packed, 99)
    assert inflated(packed[:-9], 100) == b""


def test_more_rows_than_the_limit_are_refused(small: Served) -> None:
    assert small.predict({"instances": ["a"] * 3}).status == 200
    refused = small.predict({"inputs": ["a"] * 4})
    assert (refused.status, refused.error) == (
        400,
        "The request has 4 rows, more than the 3 that are taken at once (--max_rows)",
    )


def test_more_requests_than_may_wait_are_refused_at_once(small: Served) -> None:
    with ThreadPoolExecutor(4) as threads:
        replies = list(threads.map(lambda _: small.predict({"instances": ["a"]}), range(4)))
    refused = [reply for reply in replies if reply.status == 503]
    assert len(refused) == 2
    assert "2 requests wait for their model (--max_waiting_requests)" in refused[0].error
    assert [reply.status for reply in replies if reply.status != 503] == [200, 200]


def test_a_model_that_takes_too_long_is_a_504() -> None:
    with serving(FakeModels(seconds=5), Limits(rest_seconds=0.1, drain_seconds=1)) as slow:
        reply = slow.predict({"instances": ["a"]})
    assert (reply.status, reply.error) == (504, "Timed out waiting for notification")


def test_clients_that_send_slowly_are_let_go(small: Served) -> None:
    for sent in (b"", b"POST /v1/mod", b"GET / HTTP/1.1\r\nHost: x\r\nA: "):
        start = time.monotonic()
        with raw(small) as connection:
            connection.sendall(sent)
            assert read_all(connection) == b""
        assert time.monotonic() - start < 3
    with raw(small) as connection:
        connection.sendall(b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n{")
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive within 0.6 s" in answer


def test_large_answers_are_written_beside_other_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as served:
        plain = served.predict({"instances": ["a", "bc"]}).json
        written: list[str] = []
        begun, writing = threading.Event(), threading.Event()

        def rows_text(outputs: dict[str, Any]) -> str:
            written.append(threading.current_thread().name)
            begun.set()
            assert writing.wait(10)
            return whole(outputs)

        whole = api.rows_text
        monkeypatch.setattr(api, "_LARGE_OUTPUTS", 7)
        monkeypatch.setattr(api, "rows_text", rows_text)
        with ThreadPoolExecutor() as pool:
            large = pool.submit(served.predict, {"instances": ["a", "bc"]})
            assert begun.wait(10)
            # Another request is answered while the large answer is written.
            assert served.ask("GET", "/v1/models/fake").status == 200
            writing.set()
            assert large.result(20).json == plain
        assert len(written) == 1 and written[0].startswith("asyncio_")


def test_clients_that_do_not_take_a_large_answer_are_let_go() -> None:
    size = 12_000_000
    body = json.dumps({"signature_name": "questions", "inputs": {"question": ["x" * size], "context": ["a"]}}).encode()
    with serving(limits=Limits(client_seconds=0.5, drain_seconds=1)) as served:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", served.rest))
        with connection:
            head = b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
            connection.sendall(head + body)
            time.sleep(1.5)
            assert served.records[-1].status == 200
            assert len(read_all(connection)) < size


def test_more_connections_than_the_limit_are_refused(small: Served) -> None:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(raw(small)) for _ in range(6)]
        time.sleep(0.1)
        with raw(small) as another:
            assert read_all(another).startswith(b"HTTP/1.1 503 ")
        del held
    time.sleep(0.1)
    assert small.ask("GET", "/v1/models/fake").status == 200


def test_clients_that_wait_to_be_asked_for_the_body_are_asked(small: Served) -> None:
    with raw(small) as connection:
        head = b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(BODY))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_what_is_no_http_is_a_400_and_not_a_crash(small: Served) -> None:
    for sent in (b"\x16\x03\x01\x02\x00\x01\n\n", b"FOO / HTTP/1.1\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET\r\n\r\n"):
        with raw(small) as connection:
            connection.sendall(sent)
            assert read_all(connection).startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    broken = b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    with raw(small) as connection:
        connection.sendall(broken)
        assert read_all(connection).split()[1] == b"400"


def test_a_client_that_leaves_takes_its_request_with_it(small: Served) -> None:
    with raw(small) as connection:
        connection.sendall(b"POST /v1/models/fake:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\n" + BODY)
        time.sleep(0.1)
    time.sleep(0.2)
    assert small.records[-1].status == 499


def test_a_server_that_ends_answers_what_runs_and_takes_no_more() -> None:
    replies: list[tuple[int, str | None]] = []
    with serving(FakeModels(seconds=0.5)) as running:
        idle = raw(running)

        def ask() -> None:
            connection = http.client.HTTPConnection("127.0.0.1", running.rest, timeout=10)
            with contextlib.closing(connection):
                connection.request("POST", "/v1/models/fake:predict", BODY)
                answer = connection.getresponse()
                replies.append((len(json.loads(answer.read())["predictions"]), answer.getheader("Connection")))

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.2)
        start = time.monotonic()
    assert time.monotonic() - start < 3
    asking.join()
    assert replies == [(1, "close")]
    assert running.models.stopped
    assert idle.recv(10) == b""
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        raw(running)
