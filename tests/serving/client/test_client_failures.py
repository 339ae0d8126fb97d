"""What a client does when a server is not there, is busy, is slow, or answers what it should not."""

import asyncio
import contextlib
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from model_stand_ins import Refused, ServedModel, grpc_stand_in, rest_stand_in, scored, slow

from bert_keras import Regression
from bert_keras.errors import InputError, ServiceError
from bert_keras.serving import AsyncClient, Client, Tls
from bert_keras.serving.client import attempts
from bert_keras.serving.client.attempts import pause_after
from bert_keras.serving.client.steps import Failure

Connect = Callable[..., Any]
# Made by openssl for a hundred years: an authority, and a server and a client at 127.0.0.1 that it signed.
CERTIFICATES = Path(__file__).parent / "certificates"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0.001)


def failing(times: int, code: int, message: str) -> ServedModel:
    """A model that refuses the first requests, and then answers."""

    def run(signature: str, inputs: dict[str, list[Any]]) -> Any:
        if len(model.seen) <= times:
            raise Refused(code, message)
        return scored(signature, inputs)

    model = ServedModel(run)
    return model


@pytest.mark.parametrize("code", [8, 14])
def test_a_busy_server_is_asked_again(connected: Connect, code: int) -> None:
    model = failing(2, code, "the queue is full")
    assert connected(model, retries=2).classify(["abcd"]) == [Regression(1.0)]
    assert len(model.seen) == 3


def test_a_server_that_stays_busy_is_told_with_what_it_said(connected: Connect) -> None:
    model = failing(9, 14, "the queue\nis full")
    with pytest.raises(ServiceError, match=r"model m: the queue is full \(UNAVAILABLE after 3 tries\)") as raised:
        connected(model, retries=2).classify(["a"])
    assert (len(model.seen), raised.value.code) == (3, "UNAVAILABLE")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "name"), [(3, "INVALID_ARGUMENT"), (4, "DEADLINE_EXCEEDED"), (5, "NOT_FOUND"), (13, "INTERNAL")]
)
def test_a_refused_request_is_not_repeated(connected: Connect, code: int, name: str) -> None:
    model = failing(1, code, "Servable not found for request: Latest(m)")
    with pytest.raises(ServiceError, match=rf"Servable not found for request: Latest\(m\) \({name}\)\. ") as raised:
        connected(model).classify(["a"])
    assert (len(model.seen), raised.value.code) == (1, name)


def test_a_request_that_is_too_large_for_a_batch_says_what_to_set(connected: Connect) -> None:
    model = failing(1, 3, "Task size 32 is larger than maximum input batch size 16")
    with pytest.raises(ServiceError, match="Lower the client's max_batch_size to the server's. It is 32"):
        connected(model).classify(["a"])


def test_an_error_in_a_later_request_fails_the_call(connected: Connect) -> None:
    def run(signature: str, inputs: dict[str, list[Any]]) -> Any:
        if inputs["text"] == ["b"]:
            raise Refused(3, "no b")
        return scored(signature, inputs)

    with pytest.raises(ServiceError, match="no b"):
        connected(ServedModel(run), max_batch_size=1).classify(["a", "b", "c"])


def test_an_answer_that_is_late_ends_at_the_time_limit(connected: Connect) -> None:
    client = connected(ServedModel(slow(1.0)), timeout=0.2)
    begun = time.monotonic()
    with pytest.raises(ServiceError, match="DEADLINE_EXCEEDED.*Raise timeout") as raised:
        client.classify(["a"])
    assert time.monotonic() - begun < 0.9
    assert raised.value.code == "DEADLINE_EXCEEDED"


def test_a_deadline_holds_for_all_requests_of_a_call(connected: Connect) -> None:
    model = ServedModel(slow(0.1))
    client = connected(model, max_batch_size=1)
    begun = time.monotonic()
    with pytest.raises(ServiceError, match="DEADLINE_EXCEEDED"):
        client.classify(["a"] * 50, deadline=0.35)
    assert time.monotonic() - begun < 2
    assert 1 < len(model.seen) < 6


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_is_not_there_is_told_with_its_usual_port(scheme: str) -> None:
    said = r"UNAVAILABLE after 2 tries\)\. Is the server running.*850"
    with (
        Client(f"{scheme}://127.0.0.1:{free_port()}", "m", retries=1) as client,
        pytest.raises(ServiceError, match=said) as raised,
    ):
        client.classify(["a"])
    assert raised.value.code == "UNAVAILABLE"


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_a_server_that_starts_late_is_waited_for(scheme: str) -> None:
    model, port = ServedModel(scored), free_port()
    served = {"http": rest_stand_in, "grpc": grpc_stand_in}[scheme]

    def later() -> None:
        time.sleep(0.3)
        with served(model, port=port):
            done.wait(10)

    done = threading.Event()
    thread = threading.Thread(target=later)
    thread.start()
    with Client(f"{scheme}://127.0.0.1:{port}", "m") as client:
        client.wait_until_ready(10)
        assert client.classify(["abcd"]) == [Regression(1.0)]
    done.set()
    thread.join()


