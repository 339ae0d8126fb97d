import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attention_logs import blobs, layers, write
from tensorboard.plugins import base_plugin
from tensorboards import StartedTensorBoard, started

from bert_keras.tensorboard_plugin import PLUGIN_NAME
from bert_keras.tensorboard_plugin.plugin import STATIC, AttentionPlugin
from bert_keras.tensorboard_plugin.train_neighbours import row_key

# TensorBoard leaves the process of its fast loader to itself.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
RUN, TAG = "größe/a run", "a text, with <b>&=#?</b>"
_LISTED = [
    ("examples", {}),
    ("header", {"run": RUN, "tag": TAG, "step": 10}),
    ("layer", {"run": RUN, "tag": TAG, "step": 0, "layer": 1}),
    ("header", {"run": RUN, "tag": TAG, "step": 11}),
    ("index.js", {}),
]


@pytest.fixture(scope="module", params=[True, False], ids=["fast", "slow"])
def board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedTensorBoard]:
    folder = tmp_path_factory.mktemp("log")
    write(folder / RUN, [(0, TAG, blobs(0)), (0, "other", blobs(5)), (10, TAG, blobs(1)), (2**40, TAG, blobs(2))])
    write(folder / "second", [(3, TAG, blobs(3))])
    (folder / "größe" / "predictions.jsonl").write_text('{"text": "a <b>", "gold": "x", "label": "y"}\n')
    with started(folder, request.param, 2) as server:
        yield server


def test_the_tab_is_found_and_active_without_configuration(board: StartedTensorBoard) -> None:
    listed = json.loads(board.get("/data/plugins_listing").data)[PLUGIN_NAME]
    assert listed["tab_name"] == "Attention"
    assert listed["enabled"]
    assert listed["loading_mechanism"] == {"type": "IFRAME", "module_path": f"/data/plugin/{PLUGIN_NAME}/index.js"}


def test_its_page_names_no_address_but_its_own_folder(board: StartedTensorBoard) -> None:
    page = board.get("/data/plugin_entry.html", name=PLUGIN_NAME).text
    assert 'import("./index.js")' in page
    assert f'<base href="plugin/{PLUGIN_NAME}/" />' in page


def test_every_file_of_the_page_is_served_with_its_type(board: StartedTensorBoard) -> None:
    paths = list(STATIC.rglob("*.js"))
    assert len({path.parent for path in paths}) > 5
    for path in paths:
        answer = board.ask(f"/{path.relative_to(STATIC).as_posix()}")
        assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
        assert answer.data == path.read_bytes()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert "no-cache" in board.ask("/examples").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/../plugin.py",
        "/..%2fplugin.py",
        "/%2e%2e/loader.py",
        "/static/index.js",
        "/nothing.js",
        "/",
        "/views",
        "/views/heads/",
        "/views/heads/nothing.js",
        "/views/view.js",
        "/views/heads/../heads/view.js",
        "/views/heads/../../../plugin.py",
        "/views%2fheads/..%2f../../plugin.py",
        "/views//heads/view.js",
    ],
)
def test_no_other_file_can_be_had(board: StartedTensorBoard, path: str) -> None:
    assert board.ask(path).status_code == 404


def test_the_routes_are_the_files_and_five_of_data() -> None:
    routes = AttentionPlugin(base_plugin.TBContext()).get_plugin_apps()
    files = {f"/{path.relative_to(STATIC).as_posix()}" for path in STATIC.rglob("*") if path.is_file()}
    assert set(routes) == files | {"/examples", "/header", "/layer", "/neighbours", "/rows"}
    assert not [route for route in routes if "*" in route]  # TensorBoard takes "/*" at the end for everything below


def test_examples_are_listed_by_run_tag_and_step(board: StartedTensorBoard) -> None:
    examples = board.examples()
    assert examples["problems"] == []
    steps = {
        run: {tag: [step["step"] for step in of] for tag, of in tags.items()} for run, tags in examples["runs"].items()
    }
    assert steps == {RUN: {TAG: [0, 10, 2**40], "other": [0]}, "second": {TAG: [3]}}
    every = [step for tags in examples["runs"].values() for of in tags.values() for step in of]
    assert all(step["layers"] == 3 and step["wall_time"] > 1e9 for step in every)


def test_the_rows_that_a_run_has_predicted_come_from_the_folder_of_its_training(board: StartedTensorBoard) -> None:
    answer = board.ask("/rows", run=RUN)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert json.loads(answer.data)["rows"] == [["", "a <b>", None, "x", "y", None, True, row_key("a <b>", None)]]
    assert "has no predictions.jsonl below the log folder" in board.error("/rows", 404, run="second")
    for run in ("größe", "../..", "", f"{RUN}/../.."):
        assert "there is no run" in board.error("/rows", 404, run=run)


