"""Writes small logs for the Attention tab, whole or with something wrong, without a model."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_BLOB_SEQUENCE, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.summary.writer.record_writer import RecordWriter

from bert_keras.event_files.writer import EventWriter
from bert_keras.tensorboard_plugin import FILE_SUFFIX, PLUGIN_NAME

LAYERS, HEADS, TOKENS = 3, 2, 4


def header(**changes: Any) -> dict[str, Any]:
    """What a header needs so that the server takes it for one."""
    pieces = ["[CLS]", "größe", "🙂", "[SEP]"]
    return {"version": 1, "name": "a text", "layers": LAYERS, "heads": HEADS, "tokens": {"pieces": pieces}} | changes


def layers(seed: int = 0) -> list[bytes]:
    """Attention of all layers, each other than the others."""
    return [np.random.default_rng([seed, layer]).bytes(HEADS * TOKENS * TOKENS) for layer in range(LAYERS)]


def blobs(seed: int = 0, **changes: Any) -> list[bytes]:
    """A whole record."""
    return [json.dumps(header(**changes), ensure_ascii=False).encode(), *layers(seed)]


def write(folder: Path, records: Sequence[tuple[int, str, list[bytes]]]) -> None:
    """Writes records, tuples (step, tag, blobs), into one run."""
    writer = EventWriter(folder, FILE_SUFFIX)
    for step, tag, octets in records:
        writer.blobs(step, tag, PLUGIN_NAME, octets)


def write_tensor(folder: Path, tag: str, tensor: TensorProto) -> None:
    """Writes whatever tensor as if it were a record."""
    metadata = SummaryMetadata(
        plugin_data=SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME), data_class=DATA_CLASS_BLOB_SEQUENCE
    )
    value = Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "events.out.tfevents.1").open("wb") as file:
        RecordWriter(file).write(Event(wall_time=1, file_version="brain.Event:2").SerializeToString())
        RecordWriter(file).write(Event(wall_time=2, step=0, summary=Summary(value=[value])).SerializeToString())