def test_a_model_that_loads_is_waited_for(connected: Connect) -> None:
    model = ServedModel(scored, states=[(1, "LOADING", 0, "")])
    client = connected(model)
    threading.Timer(0.4, lambda: model.states.__setitem__(0, (1, "AVAILABLE", 0, ""))).start()
    begun = time.monotonic()
    client.wait_until_ready(10)
    assert time.monotonic() - begun > 0.3
    client.wait_until_ready(0.1)


def test_a_model_that_is_not_ready_in_time_is_told_with_its_state(connected: Connect) -> None:
    with pytest.raises(ServiceError, match="not ready within 0.6 s: version 1 LOADING"):
        connected(ServedModel(scored, states=[(1, "LOADING", 0, "")])).wait_until_ready(0.6)
    with pytest.raises(ServiceError, match="not ready within 0.6 s: Could not find any versions of model m"):
        connected(ServedModel(scored, states=[])).wait_until_ready(0.6)


def test_a_version_that_cannot_be_loaded_is_told_at_once(connected: Connect) -> None:
    begun = time.monotonic()
    with pytest.raises(ServiceError, match="version 1 cannot be loaded: no such op"):
        connected(ServedModel(scored, states=[(1, "END", 9, "no such op")])).wait_until_ready(10)
    assert time.monotonic() - begun < 5


def test_a_label_is_waited_for(connected: Connect) -> None:
    model = ServedModel(scored, labels=())
    client = connected(model, label="canary")
    with pytest.raises(ServiceError, match="Unrecognized servable version label"):
        client.wait_until_ready(0.3)
    model.labels = ("canary",)
    client.wait_until_ready(1)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_request_whose_connection_breaks_is_sent_again(asynchronous: bool) -> None:
    def run(signature: str, inputs: dict[str, list[Any]]) -> Any:
        if len(model.seen) == 1:
            raise ConnectionAbortedError
        return scored(signature, inputs)

    model = ServedModel(run)
    with rest_stand_in(model) as address:
        assert classified(address, asynchronous) == [Regression(1.0)]
    assert len({seen.connection for seen in model.seen}) == 2


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            404,
            b"<HTML><BODY> <H1>Not Found</H1>",
            r"HTTP 404 Not Found, not TF Serving's JSON: <HTML><BODY> <H1>.*NOT_",
        ),
        (200, b"hello", "answered with another JSON than TF Serving does: 'hello'"),
        (200, b'{"predictions": [{"score": 1.0}]', "answered with another JSON"),
        (200, b'{"predictions": 3}', "no list of rows"),
        (200, b'{"predictions": [{"score": 1.0, "tokens": 1}, {"score": 2.0}]}', "rows of different outputs"),
        (200, b'{"predictions": [{"score": [1.0], "tokens": 1}, {"score": [], "tokens": 1}]}', "different shapes"),
        (200, b'{"predictions": [{"score": {"b64": "aa"}, "tokens": 1}]}', "what is no tensor: dict"),
        (200, b'{"predictions": [{"score": "1.0", "tokens": 1}]}', "score of type object"),
        (200, b'{"predictions": [{"score": NaN, "tokens": 1}]}', "not finite"),
        (200, b'{"predictions": [{"score": 1e39, "tokens": 1}]}', "not finite"),
        (200, b'{"predictions": [{"score": 1.0, "tokens": 99999999999999999999}]}', "beyond 64 bits"),
        (200, b'{"predictions": [{"score": 1.0, "tokens": 1}, {"score": 1.0, "tokens": 1}]}', "answered 1 rows with"),
        (302, b"", "HTTP 302 Found, not TF Serving's JSON: nothing .HTTP 302"),
        (413, b'{"error": "body of 9 bytes"}', r"body of 9 bytes \(OUT_OF_RANGE\)"),
    ],
)
def test_an_answer_that_no_model_gives_is_an_error(asynchronous: bool, status: int, body: bytes, said: str) -> None:
    with fixed(status, body) as address, pytest.raises(ServiceError, match=said):
        classified(address, asynchronous)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_an_answer_that_trickles_in_ends_at_the_time_limit_too(asynchronous: bool) -> None:
    class Trickling(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            with contextlib.suppress(OSError):
                for _ in range(40):
                    time.sleep(0.05)
                    self.request.sendall(b" ")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Trickling) as server:
        server.daemon_threads = True
        threading.Thread(target=server.handle_request).start()
        begun = time.monotonic()
        with pytest.raises(ServiceError, match="no answer within 0.3 s .DEADLINE_EXCEEDED"):
            classified(f"http://127.0.0.1:{server.server_address[1]}", asynchronous, timeout=0.3)
        assert time.monotonic() - begun < 1.2


def test_a_server_may_say_how_long_to_wait() -> None:
    with fixed(503, b'{"error": "later"}', {"Retry-After": "1"}) as address:
        begun = time.monotonic()
        with pytest.raises(ServiceError, match="later .UNAVAILABLE after 2 tries"):
            classified(address, False, retries=1)
    assert time.monotonic() - begun >= 1