def test_a_header_comes_as_it_was_written(board: StartedTensorBoard) -> None:
    answer = board.ask("/header", run=RUN, tag=TAG, step=10)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.data == blobs(1)[0]


@pytest.mark.parametrize(("run", "step", "seed"), [(RUN, 0, 0), (RUN, 10, 1), (RUN, 2**40, 2), ("second", 3, 3)])
def test_layers_come_as_they_were_written(board: StartedTensorBoard, run: str, step: int, seed: int) -> None:
    answers = [board.ask("/layer", run=run, tag=TAG, step=step, layer=layer) for layer in range(3)]
    assert [answer.data for answer in answers] == layers(seed)
    assert {answer.mimetype for answer in answers} == {"application/octet-stream"}


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("/header", {}, 400, "Missing: run, tag, step"),
        ("/header", {"run": RUN, "tag": TAG}, 400, "Missing: step"),
        ("/header", {"run": RUN, "tag": TAG, "step": "ten"}, 400, "step is a whole number. Received: 'ten'"),
        ("/header", {"run": RUN, "tag": TAG, "step": "9" * 5_000}, 400, "step is a whole number"),
        ("/header", {"run": "nowhere", "tag": TAG, "step": 0}, 404, "there is no run “nowhere” with texts. Runs are"),
        (
            "/header",
            {"run": "second", "tag": "other", "step": 0},
            404,
            f"run “second” has no text “other”. It has {TAG}",
        ),
        ("/header", {"run": RUN, "tag": TAG, "step": 11}, 404, f"has steps 0, 10, {2**40}. Received: 11"),
        ("/layer", {"run": RUN, "tag": TAG, "step": 10}, 400, "layer is a whole number. Received: 'none'"),
        (
            "/layer",
            {"run": RUN, "tag": TAG, "step": 10, "layer": 3},
            404,
            "has 3 layers, numbered from 0. Received: layer 3",
        ),
        (
            "/layer",
            {"run": RUN, "tag": TAG, "step": 10, "layer": -1},
            404,
            "has 3 layers, numbered from 0. Received: layer -1",
        ),
    ],
)
def test_what_is_not_there_is_said_with_what_to_do(
    board: StartedTensorBoard, path: str, query: dict[str, Any], status: int, said: str
) -> None:
    assert said in board.error(path, status, **query)


def test_nothing_is_written_into_tensorboards_log(
    board: StartedTensorBoard, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.WARNING):  # below it TensorBoard tells how long everything took
        for path, query in _LISTED:
            board.ask(f"/{path}", **query)
    assert caplog.messages == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
def test_the_tab_works_behind_a_path_prefix(tmp_path: Path, fast: bool) -> None:
    write(tmp_path / "run", [(0, TAG, blobs())])
    with started(tmp_path, fast, 1, path_prefix="/some/prefix") as board:
        listed = json.loads(board.get("/data/plugins_listing").data)[PLUGIN_NAME]
        assert listed["loading_mechanism"]["module_path"] == f"/some/prefix/data/plugin/{PLUGIN_NAME}/index.js"
        assert board.ask("/layer", run="run", tag=TAG, step=0, layer=2).data == layers()[2]


def test_the_tab_waits_where_nothing_was_logged(tmp_path: Path) -> None:
    with started(tmp_path, False, 0) as board:
        assert not json.loads(board.get("/data/plugins_listing").data)[PLUGIN_NAME]["enabled"]
        assert board.examples() == {"runs": {}, "problems": []}
        assert "Runs are none" in board.error("/header", 404, run="a", tag="b", step=0)


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
def test_what_a_resumed_training_took_back_is_gone(tmp_path: Path, fast: bool) -> None:
    write(tmp_path / "run", [(0, TAG, blobs(0)), (5, TAG, blobs(1)), (9, TAG, blobs(2))])
    write(tmp_path / "run", [(5, TAG, blobs(3)), (7, TAG, blobs(4))])
    with started(tmp_path, fast, 1) as board:
        assert [step["step"] for step in board.examples()["runs"]["run"][TAG]] == [0, 5, 7]
        assert board.ask("/layer", run="run", tag=TAG, step=5, layer=0).data == layers(3)[0]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "slow"])
def test_all_of_a_hundred_steps_are_kept(tmp_path: Path, fast: bool) -> None:
    write(tmp_path / "run", [(step, TAG, blobs(step)) for step in range(100)])
    with started(tmp_path, fast, 1) as board:
        assert [step["step"] for step in board.examples()["runs"]["run"][TAG]] == list(range(100))
