import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
from chromium import Requests, forget
from selenium.webdriver import Chrome
from tensorboard_process import TensorBoard

from bert_keras.insight.embedding_set import EmbeddingSet
from bert_keras.insight.projector import write_projector

POINTS = 60
ODD = ("", "tab\there", "line\nhere", "<img src=x onerror=document.title='owned'>", "שלום", "🙂", '"quoted"', "#hash")
PATIENCE = 40  # seconds until a set is there
# The projector's elements are in nested shadow trees.
FIND = """const find = (root, name) => [...root.querySelectorAll("*")].reduce((found, each) =>
  found ?? (each.localName === name ? each : each.shadowRoot && find(each.shadowRoot, name)), null);
const panel = find(document, "vz-projector-data-panel"), projector = find(document, "vz-projector");
"""


def sets() -> list[EmbeddingSet]:
    """Returns sets of few and of many dimensions, with odd texts and two classes."""
    random = np.random.default_rng(0)
    labels = ["good" if place % 2 else "bad" for place in range(POINTS)]
    texts = [ODD[place % len(ODD)] for place in range(POINTS)]
    columns = {"text": texts, "label": labels, "probability": random.random(POINTS).tolist()}

    def of(name: str, dimensions: int, group: str) -> EmbeddingSet:
        return EmbeddingSet(
            name, random.normal(size=(POINTS, dimensions)).astype(np.float32), columns, colour="label", group=group
        )

    return [
        of("[CLS] after layer 1", 16, "sentences"),
        of("[CLS] after layer 2", 300, "sentences"),
        of("words", 8, "vocabulary"),
    ]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projector") / "log"
    write_projector(folder / "embeddings", sets())
    return folder


class Asked:
    """The browser's requests, collected while a test waits for them."""

    def __init__(self, browser: Chrome) -> None:
        forget(browser)
        self._browser = browser
        self.addresses: list[str] = []
        self.failed: list[str] = []

    def until(self, there: Callable[[], object]) -> None:
        """Waits until a condition holds."""
        ends = time.monotonic() + PATIENCE
        while True:
            found = Requests(self._browser)
            self.addresses += [unquote(address) for address in found.addresses]
            self.failed += found.failed
            if there():
                return
            assert not self.failed and time.monotonic() < ends, (self.failed, self.addresses)
            time.sleep(0.2)

    def has(self, route: str, run: str, name: str) -> bool:
        """Returns whether a route was requested for a set."""
        return any(f"/{route}?run={run}&name={name}" in address for address in self.addresses)


def ask(browser: Chrome, code: str, *arguments: str) -> Any:
    """Runs JavaScript that has the projector as `projector` and its data panel as `panel`."""
    return browser.execute_script(FIND + code, *arguments)


def enter(browser: Chrome) -> None:
    """Enters the tab's frame and the projector's own within; TensorBoard may show another one while it starts."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        browser.switch_to.default_content()
        for _ in range(2):
            if frames := [frame for frame in browser.find_elements("css selector", "iframe") if frame.is_displayed()]:
                browser.switch_to.frame(frames[0])
        if ask(browser, "return Boolean(panel?.runNames?.length)"):
            return
        time.sleep(0.2)
    raise AssertionError("the projector did not open")


def test_the_projector_loads_every_set_with_no_failed_request(browser: Chrome, logs: Path) -> None:
    with TensorBoard(logs) as running:
        asked = Asked(browser)
        browser.get(f"{running.address}#projector")
        enter(browser)
        runs = ask(browser, "return panel.runNames")
        assert runs == ["embeddings/sentences", "embeddings/vocabulary"]
        seen = []
        for run in runs:
            ask(browser, "panel.selectedRun = arguments[0]", run)
            asked.until(lambda run=run: ask(browser, "return panel.selectedTensor") and asked.has("tensor", run, ""))
            names = ask(browser, "return panel.tensorNames.map((each) => [each.name, each.shape])")
            for name, (points, dimensions) in names:
                ask(browser, "panel.selectedTensor = arguments[0]", name)
                for route in ("tensor", "metadata", "bookmarks"):
                    asked.until(lambda route=route, run=run, name=name: asked.has(route, run, name))
                asked.until(lambda shape=[points, dimensions]: ask(browser, "return projector.dataSet?.dim") == shape)
                assert points == POINTS
                time.sleep(0.5)  # it goes on by itself, and stumbles where the set is changed meanwhile
                seen.append(name.split(" - ")[0])
        assert sorted(seen) == ["[CLS] after layer 1", "[CLS] after layer 2", "words"]
        assert asked.failed == []
        origin = running.address
        assert [address for address in asked.addresses if not address.startswith(origin)] == []
        browser.switch_to.default_content()
        assert browser.title != "owned"
        browser.get("about:blank")
        assert running.messages() == []