def test_pauses_grow_up_to_a_limit_and_are_not_all_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "_FIRST_PAUSE", 0.1)
    busy = Failure("UNAVAILABLE", "")
    for tries, longest in ((1, 0.1), (2, 0.2), (4, 0.8), (40, 5.0)):
        pauses = {pause_after(tries, busy) for _ in range(50)}
        assert len(pauses) > 10
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest
    assert pause_after(1, Failure("UNAVAILABLE", "", 7.0)) == 7.0


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_an_encrypted_connection_needs_a_certificate_that_is_trusted(scheme: str) -> None:
    trusted = Tls(authorities=str(CERTIFICATES / "authority.pem"))
    with encrypted(scheme, mutual=False) as address:
        with Client(address, "m", tls=trusted) as client:
            assert client.classify(["abcd"]) == [Regression(1.0)]
        with Client(address, "m", retries=0) as client, pytest.raises(ServiceError):
            client.classify(["abcd"])


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_a_client_shows_its_own_certificate(scheme: str) -> None:
    own = Tls(*(str(CERTIFICATES / name) for name in ("authority.pem", "client.pem", "client.key")))
    with encrypted(scheme, mutual=True) as address:
        assert asyncio.run(classified_async(address, tls=own)) == [Regression(1.0)]
        with Client(address, "m", tls=Tls(own.authorities), retries=0) as client, pytest.raises(ServiceError):
            client.classify(["abcd"])


@pytest.mark.parametrize(
    ("address", "settings", "said"),
    [
        ("localhost:8501", {}, "schemes are http, https, grpc, grpcs"),
        ("http://", {}, "expected an address such as"),
        ("http://x:99999", {}, "Port out of range"),
        ("http://user:secret@x", {}, "without credentials"),
        ("grpc://x/path", {}, "over gRPC an address has no path"),
        (None, {}, "expected an address such as"),
        ("http://x", {"model": ""}, "model must be a name"),
        ("http://x", {"model": "a/b"}, "model must be a name"),
        ("http://x", {"version": -1}, "version must be a whole number"),
        ("http://x", {"version": True}, "version must be a whole number"),
        ("http://x", {"version": 1, "label": "a"}, "one of them alone"),
        ("http://x", {"timeout": 0}, "timeout must be a number of seconds above 0"),
        ("http://x", {"timeout": float("inf")}, "timeout must be a number of seconds above 0"),
        ("http://x", {"max_batch_size": 0}, "max_batch_size must be"),
        ("http://x", {"retries": 1.5}, "retries must be"),
        ("http://x", {"tls": Tls()}, "unless the scheme is https or grpcs"),
        ("https://x", {"tls": Tls("no_such_file.pem")}, "certificates cannot be read"),
        ("grpcs://x", {"tls": Tls("no_such_file.pem")}, "certificates cannot be read"),
    ],
)
def test_a_wrong_setting_is_an_input_error(address: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        Client(address, **({"model": "m"} | settings))
    assert "secret" not in str(raised.value)


def test_a_certificate_goes_with_its_key() -> None:
    with pytest.raises(InputError, match="certificate goes with its key"):
        Tls(certificate="client.pem")


def test_calls_at_once_are_answered_each_with_its_own() -> None:
    async def many(address: str) -> list[Any]:
        async with AsyncClient(address, "m", max_batch_size=2) as client:
            return await asyncio.gather(*(client.classify(["x" * n, "y" * n * 2]) for n in range(20)))

    def mixed(signature: str, inputs: dict[str, list[Any]]) -> Any:
        time.sleep(0.02 * np.random.default_rng(len(inputs["text"][0])).random())
        return scored(signature, inputs)

    for served in (rest_stand_in, grpc_stand_in):
        with served(ServedModel(mixed)) as address:
            answers = asyncio.run(many(address))
        assert [[answer.score * 4 for answer in both] for both in answers] == [[n, 2 * n] for n in range(20)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def classified(address: str, asynchronous: bool, **settings: Any) -> Any:
    if asynchronous:
        return asyncio.run(classified_async(address, **settings))
    with Client(address, "m", **settings) as client:
        return client.classify(["abcd"])


async def classified_async(address: str, **settings: Any) -> Any:
    async with AsyncClient(address, "m", **settings) as client:
        return await client.classify(["abcd"])


def fixed(status: int, body: bytes, headers: dict[str, str] | None = None) -> Any:
    """A server that answers everything with the same."""
    return rest_stand_in(ServedModel(), fixed=(status, body, headers or {}))


def encrypted(scheme: str, mutual: bool) -> Any:
    """A server with the tests' certificate, which may ask clients for theirs."""
    authority, certificate, key = (CERTIFICATES / name for name in ("authority.pem", "server.pem", "server.key"))
    if scheme == "grpcs":
        pair = (key.read_bytes(), certificate.read_bytes())
        return grpc_stand_in(
            ServedModel(scored), grpc.ssl_server_credentials([pair], authority.read_bytes() if mutual else None, mutual)
        )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.load_cert_chain(certificate, key)
    context.verify_mode = ssl.CERT_REQUIRED if mutual else ssl.CERT_NONE
    return rest_stand_in(ServedModel(scored), tls=context)
