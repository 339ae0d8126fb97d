"""What a log folder holds for the Attention tab."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.util import tensor_util

from bert_keras.tensorboard_plugin import PLUGIN_NAME


def logged(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The headers of the records in a folder itself, by tag, each with its layers under "attention"."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for event in EventFileLoader(str(path)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    blobs = tensor_util.make_ndarray(value.tensor).tolist()
                    found.setdefault(value.tag, []).append(_read(blobs) | {"logged_at": event.step})
    return found


def _read(blobs: list[bytes]) -> dict[str, Any]:
    header = json.loads(blobs[0])
    tokens = len(header["tokens"]["pieces"])
    layers = [np.frombuffer(blob, np.uint8).reshape(header["heads"], tokens, tokens) for blob in blobs[1:]]
    assert len(layers) == header["layers"]
    return header | {"attention": [(layer / 255.0) ** 2 for layer in layers]}
