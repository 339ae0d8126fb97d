"""The start of TensorBoard within this process."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tensorboard import program

from bert_keras.errors import InputError
from bert_keras.tensorboard_plugin import PLUGIN_NAME
from bert_keras.tensorboard_plugin.live import Live
from bert_keras.tensorboard_plugin.loader import AttentionLoader

from ..console.consoles import console


def tab_link(run: str, header: Mapping[str, Any]) -> str:
    """Returns the part of TensorBoard's address that opens a record in the Attention tab.

    Args:
        run: The name of the run in TensorBoard.
        header: The header of the record.

    Returns:
        The part from "#" on, with run, text and view: a reader's answer, or a classifier's text.
    """
    view = "text" if header["answer"] is None else "answer"
    state = {"run": run, "tag": header["name"], "view": view}
    return f"#{PLUGIN_NAME}" + "".join(
        f"&p.{PLUGIN_NAME}.{key}={quote(value.encode('utf-8', 'replace'), safe='')}" for key, value in state.items()
    )


def open_tensorboard(logdir: Path, port: int, link: str = f"#{PLUGIN_NAME}", live: Live | None = None) -> None:
    """Starts TensorBoard and waits until Ctrl-C.

    Args:
        logdir: The log folder to show.
        port: The port to listen on; 0 means any free one.
        link: The part of the address that opens a record; see `tab_link`.
        live: The model that answers texts typed into the tab; `None` for no text box.

    Raises:
        InputError: The port is in use.
    """
    from tensorboard import default  # loads all plugins

    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    plugins = [plugin for plugin in default.get_plugins() if plugin is not AttentionLoader]
    tensorboard = program.TensorBoard(plugins=[*plugins, AttentionLoader(live)])
    tensorboard.configure(
        argv=[None, f"--logdir={logdir}", f"--port={port}", "--load_fast=false", "--reload_interval=5"]
    )
    try:
        address = tensorboard.launch()
    except program.TensorBoardServerException as error:
        raise InputError(f"TensorBoard cannot start: {error}; choose another --port, 0 for any free one") from error
    console.print(f"\nTensorBoard  {address}{link}  (Ctrl-C ends it)")
    while True:
        time.sleep(3600)
