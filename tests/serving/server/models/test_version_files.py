import asyncio
import errno
import os
import shutil
from pathlib import Path

import pytest
import tensorflow as tf
from served_exports import write_warmup
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow_serving.apis import prediction_log_pb2

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.models.saved_model_head import read_head
from bert_keras.serving.server.models.version_files import check_files, find_versions, fingerprint, resting
from bert_keras.serving.server.models.warmup_records import WARMUP_FILE, warmup_requests


def test_the_head_is_what_the_whole_file_says(export: Path) -> None:
    (meta,) = saved_model_pb2.SavedModel.FromString((export / "saved_model.pb").read_bytes()).meta_graphs
    head = read_head(export)
    assert head.signatures == dict(meta.signature_def)
    assert head.restores
    assert check_files(export) == head


def test_the_graph_may_lie_anywhere_in_the_file_and_hold_anything(tmp_path: Path) -> None:
    saved = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    saved.meta_graphs.add().meta_info_def.tags.append("train")
    meta = saved.meta_graphs.add()
    meta.meta_info_def.tags.append("serve")
    meta.signature_def["s"].method_name = "m" * 300
    node = meta.graph_def.node.add(name="n", op="Const")
    node.attr["value"].tensor.tensor_content = b"\x12\x05VarH\x08\xff" * 5000
    meta.saver_def.restore_op_name = "restore"
    whole = saved.SerializeToString()
    (tmp_path / "saved_model.pb").write_bytes(whole)
    assert read_head(tmp_path).signatures == {"s": meta.signature_def["s"]}
    assert not read_head(tmp_path).restores
    # Protocol buffers may be joined: a second part of the graph behind all else.
    meta.graph_def.Clear()
    meta.graph_def.node.add(name="v", op="VarHandleOp")
    (tmp_path / "saved_model.pb").write_bytes(saved.SerializeToString())
    assert read_head(tmp_path).restores


@pytest.mark.parametrize("size", [0, 1, 100, 1000, -1])
def test_a_file_that_is_cut_off_is_refused(size: int, export: Path, tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes((export / "saved_model.pb").read_bytes()[:size])
    with pytest.raises(ServingError, match=r"saved_model\.pb (is no whole SavedModel|has no MetaGraph)"):
        read_head(tmp_path)


def test_a_missing_file_is_told_in_the_words_of_tensorflow(export: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ServingError, match="Could not find SavedModel .pb or .pbtxt at supplied export directory"
    ) as no:
        check_files(tmp_path)
    assert no.value.code == 5
    shutil.copy(export / "saved_model.pb", tmp_path)
    with pytest.raises(ServingError, match="copy the version under another name, and rename it when it is whole"):
        check_files(tmp_path)


def test_a_file_that_may_not_be_read_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, *mode: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ServingError, match=r"saved_model\.pb cannot be read: Permission denied$") as told:
        read_head(tmp_path)
    assert told.value.code == 7


def test_only_folders_named_by_a_number_are_versions(tmp_path: Path) -> None:
    for name in ("1", "007", "2.5", "-3", "x", "٣", str(2**63)):
        (tmp_path / name).mkdir()
    (tmp_path / "5").write_text("a file")
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "file").write_text("four")
    assert find_versions(tmp_path, {7}) == {1: (), 7: fingerprint(tmp_path / "7")}
    assert [name for name, size, _ in fingerprint(tmp_path / "7")] == ["file"]
    assert find_versions(tmp_path / "nothing", ()) is None


def test_a_folder_is_at_rest_once_nothing_is_written_whatever_times_a_copy_bears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bert_keras.serving.server.models.version_files._REST_SECONDS", 0.5)
    file = tmp_path / "file"

    async def write() -> None:
        for size in range(8):
            file.write_bytes(b"x" * size)
            os.utime(file, (1e9, 1e9))
            await asyncio.sleep(0.1)

    async def main() -> None:
        writer = asyncio.create_task(write())
        await asyncio.sleep(0)
        assert [size for _, size, _ in await resting(tmp_path)] == [7]
        await writer

    asyncio.run(main())


def test_warm_up_requests_are_read_without_tensorflow(tmp_path: Path) -> None:
    assert warmup_requests(tmp_path) == []
    write_warmup(tmp_path, ("", ["a", "b"]), ("token_ids", "c"))
    first, second = warmup_requests(tmp_path)
    assert list(first.inputs["text"].string_val) == [b"a", b"b"]
    assert second.model_spec.signature_name == "token_ids"
    file = tmp_path / WARMUP_FILE
    whole = file.read_bytes()
    for size in (len(whole) - 1, 5, 40):
        file.write_bytes(whole[:size])
        with pytest.raises(ServingError, match="is no whole TFRecord file of PredictionLogs"):
            warmup_requests(tmp_path)


def test_at_most_1000_warm_up_requests_are_taken_and_only_of_predict(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_warmup(tmp_path, *[("", "a")] * 1001)
    with pytest.raises(ServingError, match=r"Number of warmup records exceeds the maximum \(1000\)"):
        warmup_requests(tmp_path)
    log = prediction_log_pb2.PredictionLog()
    log.classify_log.request.model_spec.name = "m"
    with tf.io.TFRecordWriter(str(tmp_path / WARMUP_FILE)) as writer:
        writer.write(log.SerializeToString())
    assert warmup_requests(tmp_path) == []
    assert "records of classify_log are not replayed" in caplog.text
