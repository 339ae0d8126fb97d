"""Takes the README's pictures, light and dark: TensorBoard with fresh logs of two models, in headless Chromium.

    make demo
    python docs/take_screenshots.py

Needs Debian's chromium and chromium-driver, and the packages of the tests.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By

ROOT = Path(__file__).parents[1]
HARBOUR = ROOT / "pipelines/samples/questions/harbour.txt"
QUESTION = "By which year does the harbour hope to do without oil?"
SIZE = (1280, 760)
_MOST_BYTES = 250_000
_PATIENCE = 90  # seconds
_PORT = re.compile(r"http://\S+")
_PLUGIN = "bert_keras_attention"
_PREFIX = f"p.{_PLUGIN}."  # TensorBoard leaves keys with this prefix to the plugin
_PROJECTOR_SECONDS = 8.0  # the projector does not show when it is done
# The bookmarks' buttons lie below several shadow roots.
_CLICK_BOOKMARK = """
const below = (node) => [node, ...(node.shadowRoot ? all(node.shadowRoot) : [])];
const all = (root) => [...root.querySelectorAll("*")].flatMap(below);
const buttons = all(document).filter((node) => (node.getAttribute("icon") || "").includes("radio-button-unchecked"));
if (arguments[0] && buttons.length) buttons[0].click();
return buttons.length;
"""
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--hide-scrollbars",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--force-device-scale-factor=1",
)


@dataclass(frozen=True)
class Picture:
    """A picture of the README.

    Attributes:
        name: The file's name, without theme and ending.
        run: The TensorBoard run to show.
        state: The state of the Attention tab, with the keys of its links.
        click: Where to click, in pixels from the canvas' upper left corner; `None` for no click.
    """

    name: str
    run: str
    state: Mapping[str, object]
    click: tuple[int, int] | None = None


PICTURES = (
    Picture("text", "demo", {"view": "text", "words": True}),
    Picture("grid", "demo", {"view": "grid"}),
    # The output is read from [CLS] in the last layer.
    Picture("heads", "demo", {"view": "heads", "layer": 5, "words": True, "token": 0}),
    # A click on the best span goes to its place in the document.
    Picture("answer", "minilm_l6_en_squad2", {"view": "answer"}, (910, 413)),
)


def main() -> None:
    """Writes the logs, starts TensorBoard, and takes each picture in both themes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "docs/pictures")
    parser.add_argument("--logs", type=Path, help="a log folder made by an earlier call; without it one is made")
    parser.add_argument("--only", nargs="+", help="names of pictures")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        logs = given.logs or Path(folder, "logs")
        if not logs.exists():
            make_logs(logs)
        given.output.mkdir(parents=True, exist_ok=True)
        with tensorboard(logs) as address:
            for theme in ("light", "dark"):
                take(address, theme, given.output, set(given.only or ()), Path(folder, theme))


def make_logs(logs: Path) -> None:
    """Writes a log of the demo's classifier and one of the reader."""
    looks = (
        ["--model", "runs/demo", "--choose", "wrong", "--limit", "3", "--embeddings"],
        ["--model", "minilm_l6_en_squad2", "--question", QUESTION, "--context", str(HARBOUR)],
    )
    for flags in looks:
        command = [sys.executable, "-m", "pipelines.visualize", *flags, "--logdir", str(logs.absolute())]
        subprocess.run(command, cwd=ROOT, check=True)


@contextmanager
def tensorboard(logs: Path) -> Iterator[str]:
    """Starts TensorBoard in a process of its own.

    Args:
        logs: The log folder.

    Yields:
        TensorBoard's address.
    """
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logs), "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        try:
            yield next(found[0] for line in process.stderr if (found := _PORT.search(line)))
        finally:
            process.terminate()


