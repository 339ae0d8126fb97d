from pathlib import Path

import pytest
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_BLOB_SEQUENCE
from tensorboard.util.tensor_util import make_ndarray

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import attention
from bert_keras.insight.attention_log import AttentionLog
from bert_keras.insight.record import Record, make_record
from bert_keras.tensorboard_plugin import PLUGIN_NAME


@pytest.fixture(scope="module")
def record(classifier: TextClassifier) -> Record:
    return make_record(attention(classifier, "the film was good"), name="a text", methods=(), masked=False)


def accumulated(folder: Path) -> EventAccumulator:
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    events.Reload()
    return events


def test_records_are_read_as_they_were_written_each_with_its_step(tmp_path: Path, record: Record) -> None:
    log = AttentionLog(tmp_path / "run")
    sizes = [log.write(step, "text", record) for step in (0, 5)]
    events = accumulated(tmp_path / "run")
    for event, size, step in zip(events.Tensors("text"), sizes, (0, 5), strict=True):
        blobs = make_ndarray(event.tensor_proto).tolist()
        assert event.step == step
        assert blobs == record.at(step).blobs()
        assert sum(map(len, blobs)) == size
    metadata = events.SummaryMetadata("text")
    assert (metadata.plugin_data.plugin_name, metadata.data_class) == (PLUGIN_NAME, DATA_CLASS_BLOB_SEQUENCE)


def test_several_texts_share_a_step_and_stand_beside_curves(tmp_path: Path, record: Record) -> None:
    log = AttentionLog(tmp_path)
    log.write(2, "first", record)
    log.write(2, "second", record)
    log.events.scalars(2, {"curve": 1.0})
    assert accumulated(tmp_path).Tags()["tensors"] == ["first", "second", "curve"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_step_below_the_last_is_told_before_tensorboard_drops_records(tmp_path: Path, record: Record) -> None:
    log = AttentionLog(tmp_path)
    log.write(7, "first", record)
    with pytest.raises(InputError, match=r"in the order of their steps.* Received: step 6 after 7"):
        log.write(6, "second", record)
    assert accumulated(tmp_path).Tags()["tensors"] == ["first"]


def test_nothing_is_made_before_the_first_record(tmp_path: Path) -> None:
    AttentionLog(tmp_path / "run")
    assert not (tmp_path / "run").exists()
