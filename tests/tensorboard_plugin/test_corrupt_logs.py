import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from attention_logs import blobs, header, layers, write, write_tensor
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_FLOAT, DT_STRING
from tensorboards import StartedTensorBoard, started

from bert_keras.tensorboard_plugin import PLUGIN_NAME

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
_WHOLE = blobs()
# Records with something wrong, and what is said of them.
_HEADERS: dict[str, tuple[list[bytes], str]] = {
    "no JSON": ([b"\xff\xfe\0", *layers()], "its header cannot be read"),
    "no header": ([b"", *layers()], "its header cannot be read"),
    "a list": ([b"[1, 2]", *layers()], "its header cannot be read"),
    "a null": ([b"null", *layers()], "its header cannot be read"),
    "not a number": ([_WHOLE[0].replace(b'"version"', b'"x": NaN, "version"'), *layers()], "its header cannot be read"),
    "a tower": ([b"[" * 200_000, *layers()], "its header cannot be read"),
    "no tokens": ([b'{"version": 1}', *layers()], "its header cannot be read"),
    "UTF-16": ([json.dumps(header()).encode("utf-16"), *layers()], "its header cannot be read"),
    "version 2": (blobs(version=2), "written by another version of bert_keras (2, not 1)"),
    "too few layers": (_WHOLE[:-1], "says 3 layers, and has 2"),
    "too many layers": ([*_WHOLE, b""], "says 3 layers, and has 4"),
    "layers in words": (blobs(layers="three"), "says 'three' layers, and has 3"),
    "heads in words": (blobs(heads="two"), "is damaged"),
}
_LAYERS: dict[str, tuple[list[bytes], str]] = {
    "short": ([*_WHOLE[:2], _WHOLE[2][:-1], _WHOLE[3]], "has 31 octets, where 2 heads of 4 tokens take 32"),
    "long": ([*_WHOLE[:2], _WHOLE[2] * 2, _WHOLE[3]], "has 64 octets, where 2 heads of 4 tokens take 32"),
    "empty": ([*_WHOLE[:2], b"", _WHOLE[3]], "has 0 octets, where 2 heads of 4 tokens take 32"),
    "many heads": (blobs(heads=10**30), "has 32 octets, where 1000000000000000000000000000000 heads"),
}


def _shape(*sizes: int) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])


_TENSORS = {
    "floats": TensorProto(dtype=DT_FLOAT, tensor_shape=_shape(3), float_val=[1, 2, 3]),
    "promises": TensorProto(dtype=DT_STRING, tensor_shape=_shape(2**40), string_val=[b"{}"]),
    "one blob": TensorProto(dtype=DT_STRING, tensor_shape=_shape(1), string_val=[b"{}"]),
    "nothing": TensorProto(dtype=DT_STRING, tensor_shape=_shape(0)),
    "a scalar": TensorProto(dtype=DT_STRING, tensor_shape=_shape(), string_val=[b"{}"]),
    "a table": TensorProto(dtype=DT_STRING, tensor_shape=_shape(2, 2), string_val=[*_WHOLE]),
    "less than none": TensorProto(dtype=DT_STRING, tensor_shape=_shape(-5), string_val=[b"{}"]),
}


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "slow"])
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedTensorBoard]:
    folder = tmp_path_factory.mktemp("log")
    write(folder / "whole", [(0, "text", _WHOLE)])
    write(folder / "damaged", [(0, tag, octets) for tag, (octets, _) in (_HEADERS | _LAYERS).items()])
    write(folder / "cut", [(0, "text", _WHOLE), (1, "text", blobs(1))])
    (file,) = (folder / "cut").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    for tag, tensor in _TENSORS.items():
        write_tensor(folder / "foreign" / tag, tag, tensor)
    with started(folder, request.param, 3 + len(_TENSORS)) as server:
        yield server


def test_what_is_whole_is_shown_beside_what_is_not(board: StartedTensorBoard) -> None:
    runs = board.examples()["runs"]
    assert [step["step"] for step in runs["whole"]["text"]] == [0]
    assert board.ask("/header", run="whole", tag="text", step=0).data == _WHOLE[0]
    assert board.ask("/layer", run="whole", tag="text", step=0, layer=1).data == _WHOLE[2]


def test_of_a_file_that_was_cut_off_the_steps_before_are_there(board: StartedTensorBoard) -> None:
    assert [step["step"] for step in board.examples()["runs"]["cut"]["text"]] == [0]
    assert board.ask("/layer", run="cut", tag="text", step=0, layer=2).data == _WHOLE[3]


@pytest.mark.parametrize("tag", _HEADERS)
def test_a_header_that_cannot_be_read_is_told_so(board: StartedTensorBoard, tag: str) -> None:
    for path, more in (("/header", {}), ("/layer", {"layer": 1})):
        said = board.error(path, 400, run="damaged", tag=tag, step=0, **more)
        assert f"“{tag}” of run “damaged” at step 0" in said
        assert _HEADERS[tag][1] in said
        assert "write it again, or delete its file from the log folder" in said


@pytest.mark.parametrize("tag", _LAYERS)
def test_a_layer_of_another_size_than_the_header_says_is_not_handed_out(board: StartedTensorBoard, tag: str) -> None:
    said = board.error("/layer", 400, run="damaged", tag=tag, step=0, layer=1)
    assert f"“{tag}” of run “damaged” at step 0 is damaged: layer 1 " in said
    assert _LAYERS[tag][1] in said


@pytest.mark.parametrize("tag", _TENSORS)
def test_what_another_program_wrote_is_refused_and_harms_nothing(board: StartedTensorBoard, tag: str) -> None:
    query: dict[str, Any] = {"run": f"foreign/{tag}", "tag": tag, "step": 0}
    for path, more in (("/header", {}), ("/layer", {"layer": 1})):
        answer = board.ask(path, **query, **more)
        assert answer.status_code in (400, 404)
        assert json.loads(answer.data)["error"]


def test_tags_without_attention_are_named_among_the_problems(board: StartedTensorBoard) -> None:
    examples = board.examples()
    assert "foreign/one blob" not in examples["runs"]
    assert any(
        "“one blob” of run “foreign/one blob” holds no text with its attention" in problem
        for problem in examples["problems"]
    )


def test_other_tabs_and_the_log_are_left_alone(
    board: StartedTensorBoard, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.WARNING):
        examples = board.examples()
        for run, tags in examples["runs"].items():
            for tag in tags:
                board.ask("/header", run=run, tag=tag, step=0)
                board.ask("/layer", run=run, tag=tag, step=0, layer=0)
    assert caplog.messages == []
    assert capfd.readouterr().err == ""
    listed = json.loads(board.get("/data/plugins_listing").data)
    assert listed[PLUGIN_NAME]["enabled"]
    assert board.get("/data/plugin/scalars/tags").status_code == 200
