import asyncio
import contextlib
import http.client
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import Ended, call

from bert_keras import TextClassifier, serving
from bert_keras.serving.server import (
    ModelSettings,
    RequestRecord,
    ServerSettings,
    ServingError,
    VersionEvent,
    VersionStatus,
)
from pipelines.serve.log import EventLines, RequestLines, line_of
from pipelines.serve.reloading import follow
from pipelines.serve.summary import summary


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def export(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    serving.export(classifier, folder)
    return folder


class Running:
    """The program, in a process of its own."""

    def __init__(self, *flags: object) -> None:
        self.rest, self.grpc = free_port(), free_port()
        ports = ["--rest_api_port", str(self.rest), "--port", str(self.grpc)]
        command = [sys.executable, "-m", "pipelines.serve", *ports, *map(str, flags)]
        self.lines: list[str] = []
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def wait_for(self, pattern: str) -> str:
        """The first line that fits a pattern."""
        for _ in range(600):
            for line in list(self.lines):
                if re.search(pattern, line):
                    return line
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError("".join(self.lines))

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, object]:
        connection = http.client.HTTPConnection("127.0.0.1", self.rest, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        status = self.process.wait(30)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


@pytest.fixture(scope="module")
def running(export: Path) -> Iterator[Running]:
    server = Running("--model_name", "tiny", "--model_base_path", export)
    try:
        server.wait_for("Ctrl-C ends it")
        yield server
        assert server.end(signal.SIGTERM) == 0
        assert "ending: no new requests; those that run are answered\n" in server.lines
    finally:
        server.process.kill()


def test_a_model_is_served_and_answers_as_in_python(running: Running, classifier: TextClassifier) -> None:
    texts = ["the film was good", "not good", "café!"]
    status, answer = running.ask("POST", "/v1/models/tiny:predict", {"instances": texts})
    assert status == 200
    assert isinstance(answer, dict)
    for found, wanted in zip(answer["predictions"], classifier.classify(texts), strict=True):
        assert found["label"] == wanted.label
        assert found["probabilities"] == pytest.approx(list(wanted.probabilities.values()), abs=1e-5)


def test_errors_have_the_words_of_the_graph(running: Running) -> None:
    status, answer = running.ask("POST", "/v1/models/tiny:predict", {"inputs": "a"})
    assert (status, "EnsureShape" in str(answer) or "shape" in str(answer).lower()) == (400, True)
    assert running.ask("POST", "/v1/models/none:predict", {"instances": ["a"]})[0] == 404


def test_what_is_served_where_is_told_with_a_command_to_try(running: Running) -> None:
    told = "".join(running.lines)
    assert re.search(r"^tiny 1  loads …\ntiny 1  is served after \d+\.\d s$", told, re.MULTILINE)
    assert f"    http://127.0.0.1:{running.rest}/v1/models/tiny:predict\n" in told
    assert f"gRPC   127.0.0.1:{running.grpc}\n" in told
    command = running.wait_for("^  curl ").strip()
    ended = subprocess.run(["sh", "-c", f"{command} -s"], capture_output=True, text=True, check=False, timeout=60)
    assert '"predictions"' in ended.stdout


def test_a_request_has_one_line_without_its_text(running: Running) -> None:
    running.ask("POST", "/v1/models/tiny:predict", {"instances": ["a secret", "two"]})
    assert re.match(
        r"\d\d:\d\d:\d\d  POST /v1/models/tiny:predict  200  2 rows  \d+\.\d ms\n$", running.wait_for("2 rows")
    )
    assert not [line for line in running.lines if "secret" in line]


def test_versions_that_come_and_go_are_told(running: Running, export: Path) -> None:
    shutil.copytree(export / "1", export / "aside")
    version = (export / "aside").rename(export / "2")
    running.wait_for("^tiny 2  is served")
    assert running.ask("GET", "/v1/models/tiny/versions/2")[0] == 200
    version.rename(export / "aside")
    running.wait_for("^tiny 2  is gone")


def told(tmp_path: Path, *flags: object) -> Ended:
    return call("serve", *flags, cwd=tmp_path)


MISTAKES = [
    ([], "error: one of --model_base_path and --model_config_file must be given. Received: None and None"),
    (
        ["--model_base_path", "none"],
        "error: --model_base_path must be an existing folder with versions in it, as NAME/1",
    ),
    (["--model_base_path", "gs://a/b"], "error: --model_base_path must be a folder of this machine"),
    (["--model_base_path", ".", "--model_name", "a/b"], "error: --model_name must be a name without '/' and ':'"),
    (["--model_config_file", "none"], "error: none: cannot be read (No such file or directory)"),
    (["--model_config_file", "bad"], "error: bad: no ModelServerConfig in protobuf's text format: line 1:1"),
    (["--model_config_file", "bad", "--model_name", "a"], "error: --model_config_file names the models"),
    (["--model_base_path", ".", "--port", "0"], "error: --port must be a port, 1 to 65535. Received: 0"),
    (["--model_base_path", ".", "--rest_api_port", "8500"], "error: --port and --rest_api_port must differ"),
    (["--model_base_path", ".", "--rest_api_port", "0", "--ui"], "error: --ui is served on the port of REST"),
    (["--model_base_path", ".", "--max_rows", "0"], "error: --max_rows must be 1 or above. Received: 0"),
    (["--model_base_path", ".", "--drain_seconds", ".inf"], "error: --drain_seconds must be 0 or above. Received: inf"),
    (["--model_base_path", ".", "--batching_parameters_file", "bad"], "error: --batching_parameters_file needs"),
    (
        ["--model_base_path", ".", "--monitoring_config_file", "bad"],
        "error: bad: no MonitoringConfig in protobuf's text format",
    ),
    (["--model_base_path", ".", "--ssl_config_file", "bad"], "error: bad: no SSLConfig in protobuf's text format"),
    (
        ["--model_base_path", ".", "--enable_batchin"],
        "error: no option --enable_batchin; did you mean --enable_batching?",
    ),
]


@pytest.mark.parametrize(("flags", "message"), MISTAKES)
def test_a_mistake_is_told_in_one_line(tmp_path: Path, flags: list[str], message: str) -> None:
    (tmp_path / "bad").write_text("}")
    ended = told(tmp_path, *flags)
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)
    assert ended.err.startswith(message)


