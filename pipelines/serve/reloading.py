"""Follows changes of the list of models while the server runs."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bert_keras.errors import InputError

from ..console.consoles import console

if TYPE_CHECKING:
    from bert_keras.serving.server import ModelSettings, Server


async def follow(path: str, models: "Sequence[ModelSettings]", server: "Server", seconds: float) -> None:
    """Reads the list again and again, and has the server take each change, until it is cancelled.

    Args:
        path: The `--model_config_file`.
        models: The models that were read from it.
        server: The server.
        seconds: The time between two looks.
    """
    from bert_keras.serving.server import ServingError, read_model_list

    known, said = list(models), ""
    while True:
        await asyncio.sleep(seconds)
        try:
            read = read_model_list(path)
            if read == known:
                continue
            await server.reload(read)
            known, line = read, f"{path}: {len(read)} model{'s' if len(read) > 1 else ''} from now on"
        except InputError as error:
            line = f"{error}; the models stay as they are"
        except ServingError as error:
            line = f"{path}: {error.message}; the models stay as they are"
        if line != said:  # a fault is told once, not at each look
            console.print(line)
        said = line
