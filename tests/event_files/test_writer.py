import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from small_disk import files_of_at_most
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_BLOB_SEQUENCE, DATA_CLASS_TENSOR
from tensorboard.util.tensor_util import make_ndarray

from bert_keras.errors import TrainingError
from bert_keras.event_files.writer import EventWriter


def accumulated(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return events


def test_blobs_come_back_as_they_were_with_plugin_and_class(tmp_path: Path) -> None:
    blobs = [b"", b"\0\xff\0", "größer".encode()]
    EventWriter(tmp_path).blobs(7, "a/tag", "some_plugin", blobs, description="what it is")
    events = accumulated(tmp_path)
    (event,) = events.Tensors("a/tag")
    assert event.step == 7
    assert make_ndarray(event.tensor_proto).tolist() == blobs
    metadata = events.SummaryMetadata("a/tag")
    assert (metadata.plugin_data.plugin_name, metadata.data_class) == ("some_plugin", DATA_CLASS_BLOB_SEQUENCE)
    assert metadata.summary_description == "what it is"


def test_one_blob_is_a_sequence_as_well(tmp_path: Path) -> None:
    EventWriter(tmp_path).blobs(0, "tag", "some_plugin", [b"abc"])
    (event,) = accumulated(tmp_path).Tensors("tag")
    assert make_ndarray(event.tensor_proto).tolist() == [b"abc"]


def test_tensorflow_itself_reads_what_was_written(tmp_path: Path) -> None:
    blob = np.random.default_rng(0).bytes(300_000)
    EventWriter(tmp_path).blobs(3, "tag", "some_plugin", [blob, b"end"])
    (file,) = tmp_path.iterdir()
    events = [Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(file))]
    assert list(events[-1].summary.value[0].tensor.string_val) == [blob, b"end"]


def test_much_is_written_without_delay(tmp_path: Path) -> None:
    blobs = [
        bytes(1_769_472)
    ] * 12  # the attention of BERT-base at 384 tokens; TensorBoard's checksum alone would take seconds
    begin = time.process_time()  # of this process alone, whatever else the machine is busy with
    EventWriter(tmp_path).blobs(0, "tag", "some_plugin", blobs)
    assert time.process_time() - begin < 1.5


def test_a_histogram_counts_values_between_its_edges(tmp_path: Path) -> None:
    EventWriter(tmp_path).histogram(4, "spread", np.array([[0.0, 1.0, 1.0], [3.0, np.nan, np.inf]]))
    events = accumulated(tmp_path)
    (event,) = events.Tensors("spread")
    table = make_ndarray(event.tensor_proto)
    assert table.shape == (30, 3)
    np.testing.assert_allclose(table[:, 1] - table[:, 0], 0.1)
    assert (table[0, 0], table[-1, 1]) == (0.0, 3.0)
    places = [0, 10, 29]  # 1.0 is the left edge of the eleventh
    assert table[places, 2].tolist() == [1, 2, 1]
    assert table[:, 2].sum() == 4
    metadata = events.SummaryMetadata("spread")
    assert (metadata.plugin_data.plugin_name, metadata.data_class) == ("histograms", DATA_CLASS_TENSOR)


@pytest.mark.parametrize("values", [[], [np.nan]])
def test_a_histogram_of_no_number_is_empty(tmp_path: Path, values: list[float]) -> None:
    EventWriter(tmp_path).histogram(4, "spread", np.array(values))
    (event,) = accumulated(tmp_path).Tensors("spread")
    assert not make_ndarray(event.tensor_proto).any()


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path)
    with files_of_at_most(1000), pytest.raises(TrainingError, match="File too large"):
        writer.blobs(0, "tag", "some_plugin", [bytes(2000)])
    assert not list(tmp_path.iterdir())
    writer.blobs(0, "tag", "some_plugin", [b"abc"])
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    with files_of_at_most(1000), pytest.raises(TrainingError, match="File too large"):
        writer.blobs(1, "tag", "some_plugin", [bytes(2000)])
    assert path.read_bytes() == whole  # without the part of an event that there was room for


def test_writing_needs_no_tensorflow(tmp_path: Path) -> None:
    code = (
        "import sys; from bert_keras.event_files.writer import EventWriter; writer = EventWriter(sys.argv[1]);"
        "writer.blobs(0, 'tag', 'some_plugin', [b'abc']); writer.histogram(0, 'spread', __import__('numpy').ones(3));"
        "writer.scalars(0, {'loss': 1.0}); assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0
    assert accumulated(tmp_path).Tags()["tensors"] == ["tag", "spread", "loss"]