def test_a_port_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        for flag, another in (("--port", "--rest_api_port"), ("--rest_api_port", "--port")):
            ended = told(tmp_path, "--model_base_path", ".", flag, port, another, free_port())
            assert (ended.status, ended.err.count("\n")) == (2, 1)
            assert ended.err.startswith(f"error: 127.0.0.1:{port} cannot be listened on (Address already in use)")


def test_flags_of_tensorflow_serving_without_effect_are_taken_with_a_word(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = told(tmp_path, "--model_base_path", ".", "--port", port, "--rest_api_num_threads", 4)
    assert (ended.status, ended.out) == (2, "--rest_api_num_threads has no effect here\n")


def test_names_of_flags_are_those_of_tensorflow_serving(tmp_path: Path) -> None:
    ended = told(tmp_path, "--model_base_path", ".", "--print_config")
    names = [line.partition(":")[0] for line in ended.out.splitlines()]
    assert names[:16] == [
        "model_base_path",
        "model_name",
        "model_config_file",
        "model_config_file_poll_wait_seconds",
        "port",
        "rest_api_port",
        "host",
        "file_system_poll_wait_seconds",
        "max_num_load_retries",
        "load_retry_interval_micros",
        "allow_version_labels_for_unavailable_models",
        "enable_batching",
        "batching_parameters_file",
        "rest_api_timeout_in_ms",
        "monitoring_config_file",
        "ssl_config_file",
    ]


class Reloading:
    """A server that notes which models it is told to serve."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []

    async def reload(self, models: list[ModelSettings]) -> None:
        if not models[0].labels:
            self.told.append([model.name for model in models])
        else:
            raise ServingError(9, "no such version")


def test_changes_of_the_list_of_models_are_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, server = tmp_path / "models.config", Reloading()
    entry = f'model_config_list {{ config {{ name: "NAME" base_path: "{tmp_path}" MORE }} }}'

    async def change() -> None:
        models = [ModelSettings("one", str(tmp_path))]
        file.write_text(entry.replace("NAME", "one").replace("MORE", ""))
        following = asyncio.create_task(follow(str(file), models, server, 0.01))  # type: ignore[arg-type]
        labels = 'version_labels { key: "a" value: 1 }'
        for text in (file.read_text(), "{", entry.replace("MORE", ""), entry.replace("MORE", labels)):
            file.write_text(text)
            await asyncio.sleep(0.1)
        following.cancel()

    asyncio.run(change())
    assert server.told == [["NAME"]]
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert "no ModelServerConfig" in lines[0] and lines[0].endswith("; the models stay as they are")
    assert lines[1:] == [
        f"{file}: 1 model from now on",
        f"{file}: no such version; the models stay as they are",
    ]


def test_paths_in_the_log_are_data() -> None:
    record = RequestRecord("REST", "GET", "/\x1b[31m" + "é" * 200, status=404, seconds=0.0012)
    line = line_of(record, "12:00:00")
    assert line.startswith("12:00:00  GET '/\\x1b[31m\\xe9")
    assert (line.count("\n"), len(line) < 170, line.endswith("  404  1.2 ms\n")) == (1, True, True)
    called = RequestRecord("GRPC", "Predict", "tiny", status=3, rows=1, seconds=0.1)
    assert line_of(called, "12:00:00") == "12:00:00  gRPC Predict tiny  INVALID_ARGUMENT  1 row  100.0 ms\n"


def test_a_version_that_is_broken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    EventLines().tell(VersionEvent("tiny", VersionStatus(3, "END", 3, "no graph\n\tin it [bold]")))
    EventLines().tell(VersionEvent("tiny", VersionStatus(3, "UNLOADING")))
    assert capsys.readouterr().out == "tiny 3  is not served: no graph in it [bold]\n"


class Empty:
    """Models without a version."""

    def find(self, name: str) -> None:
        raise ServingError(5, f"Servable not found for request: Latest({name})")


def test_the_files_of_the_page_have_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    lines = RequestLines(on=True)
    for path, status in (("/", 200), ("/ui/main.js", 200), ("/ui/none.js", 404)):
        lines.add(RequestRecord("REST", "GET", path, status=status))
    lines.write()
    assert [line.split("  ")[1] for line in capsys.readouterr().out.splitlines()] == ["GET /", "GET /ui/none.js"]


def test_the_summary_has_the_address_of_the_page() -> None:
    for ui in (False, True):
        lines = summary([], Empty(), ServerSettings(rest_api_port=8080, ui=ui))  # type: ignore[arg-type]
        assert ("page   http://127.0.0.1:8080/\n" in lines) is ui


def test_the_summary_tells_of_what_is_open_and_what_is_missing() -> None:
    settings = ServerSettings(host="0.0.0.0", rest_api_port=0)
    lines = summary([ModelSettings("a", "/models/a")], Empty(), settings)  # type: ignore[arg-type]
    assert "  a  no version yet; looked for in /models/a\n" in lines
    assert "open to other machines: anyone who reaches these ports can use the models\n" in lines
    assert "REST" not in lines and "gRPC   127.0.0.1:8500" in lines
