"""Drives the Attention tab in a browser as a user does: opens a state, points, clicks, types, and reads pixels."""

import base64
import io
import json
import time
from collections.abc import Callable
from typing import Any, Self
from urllib.parse import quote

import matplotlib.image
import numpy as np
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.remote.webelement import WebElement

PLUGIN = "bert_keras_attention"
_PATIENCE = 40  # seconds until something is drawn
_PAGE = "window.bertKerasAttention"
# Finds the box around the first visible patch, in reading order, of places where `hit` finds a thing.
_FIND = """const [wanted, step] = arguments, {scene, view} = window.bertKerasAttention;
const {x, y, width, height} = scene.viewport, [columns, rows] = [width, height].map((side) => Math.floor(side / step));
const place = (column, row) => [x + (column + 0.5) * step, y + (row + 0.5) * step];
const equal = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const fits = (thing) => thing && Object.entries(wanted).every(([key, value]) => equal(thing[key], value));
const there = (column, row) => fits(view.hit(scene, ...place(column, row)));
let first = null;
for (let row = 0; row < rows && !first; row++)
  for (let column = 0; column < columns && !first; column++) if (there(column, row)) first = [column, row];
if (!first) return null;
let [left, top, right, bottom] = [...first, ...first];
while (right + 1 < columns && there(right + 1, top)) right++;
while (bottom + 1 < rows && there(left, bottom + 1)) bottom++;
return [...place(left, top), ...place(right, bottom)];"""
_THINGS = """const [step] = arguments, {scene, view} = window.bertKerasAttention;
const things = new Map(), {x, y, width, height} = scene.viewport;
for (let at = y + step / 2; at < y + height; at += step)
  for (let along = x + step / 2; along < x + width; along += step) {
    const thing = view.hit(scene, along, at);
    if (thing) things.set(JSON.stringify(thing), thing);
  }
return [...things.values()];"""
Place = tuple[float, float]


def link(address: str, state: dict[str, Any]) -> str:
    """Returns the address of a state of the tab in TensorBoard."""
    parts = "".join(f"&p.{PLUGIN}.{key}={quote(_coded(value))}" for key, value in state.items())
    return f"{address}#{PLUGIN}{parts}"


