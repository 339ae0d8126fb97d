"""Whether and where metrics are served: TensorFlow Serving's `MonitoringConfig`."""

from typing import Any

from bert_keras.errors import InputError
from bert_keras.serving.server.config.messages import MonitoringConfig
from bert_keras.serving.server.config.text_protos import read_text_proto

DEFAULT_PATH = "/monitoring/prometheus/metrics"


def read_metrics_path(path: str) -> str | None:
    """Reads a `--monitoring_config_file`.

    Args:
        path: The file.

    Returns:
        The path of the page of metrics; `None` if they are off.

    Raises:
        InputError: The file cannot be read, or its path is none.
    """
    config: Any = read_text_proto(path, MonitoringConfig())
    prometheus = config.prometheus_config
    if not prometheus.enable:
        return None
    page = prometheus.path or DEFAULT_PATH
    if not page.startswith("/") or page.lower().startswith("/v1/"):
        raise InputError(f"{path}: path must begin with a slash, and not with /v1/. Received: {page!r}")
    return page
