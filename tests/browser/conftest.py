"""One browser and one TensorBoard for all tests of the views; each test finds both without anything left of the one before."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attention_tab import AttentionTab
from chromium import complaints, forget, start_chromium
from made_logs import write_log
from selenium.webdriver import Chrome
from tensorboard_process import TensorBoard


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the browser saves files."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory, downloads: Path) -> Iterator[Chrome]:
    """The browser of all tests."""
    browser = start_chromium(tmp_path_factory.mktemp("chromium"), downloads)
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Chrome) -> Iterator[Chrome]:
    """The browser, on an empty page; a test that made it complain fails."""
    chromium.get("about:blank")
    forget(chromium)
    yield chromium
    assert complaints(chromium) == []


@pytest.fixture(scope="session")
def tensorboard(tmp_path_factory: pytest.TempPathFactory, chromium: Chrome) -> Iterator[TensorBoard]:
    """TensorBoard on the log of `made_logs`; it may have said nothing in the end."""
    folder = tmp_path_factory.mktemp("tensorboard") / "log"
    write_log(folder)
    with TensorBoard(folder) as running:
        _await(running, lambda runs: "512 tokens" in runs.get("long", {}))
        yield running
    assert running.messages() == []


@pytest.fixture
def tab(browser: Chrome, tensorboard: TensorBoard) -> AttentionTab:
    """The Attention tab's page."""
    return AttentionTab.of(browser, tensorboard.address)


def _await(tensorboard: TensorBoard, there: Callable[[dict[str, Any]], bool]) -> None:
    """Waits until TensorBoard has read what was logged."""
    for _ in range(200):
        if there(json.loads(tensorboard.get("data/plugin/bert_keras_attention/examples"))["runs"]):
            return
        time.sleep(0.2)
    raise AssertionError("TensorBoard has not read the log")