def _coded(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ".".join(map(str, value)) if isinstance(value, list) else str(value)


def _holds(until: Callable[[], Any]) -> bool:
    try:
        return bool(until())
    except StaleElementReferenceException:
        return False


class AttentionTab:
    """The tab's own page without TensorBoard's around it, or another page of the same modules.

    Args:
        browser: The browser that opens the page.
        page: The address of the page.
    """

    def __init__(self, browser: Chrome, page: str) -> None:
        self.browser, self._page = browser, page

    @classmethod
    def of(cls, browser: Chrome, tensorboard: str) -> Self:
        """Returns the page that TensorBoard shows in the tab's frame."""
        return cls(browser, f"{tensorboard}data/plugin_entry.html?name={PLUGIN}")

    def open(self, **state: Any) -> Self:
        """Loads the page at a state, and waits until the state is drawn."""
        if self.browser.current_url.startswith(self._page):
            self.browser.get("about:blank")  # a new fragment of the same address would not reload the page
        self.browser.get(self._page + "#" + "&".join(f"{key}={quote(_coded(value))}" for key, value in state.items()))
        self.wait(lambda: self.draws > 0 and self._shows(state))
        self._frames()
        return self

    def go(self, **state: Any) -> Self:
        """Changes the open page's address to another state, and waits until the state is drawn."""
        parts = "&".join(f"{key}={quote(_coded(value))}" for key, value in state.items())
        return self.drawn(lambda: self.script("location.hash = arguments[0]", parts), **state)

    @property
    def draws(self) -> int:
        """The number of complete drawings so far."""
        try:
            return int(self.canvas.get_attribute("data-ready") or 0)
        except (NoSuchElementException, StaleElementReferenceException):
            return 0

    @property
    def canvas(self) -> WebElement:
        """The first canvas."""
        return self.browser.find_element("css selector", "canvas.bk-canvas")

    @property
    def state(self) -> dict[str, Any]:
        """The state that the page reports."""
        return self.script(f"return {_PAGE}?.state") or {}

    def script(self, code: str, *arguments: Any) -> Any:
        """Runs JavaScript and returns its result."""
        return self.browser.execute_script(code, *arguments)

    def scene(self, expression: str, *arguments: Any) -> Any:
        """Returns a JavaScript expression of `scene`, `view` and `state`, such as `scene.units.length`."""
        return self.script(f"const {{scene, view, state}} = {_PAGE}; return {expression}", *arguments)

    def wait(self, until: Callable[[], Any]) -> None:
        """Waits until a condition holds, which it does not while the page exchanges what it is about."""
        ends = time.monotonic() + _PATIENCE
        while not _holds(until):
            if time.monotonic() > ends:
                raise AssertionError(f"it did not come to it; {json.dumps(self.state)}; {self.text()[:2000]}")
            time.sleep(0.03)

    def drawn(self, act: Callable[[], Any], **state: Any) -> Self:
        """Acts, and waits until the page is drawn anew and has the given state."""
        before = self.draws
        act()
        self.wait(lambda: self.draws > before and self._shows(state))
        self._frames()
        return self

    def _shows(self, state: dict[str, Any]) -> bool:
        """Returns whether the picture, and not only the page around it, shows a state."""
        shown = self.script(f"return [{_PAGE}?.scene?.state, {_PAGE}?.state, arguments[0].dataset.view]", self.canvas)
        return (
            bool(shown[0]) and shown[2] == shown[1]["view"] and all(state.items() <= each.items() for each in shown[:2])
        )

    def _frames(self) -> None:
        """Waits for the browser's next two frames."""
        self.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def text(self) -> str:
        """Returns all text around the canvas."""
        return self.browser.execute_script("return document.body.innerText")

    def things(self, step: float = 4) -> list[dict[str, Any]]:
        """Returns all visible things that can be pointed at."""
        return self.script(_THINGS, step)

    def box(self, step: float = 2, **thing: Any) -> tuple[float, float, float, float]:
        """Returns the left, top, right and bottom of a thing in the view's coordinates, as `hit` reports them."""
        found = self.script(_FIND, thing, step)
        assert found, f"{thing} is not in sight, but {self.things()[:20]}"
        return tuple(found)

    def place(self, step: float = 2, **thing: Any) -> Place:
        """Returns the middle of a thing."""
        left, top, right, bottom = self.box(step, **thing)
        return (left + right) / 2, (top + bottom) / 2

    def corner(self, step: float = 2, **thing: Any) -> Place:
        """Returns a place just inside a thing's upper left corner, where there is no text."""
        left, top, *_ = self.box(step, **thing)
        return left + 2, top + 2

    def picture(self) -> np.ndarray:
        """Returns the pixels of the canvas, `[height, width, 3]` uint8."""
        png = self.script("return arguments[0].toDataURL('image/png')", self.canvas)
        return (
            (matplotlib.image.imread(io.BytesIO(base64.b64decode(png.split(",")[1])))[..., :3] * 255)
            .round()
            .astype(np.uint8)
        )

    def on_canvas(self, place: Place) -> Place:
        """Returns a place of the view in pixels of the canvas."""
        scale, x, y = self.scene("[window.bertKerasAttention.scale ?? 1, scene.viewport.x, scene.viewport.y]")
        return (place[0] - x) * scale, (place[1] - y) * scale

    def colour(self, place: Place) -> tuple[int, int, int]:
        """Returns the colour of the pixel at a place of the view."""
        x, y = self.on_canvas(place)
        return tuple(int(part) for part in self.picture()[int(y), int(x)])

    def hover(self, place: Place) -> str:
        """Moves the pointer to a place of the view, and returns the tooltip's text."""
        self._pointer(place).perform()
        self._frames()
        tooltip = self.browser.find_element("css selector", ".bk-tooltip")
        return tooltip.text if tooltip.is_displayed() else ""

    def click(self, place: Place) -> None:
        """Clicks on a place of the view."""
        self._pointer(place).click().perform()

    def _pointer(self, place: Place) -> ActionChains:
        x, y = self.on_canvas(place)
        size = self.canvas.size
        return ActionChains(self.browser, duration=0).move_to_element_with_offset(
            self.canvas, round(x - size["width"] / 2), round(y - size["height"] / 2)
        )

    def press(self, *keys: str) -> None:
        """Types keys with the focus on the canvas."""
        self.script("arguments[0].focus()", self.canvas)
        ActionChains(self.browser).send_keys(*keys).perform()
