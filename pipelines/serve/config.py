"""The options of `bert-keras serve`."""

import dataclasses
import math
from dataclasses import dataclass

from bert_keras.errors import InputError

from ..command_line.idle_options import Idle
from ..command_line.options import file_option, option
from ..command_line.program import Program

_DEFAULT_NAME = "default"  # TensorFlow Serving's
WITHOUT_EFFECT = (
    "rest_api_num_threads",
    "num_load_threads",
    "tensorflow_session_parallelism",
    "tensorflow_intra_op_parallelism",
    "tensorflow_inter_op_parallelism",
)
"""Flags of TensorFlow Serving that are taken, so that its command line starts this server too, and do nothing."""


@dataclass(frozen=True)
class ServeConfig:
    """Options of a server; those in the first groups are named, and mean, as in TensorFlow Serving.

    Args:
        model_base_path: Folder of an exported model, with its versions in it (NAME/1).
        model_name: Name of the model in requests.
        model_config_file: Text proto ModelServerConfig with several models, their versions and labels, instead of
            --model_name and --model_base_path.
        model_config_file_poll_wait_seconds: Seconds between looks for changes of --model_config_file; 0 for none.
        port: Port of gRPC.
        rest_api_port: Port of REST; 0 for none.
        host: Address to listen on: 0.0.0.0 lets other machines in.
        file_system_poll_wait_seconds: Seconds between looks for new and removed versions; 0 for a single look.
        max_num_load_retries: How often a version that does not load is tried again.
        load_retry_interval_micros: Microseconds between such tries.
        allow_version_labels_for_unavailable_models: Whether version_labels may name versions that are not loaded.
            Without it they are refused.
        enable_batching: Whether requests that wait at the same time run together.
        batching_parameters_file: Text proto BatchingParameters for --enable_batching.
        rest_api_timeout_in_ms: Milliseconds within which a model must answer a REST request; 0 for any.
        monitoring_config_file: Text proto MonitoringConfig, which turns the page of Prometheus metrics on.
        ssl_config_file: Text proto SSLConfig with the keys for TLS on the gRPC port. REST stays plain HTTP, as in
            TensorFlow Serving.
        ui: Whether the REST port serves, at /, a page to try the models in a browser.
        merge_waiting_requests: Whether requests that wait for the model anyway run together, also without
            --enable_batching.
        max_body_bytes: Largest request in bytes, inflated.
        max_rows: Most rows of a request.
        max_waiting_requests: Most requests that run or wait at once; more are answered by 503.
        max_connections: Most connections that are open at once, of REST and as many of gRPC.
        client_timeout_seconds: Seconds within which a client must send its request and take the answer.
        drain_seconds: Seconds that running requests have after Ctrl-C or SIGTERM.
        rest_api_num_threads: Taken without effect: requests share one event loop.
        num_load_threads: Taken without effect: each version loads in a process of its own, and blocks no other.
        tensorflow_session_parallelism: Taken without effect: the cores are shared among the requests that run.
        tensorflow_intra_op_parallelism: As tensorflow_session_parallelism.
        tensorflow_inter_op_parallelism: As tensorflow_session_parallelism.
        log_requests: Whether to print a line for each request: method, path, status, rows, milliseconds; never its
            text.
    """

    model_base_path: str | None = option("FOLDER", None)
    model_name: str = option("NAME", _DEFAULT_NAME)
    model_config_file: str | None = file_option(None)
    model_config_file_poll_wait_seconds: int = 0
    port: int = 8500
    rest_api_port: int = 8501
    host: str = option("ADDRESS", "127.0.0.1")
    file_system_poll_wait_seconds: int = 1
    max_num_load_retries: int = 5
    load_retry_interval_micros: int = 60_000_000
    allow_version_labels_for_unavailable_models: bool = False
    enable_batching: bool = False
    batching_parameters_file: str | None = file_option(None)
    rest_api_timeout_in_ms: int = 30_000
    monitoring_config_file: str | None = file_option(None)
    ssl_config_file: str | None = file_option(None)
    ui: bool = False
    merge_waiting_requests: bool = True
    max_body_bytes: int = 32 * 1024 * 1024
    max_rows: int = 10_000
    max_waiting_requests: int = 2000
    max_connections: int = 1000
    client_timeout_seconds: float = 60.0
    drain_seconds: float = 30.0
    log_requests: bool = True
    rest_api_num_threads: int | None = None
    num_load_threads: int | None = None
    tensorflow_session_parallelism: int | None = None
    tensorflow_intra_op_parallelism: int | None = None
    tensorflow_inter_op_parallelism: int | None = None

    def __post_init__(self) -> None:
        _check_ports(self)
        _check_numbers(self)
        if (self.model_base_path is None) == (self.model_config_file is None):
            raise InputError(
                "one of --model_base_path and --model_config_file must be given. Received: "
                f"{self.model_base_path!r} and {self.model_config_file!r}"
            )
        if self.ui and not self.rest_api_port:
            raise InputError("--ui is served on the port of REST. Received: --rest_api_port 0")
        if self.model_name != _DEFAULT_NAME and self.model_config_file is not None:
            raise InputError(
                f"--model_config_file names the models; leave --model_name out. Received: {self.model_name!r}"
            )
        if self.batching_parameters_file is not None and not self.enable_batching:
            raise InputError("--batching_parameters_file needs --enable_batching")


