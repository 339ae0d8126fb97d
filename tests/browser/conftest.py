"""One browser and one TensorBoard for all tests of the views; each test finds both without anything left of the one before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import complaints, forget, start_chromium
from selenium.webdriver import Chrome


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
