"""One browser and one TensorBoard for all tests of the views; nothing of one test is left for the next."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from attention_tab import AttentionTab
from chromium import complaints, forget, start_chromium
from made_logs import write_log
from selenium.webdriver import Chrome
from tensorboard_process import TensorBoard


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the browser saves files to."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory, downloads: Path) -> Iterator[Chrome]:
    """The browser, started once for all tests."""
    browser = start_chromium(tmp_path_factory.mktemp("chromium"), downloads)
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium: Chrome) -> Iterator[Chrome]:
    """The browser on an empty page; fails a test that causes a console message."""
    chromium.get("about:blank")
    forget(chromium)
    yield chromium
    assert complaints(chromium) == []


@pytest.fixture(scope="session")
def tensorboard(tmp_path_factory: pytest.TempPathFactory, chromium: Chrome) -> Iterator[TensorBoard]:
    """TensorBoard on the log of `made_logs`; fails if it has printed a message by the end."""
    folder = tmp_path_factory.mktemp("tensorboard") / "log"
    write_log(folder)
    with TensorBoard(folder) as running:
        running.await_run("long", "512 tokens")
        yield running
    assert running.messages() == []


@pytest.fixture
def tab(browser: Chrome, tensorboard: TensorBoard) -> AttentionTab:
    """The Attention tab's page."""
    return AttentionTab.of(browser, tensorboard.address)
