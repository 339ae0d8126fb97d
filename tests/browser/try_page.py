"""Drives the page of `bert-keras serve --ui` as a user does."""

import time
from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.remote.webelement import WebElement

_PATIENCE = 40  # seconds until something is shown


class TryPage:
    """The page at a model.

    Args:
        browser: The browser that opens the page.
        address: The address of the server.
    """

    def __init__(self, browser: Chrome, address: str) -> None:
        self.browser, self.address = browser, address

    def open(self, model: str) -> None:
        """Loads the page, with a model chosen."""
        self.browser.get("about:blank")
        self.browser.get(f"{self.address}#model={model}")
        self.wait(lambda: self.text("main h2") == model)

    def wait(self, condition: Callable[[], Any]) -> Any:
        """Waits until a condition holds, and returns what it returned."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                if found := condition():
                    return found
            except (NoSuchElementException, StaleElementReferenceException):
                pass
            assert time.monotonic() < end, self.text("body")
            time.sleep(0.05)

    def find(self, selector: str) -> WebElement:
        return self.browser.find_element("css selector", selector)

    def all(self, selector: str) -> list[WebElement]:
        return self.browser.find_elements("css selector", selector)

    def text(self, selector: str) -> str:
        """The text of an element, as it is shown."""
        return self.find(selector).text

    def texts(self, selector: str) -> list[str]:
        return [found.text for found in self.all(selector)]

    def requests(self, path: str) -> int:
        """The number of answered requests for a path since the page was loaded, as the browser counts them.

        The log of the server tells later: it has a line once the answer is out.
        """
        found = "performance.getEntriesByType('resource').filter(({name}) => name.endsWith(arguments[0]))"
        count: int = self.browser.execute_script(f"return {found}.length", path)
        return count

    def type(self, name: str, text: str) -> None:
        """Types into the box of an input; chromedriver types no code point above U+FFFF, so it is pasted."""
        self.paste(f"input-{name}", text)

    def paste(self, identity: str, text: str, change: str = "") -> None:
        """Replaces the text of a box; JavaScript can change it for what a Python string does not bring there."""
        script = (
            f"const box = document.getElementById(arguments[0]); box.value = arguments[1]{change};"
            "box.dispatchEvent(new Event('input'))"
        )
        self.browser.execute_script(script, identity, text)

    def press(self, label: str) -> None:
        """Presses the button with a label."""

        def pressed() -> bool:
            (button,) = [found for found in self.all("button") if found.text == label]
            button.click()
            return True

        self.wait(pressed)  # an answer to what was typed may replace the buttons meanwhile

    def predict(self, label: str = "Predict", **texts: str) -> None:
        """Fills in the form, sends it, and waits for the answer."""
        for name, text in texts.items():
            self.type(name, text)
        self.press(label)
        self.wait(lambda: self.find(".outcome:not([aria-busy]) > :not(.spoken) > *"))

    def answers(self, rows: str, change: str = "") -> list[list[str]]:
        """Pastes a table, sends it, and returns the cells of the results."""
        self.find("#tab-1").click()
        self.paste("table", rows, change)
        self.press("Predict all")
        self.wait(lambda: "Download csv" in self.texts("button"))
        script = (
            "return [...document.querySelectorAll('tbody tr')].map((row) =>"
            "[...row.querySelectorAll('td')].map((cell) => cell.innerText.toWellFormed()))"
        )
        cells: list[list[str]] = self.browser.execute_script(script)
        return cells