def take(address: str, theme: str, output: Path, only: set[str], profile: Path) -> None:
    """Takes all pictures in one theme.

    Args:
        address: TensorBoard's address.
        theme: "light" or "dark".
        output: The folder that NAME-THEME.png is written to.
        only: The names of the pictures to take; empty for all.
        profile: The folder of the browser's profile.
    """
    with browser(profile) as chrome:
        page = f"{address}?darkMode={'true' if theme == 'dark' else 'false'}"
        for picture in PICTURES:
            if not only or picture.name in only:
                chrome.get("about:blank")
                show_attention(chrome, page, picture)
                write(chrome.get_screenshot_as_png(), output / f"{picture.name}-{theme}.png")
        if not only or "projector" in only:
            chrome.get("about:blank")
            show_projector(chrome, page)
            write(chrome.get_screenshot_as_png(), output / f"projector-{theme}.png")


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """Starts Chromium without a screen."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*_FLAGS, f"--window-size={SIZE[0]},{SIZE[1]}", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    chrome = Chrome(options, ChromeService(shutil.which("chromedriver")))
    try:
        metrics = {"width": SIZE[0], "height": SIZE[1], "deviceScaleFactor": 1, "mobile": False}
        chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield chrome
    finally:
        chrome.quit()


def show_attention(chrome: Chrome, page: str, picture: Picture) -> None:
    """Opens a picture's state in the Attention tab, and waits until the view is drawn."""
    state = {"run": picture.run, **picture.state}
    pairs = (
        f"{_PREFIX}{key}={urllib.parse.quote(str(value).lower() if isinstance(value, bool) else str(value))}"
        for key, value in state.items()
    )
    chrome.get(f"{page}#{_PLUGIN}&{'&'.join(pairs)}")
    waited(lambda: chrome.find_elements(By.CSS_SELECTOR, "iframe"))
    chrome.switch_to.frame(chrome.find_element(By.CSS_SELECTOR, "iframe"))
    waited(lambda: chrome.find_elements(By.CSS_SELECTOR, f"canvas[data-view='{picture.state['view']}'][data-ready]"))
    settled(chrome)
    if picture.click is not None:
        canvas = chrome.find_element(By.CSS_SELECTOR, "canvas[data-ready]")
        centre = (canvas.size["width"] // 2, canvas.size["height"] // 2)
        across, down = (place - middle for place, middle in zip(picture.click, centre, strict=True))
        ActionChains(chrome).move_to_element_with_offset(canvas, across, down).click().perform()
        # Away again, or the tooltip would cover what is beside the place.
        ActionChains(chrome).move_to_element_with_offset(canvas, 5 - centre[0], 5 - centre[1]).perform()
        settled(chrome)
    chrome.switch_to.default_content()


def show_projector(chrome: Chrome, page: str) -> None:
    """Opens the projector and its first bookmark, which colours by label."""
    chrome.get(f"{page}#projector")
    for _ in range(2):  # the tab's frame, and the projector's own
        waited(lambda: chrome.find_elements(By.CSS_SELECTOR, "iframe"))
        chrome.switch_to.frame(chrome.find_element(By.CSS_SELECTOR, "iframe"))
    waited(lambda: chrome.execute_script(_CLICK_BOOKMARK, False))
    time.sleep(_PROJECTOR_SECONDS)  # bookmarks are there before the points are
    chrome.execute_script(_CLICK_BOOKMARK, True)
    chrome.switch_to.default_content()
    time.sleep(_PROJECTOR_SECONDS)


def settled(chrome: Chrome) -> None:
    """Waits until nothing has been drawn for a second."""
    before, same = None, 0
    while same < 4:
        time.sleep(0.25)
        now = chrome.execute_script(
            "return [...document.querySelectorAll('canvas')].map((canvas) => canvas.dataset.ready).join()"
        )
        before, same = now, same + 1 if now == before else 0


def waited(found: Callable[[], object]) -> None:
    """Waits until a condition holds."""
    ends = time.monotonic() + _PATIENCE
    while not found():
        if time.monotonic() > ends:
            raise TimeoutError("TensorBoard shows no such view")
        time.sleep(0.2)


def write(png: bytes, path: Path) -> None:
    """Writes a picture with a palette of 256 colours, which takes a third of the bytes and looks nearly the same."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    print(f"{path.name:24}{size:>9,} bytes")
    if size > _MOST_BYTES:
        raise ValueError(f"{path}: more than {_MOST_BYTES:,} bytes. Received: {size:,}")


if __name__ == "__main__":
    main()