def _check_ports(config: ServeConfig) -> None:
    for name, lowest in (("port", 1), ("rest_api_port", 0)):
        value = getattr(config, name)
        if not lowest <= value <= 65535:
            raise InputError(f"--{name} must be a port, {lowest} to 65535. Received: {value}")
    if config.port == config.rest_api_port:
        raise InputError(f"--port and --rest_api_port must differ. Received: {config.port} for both")


def _check_numbers(config: ServeConfig) -> None:
    # Where TensorFlow Serving gives 0 a meaning, and these options too.
    may_be_zero = (
        "model_config_file_poll_wait_seconds",
        "file_system_poll_wait_seconds",
        "max_num_load_retries",
        "load_retry_interval_micros",
        "rest_api_timeout_in_ms",
        "drain_seconds",
    )
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if type(value) not in (int, float) or field.name in ("port", "rest_api_port", *WITHOUT_EFFECT):
            continue
        lowest = 0 if field.name in may_be_zero else 1 if type(value) is int else 0.001
        if not lowest <= value or not math.isfinite(value):
            raise InputError(f"--{field.name} must be {lowest} or above. Received: {value}")


# TensorFlow Serving takes them without a word, so that they are said here, and not refused.
IDLE = (
    Idle(
        ("model_config_file_poll_wait_seconds", "allow_version_labels_for_unavailable_models"),
        lambda config: config.model_config_file is None,
        "is about --model_config_file, and has no effect without it",
    ),
    Idle(
        ("monitoring_config_file", "rest_api_timeout_in_ms"),
        lambda config: not config.rest_api_port,
        "is about the port of REST, and has no effect without it",
    ),
)

PROGRAM = Program(
    name="serve",
    description=(
        "Serves exported models over REST and gRPC, with TensorFlow Serving's flags, paths, answers and messages: "
        "for development, tests and machines without Docker."
    ),
    config=ServeConfig,
    groups={
        "models": ("model_base_path", "model_name", "model_config_file", "model_config_file_poll_wait_seconds"),
        "addresses": ("port", "rest_api_port", "host"),
        "versions": (
            "file_system_poll_wait_seconds",
            "max_num_load_retries",
            "load_retry_interval_micros",
            "allow_version_labels_for_unavailable_models",
        ),
        "batching and time": ("enable_batching", "batching_parameters_file", "rest_api_timeout_in_ms"),
        "monitoring and TLS": ("monitoring_config_file", "ssl_config_file"),
        "page, limits and log; not in TensorFlow Serving": (
            "ui",
            "merge_waiting_requests",
            "max_body_bytes",
            "max_rows",
            "max_waiting_requests",
            "max_connections",
            "client_timeout_seconds",
            "drain_seconds",
            "log_requests",
        ),
        "taken from TensorFlow Serving's command lines": WITHOUT_EFFECT,
    },
    examples=(
        "serve --model_name reviews --model_base_path saved_models/reviews --ui",
        "serve --model_config_file models.config --rest_api_port 8080 --enable_batching",
    ),
    tensorflow=False,
)
