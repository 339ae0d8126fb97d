"""Serves exported models over REST and gRPC, with TensorFlow Serving's contract, until Ctrl-C or SIGTERM."""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bert_keras.serving import server as serving_server

from ..command_line.idle_options import said_of_idle
from ..command_line.run import run
from ..console.consoles import console
from .config import IDLE, PROGRAM, WITHOUT_EFFECT, ServeConfig
from .log import EventLines, RequestLines
from .reloading import follow
from .summary import summary

if TYPE_CHECKING:
    from bert_keras.serving.server import ModelSettings, ServerSettings
    from bert_keras.serving.server.models import ModelsOptions


def main(config: ServeConfig) -> None:
    """Serves the models, and returns when the server was told to end."""
    from bert_keras.serving.server.models import ModelsOptions  # reads messages of TensorFlow, which help does not need

    models = _models(config)
    settings = _settings(config)
    options = ModelsOptions(
        batching=config.enable_batching,
        batching_parameters_file=config.batching_parameters_file,
        poll_seconds=config.file_system_poll_wait_seconds,
        max_load_retries=config.max_num_load_retries,
        load_retry_seconds=config.load_retry_interval_micros / 1e6,
        labels_for_unavailable=config.allow_version_labels_for_unavailable_models,
        merge_waiting=config.merge_waiting_requests,
    )
    # A version that does not load has a line of its own.
    loading = logging.getLogger("bert_keras.serving.server.models.model_versions")
    loading.addFilter(lambda record: "does not load" not in record.getMessage())
    for name in WITHOUT_EFFECT:
        if getattr(config, name) is not None:
            console.print(f"--{name} has no effect here")
    for line in said_of_idle(config, IDLE):
        console.print(line)
    asyncio.run(_serve(config, models, settings, options))


def _models(config: ServeConfig) -> "list[ModelSettings]":
    if config.model_config_file is not None:
        return serving_server.read_model_list(config.model_config_file)
    assert config.model_base_path is not None
    return [serving_server.single_model(config.model_name, config.model_base_path)]


def _settings(config: ServeConfig) -> "ServerSettings":
    return serving_server.ServerSettings(
        host=config.host,
        port=config.port,
        rest_api_port=config.rest_api_port,
        limits=serving_server.Limits(
            body_bytes=config.max_body_bytes,
            rows=config.max_rows,
            waiting_requests=config.max_waiting_requests,
            connections=config.max_connections,
            client_seconds=config.client_timeout_seconds,
            rest_seconds=config.rest_api_timeout_in_ms / 1000,
            drain_seconds=config.drain_seconds,
        ),
        metrics_path=config.monitoring_config_file and serving_server.read_metrics_path(config.monitoring_config_file),
        credentials=config.ssl_config_file and serving_server.read_credentials(config.ssl_config_file),
        ui=config.ui,
    )


async def _serve(
    config: ServeConfig, models: "Sequence[ModelSettings]", settings: "ServerSettings", options: "ModelsOptions"
) -> None:
    """Starts the server, and drains it at the first signal; a second one ends the process."""
    from bert_keras.serving.server.models import open_models

    requests = RequestLines(config.log_requests)
    served = open_models(models, options)
    server = serving_server.Server(served, [model.name for model in models], settings, requests.add, EventLines().tell)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _end, told, number)
    background = [asyncio.create_task(requests.write_on())]
    try:
        starting = asyncio.create_task(server.start())
        waiting = asyncio.create_task(told.wait())
        await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not told.is_set():
            await starting
            console.print(summary(models, served, settings))
            if config.model_config_file is not None and config.model_config_file_poll_wait_seconds:
                seconds = config.model_config_file_poll_wait_seconds
                background.append(asyncio.create_task(follow(config.model_config_file, models, server, seconds)))
            await waiting
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
        console.print("ending: no new requests; those that run are answered")
    finally:
        await server.stop()
        for task in background:
            task.cancel()
        requests.write()


def _end(told: asyncio.Event, number: int) -> None:
    if told.is_set():
        os._exit(128 + number)
    told.set()


if __name__ == "__main__":
    run(PROGRAM, main)
