import base64
import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from attention_logs import blobs, layers, write
from tensorboards import StartedTensorBoard, started

from bert_keras.tensorboard_plugin.live import MOST_CHARACTERS, Live
from bert_keras.tensorboard_plugin.loader import AttentionLoader


class Model:
    """Takes note of what it is asked, and answers with a record."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.at_once, self._running = 0, 0

    def predict(self, first: str, second: str | None, heads: Sequence[tuple[int, int]]) -> str:
        """Predicts what it was asked."""
        return f"{first}, {second}, {len(heads)} heads off"

    def __call__(self, first: str, second: str | None, heads: Sequence[tuple[int, int]], whole: bool) -> list[bytes]:
        """Answers; a text with "wrong" in it is a mistake of the user."""
        if "wrong" in first:
            raise ValueError("the text is wrong")
        self._running += 1
        self.at_once = max(self.at_once, self._running)
        threading.Event().wait(0.02)
        self._running -= 1
        self.asked.append((first, second, list(heads), whole))
        return blobs(1)


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def board(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedTensorBoard]:
    folder = tmp_path_factory.mktemp("log")
    write(folder / "run", [(0, "tag", blobs(0))])
    with started(folder, False, 1, plugin=AttentionLoader(Live(model.predict, model, "pair"))) as server:
        yield server


def test_a_typed_text_is_answered_with_its_record(board: StartedTensorBoard, model: Model) -> None:
    asked = {"first": "größe <b>", "second": None, "without": [[1, 0], [2, 3]], "what": "whole"}
    answer = board.send("/look", asked)
    assert answer.status_code == 200
    told = json.loads(answer.data)
    assert told["header"] == json.loads(blobs(1)[0])
    assert [base64.b64decode(layer) for layer in told["layers"]] == layers(1)
    assert model.asked[-1] == ("größe <b>", None, [(1, 0), (2, 3)], True)
    assert board.examples()["live"] == "pair"


def test_the_label_alone_comes_without_a_record(board: StartedTensorBoard, model: Model) -> None:
    before = len(model.asked)
    answer = board.send("/look", {"first": "a", "second": "b", "without": [[0, 0]], "what": "label"})
    assert json.loads(answer.data) == {"said": "a, b, 1 heads off"}
    assert len(model.asked) == before


def test_the_model_has_one_text_at_a_time(board: StartedTensorBoard, model: Model) -> None:
    before = len(model.asked)
    threads = [threading.Thread(target=board.send, args=("/look", {"first": f"{number}"})) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(model.asked) - before, model.at_once) == (5, 1)


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        ({"first": "wrong"}, 400, "the text is wrong"),
        ({"first": 1}, 400, "first is a text"),
        ({"first": "a", "second": []}, 400, "second a text or null"),
        ([], 400, "no JSON object"),
        ({"first": "a", "without": [[1, -1]]}, 400, "heads are"),
        ({"first": "a", "without": [[1, True]]}, 400, "heads are"),
        ({"first": "a", "without": "1.1"}, 400, "heads are"),
        ({"first": "a", "what": "all"}, 400, "label, quick or whole"),
        ({"first": "a" * MOST_CHARACTERS, "second": "b"}, 413, "10,000 characters"),
        ({"first": "a" * 200_000}, 413, "10,000 characters"),
    ],
)
def test_what_is_no_text_is_refused(board: StartedTensorBoard, asked: Any, status: int, message: str) -> None:
    answer = board.send("/look", asked)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    assert message in json.loads(answer.data)["error"]


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"method": "GET"}, 405),
        ({"content_type": "text/plain"}, 405),  # what a form of another page can send
        ({"base_url": "http://evil.example:6006"}, 403),  # a name that another page had point here
        ({"headers": {"Origin": "http://evil.example"}}, 403),
        ({"headers": {"Origin": "http://localhost:7000"}}, 403),
        ({"headers": {"Origin": "null"}}, 403),
    ],
    ids=str,
)
def test_another_page_cannot_ask(board: StartedTensorBoard, model: Model, how: dict[str, Any], status: int) -> None:
    before = len(model.asked)
    assert board.send("/look", {"first": "a"}, **how).status_code == status
    assert len(model.asked) == before


def test_a_tensorboard_without_a_model_has_no_such_route(tmp_path: Path) -> None:
    write(tmp_path / "run", [(0, "tag", blobs(0))])
    with started(tmp_path, False, 1) as server:
        assert server.send("/look", {"first": "a"}).status_code == 404
        assert "live" not in server.examples()
