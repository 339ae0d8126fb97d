"""The start of TensorBoard within this process."""

import logging
import time
from pathlib import Path

from tensorboard import program

from bert_keras.errors import InputError

from ..console.consoles import console


def open_tensorboard(logdir: Path, port: int) -> None:
    """Starts TensorBoard and waits until Ctrl-C.

    Args:
        logdir: The log folder to show.
        port: The port to listen on; 0 means any free one.

    Raises:
        InputError: The port is in use.
    """
    logging.getLogger("tensorboard").setLevel(logging.ERROR)
    tensorboard = program.TensorBoard()
    tensorboard.configure(
        argv=[None, f"--logdir={logdir}", f"--port={port}", "--load_fast=false", "--reload_interval=5"]
    )
    try:
        address = tensorboard.launch()
    except program.TensorBoardServerException as error:
        raise InputError(f"TensorBoard cannot start: {error}; choose another --port, 0 for any free one") from error
    console.print(f"\nTensorBoard  {address}#bert_keras_attention  (Ctrl-C ends it)")
    while True:
        time.sleep(3600)
