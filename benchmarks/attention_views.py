"""Measures the attention views of a model of 12 layers and 12 heads: bytes, time to write, time until drawn.

They are compared with BertViz, which gets the same shape in a process of its own. What BertViz's page loads from the
network is fetched by npm beforehand and placed beside the page (for jquery the nearest release that npm has), so that
no time is spent on the network. The time until drawn is that from the request of the page to the frame in which the
lines are on it, in headless Chromium.
"""

import argparse
import functools
import http.server
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from peers.protocol import OURS, THEIRS, Worker
from rich.console import Console
from rich.table import Table
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

LENGTHS = (128, 384, 512)
MEGABYTE = 10**6
MOST_OCTETS, MOST_SECONDS, MOST_SWITCH = 25 * MEGABYTE, 2.0, 0.2  # at 384 tokens
MOST_PAGE = 4 * MEGABYTE  # at 128 tokens
PATIENCE = 240  # seconds for one page
PACKAGES = {"requirejs@2.3.6": "require.js", "d3@5.7.0": "dist/d3.min.js", "jquery@2.1.0": "dist/jquery.min.js"}
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--window-size=1280,900",
)
# Records when the first lines or the first complete picture are drawn; it runs in every frame, before the page's own
# scripts.
WATCH = """(() => {
  const drawn = () => document.querySelector("canvas[data-ready]") ?? document.querySelector("#vis svg line");
  const watch = () => requestAnimationFrame(() => {
    if (!drawn()) return watch();
    window.drawnAfter = performance.now();
    window.drawnAt = performance.timeOrigin + performance.now();
  });
  watch();
})()"""
SWITCH_OURS = """const [layer, done] = arguments, canvas = document.querySelector("canvas[data-ready]");
const before = canvas.dataset.ready, begun = performance.now();
canvas.dispatchEvent(new KeyboardEvent("keydown", {key: "]", bubbles: true, cancelable: true}));
const wait = () => canvas.dataset.ready !== before && window.bertKerasAttention.state.layer === layer
  ? done(performance.now() - begun) : requestAnimationFrame(wait);
wait();"""
SWITCH_THEIRS = """const [layer, done] = arguments, select = document.querySelector("#layer");
const begun = performance.now();
select.value = layer;
select.dispatchEvent(new Event("change", {bubbles: true}));
requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));"""


def main() -> int:
    """Measures, prints tables, and returns the exit status: 1 if one of our goals is missed."""
    flags = parse()
    found: dict[tuple[str, int], dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_ours(flags.lengths, folder, found)
        if not flags.alone:
            write_theirs(flags.lengths, folder, found)
        for length in flags.lengths:
            found["bert_keras", length] |= median_of(flags.rounds, draw_ours, folder / f"ours{length}")
            if not flags.alone:
                found["BertViz", length] |= median_of(
                    1 if length > 128 else flags.rounds, draw_theirs, folder / f"theirs{length}"
                )
    console = Console(width=160)
    console.print(table_of(found))
    console.print(f"load of the machine: {os.getloadavg()[0]:.2f} (one minute)")
    missed = list(missed_goals(found))
    console.print("\n".join(f"missed: {one}" for one in missed) or "all goals reached")
    return int(bool(missed))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lengths", nargs="+", type=int, default=LENGTHS, metavar="TOKENS", help="default %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="of drawing, whose median is taken, default %(default)s")
    parser.add_argument("--alone", action="store_true", help="leave BertViz out")
    return parser.parse_args()


def write_ours(lengths: list[int], folder: Path, found: dict[tuple[str, int], dict[str, Any]]) -> None:
    """Writes our logs: attention alone as BertViz does, and at the shortest length all that the views can show."""
    with Worker(OURS, "peers.attention_log") as worker:
        worker.ask("write", tokens=64, folder=str(folder / "warm" / "run"), everything=False)
        for length in lengths:
            log = str(folder / f"ours{length}" / "run")
            found["bert_keras", length] = worker.ask("write", tokens=length, folder=log, everything=False)
        whole = worker.ask("write", tokens=min(lengths), folder=str(folder / "whole" / "run"), everything=True)
        found["bert_keras", min(lengths)] |= {"whole": whole["write"], "octets": whole["octets"], "page": whole["page"]}


def write_theirs(lengths: list[int], folder: Path, found: dict[tuple[str, int], dict[str, Any]]) -> None:
    """Writes BertViz's pages, and beside them the scripts that they load."""
    with Worker(THEIRS, "peers.bertviz_page") as worker:
        scripts = fetched_scripts(folder)
        for length in lengths:
            place = folder / f"theirs{length}"
            shutil.copytree(scripts, place)
            found["BertViz", length] = worker.ask("write", tokens=length, folder=str(place))


def fetched_scripts(folder: Path) -> Path:
    """Downloads the scripts that BertViz's page loads with npm, and returns their folder."""
    scripts = folder / "scripts"
    scripts.mkdir()
    for package, file in PACKAGES.items():
        command = ["npm", "pack", "--silent", package]
        packed = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        with tarfile.open(folder / packed) as archive:
            content = archive.extractfile(f"package/{file}")
            assert content is not None
            (scripts / Path(file).name).write_bytes(content.read())
    return scripts


def median_of(rounds: int, draw: Any, folder: Path) -> dict[str, Any]:
    """Draws several times, each in a new browser, and returns the median of each number."""
    drawn = [draw(folder) for _ in range(rounds)]
    return {key: statistics.median(one[key] for one in drawn) for key in drawn[0] if all(key in one for one in drawn)}


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Yields a browser that records when something is drawn."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        browser = Chrome(options, ChromeService(str(shutil.which("chromedriver"))))
        browser.set_script_timeout(PATIENCE)
        browser.set_page_load_timeout(PATIENCE)
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        try:
            yield browser
        finally:
            browser.quit()


def draw_ours(folder: Path) -> dict[str, Any]:
    """Opens TensorBoard at the Attention tab, steps through the layers, and returns the seconds."""
    with tensorboard(folder) as address, chromium() as browser:
        browser.get(f"{address}#bert_keras_attention&p.bert_keras_attention.layer=0&p.bert_keras_attention.view=heads")
        opened = browser.execute_script("return performance.timeOrigin")
        browser.switch_to.frame(await_frame(browser))
        await_drawn(browser)
        at, after = browser.execute_script("return [window.drawnAt, window.drawnAfter]")
        switches = [browser.execute_async_script(SWITCH_OURS, layer) for layer in range(1, 12)]
        browser.execute_script('document.querySelector("canvas[data-ready]").focus()')
    seconds = {"whole_drawn": (at - opened) / 1000, "drawn": after / 1000}
    return seconds | {"switch": statistics.median(switches) / 1000, "worst_switch": max(switches) / 1000}


def await_frame(browser: Chrome) -> Any:
    """Waits for the frame of the Attention tab, and returns it."""
    for _ in range(PATIENCE * 10):
        for frame in browser.find_elements("css selector", "iframe"):
            if frame.is_displayed():
                return frame
        time.sleep(0.1)
    raise TimeoutError("the Attention tab did not appear")


def await_drawn(browser: Chrome) -> None:
    """Waits until something is drawn."""
    for _ in range(PATIENCE * 10):
        if browser.execute_script("return window.drawnAt ?? null"):
            return
        time.sleep(0.1)
    raise TimeoutError("nothing was drawn")


def draw_theirs(folder: Path) -> dict[str, Any]:
    """Opens BertViz's page, changes to two other layers, and returns the seconds; none if Chromium gives up."""
    with served(folder) as address, chromium() as browser:
        try:
            browser.get(f"{address}/page.html")
            await_drawn(browser)
            drawn = browser.execute_script("return window.drawnAfter") / 1000
            switches = [browser.execute_async_script(SWITCH_THEIRS, layer) / 1000 for layer in (1, 2)]
        except (WebDriverException, TimeoutError) as error:
            Console(stderr=True).print(f"BertViz, {folder.name}: {str(error).splitlines()[0]}")
            return {}
    return {"drawn": drawn, "whole_drawn": drawn, "switch": statistics.median(switches), "worst_switch": max(switches)}


@contextmanager
def tensorboard(folder: Path) -> Iterator[str]:
    """Yields the address of a TensorBoard that has read a folder."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(folder), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if line.startswith("TensorBoard ") and " at http" in line)
        address = line.split(" at ")[1].split()[0]
        examples = urllib.parse.urljoin(address, "data/plugin/bert_keras_attention/examples")
        for _ in range(PATIENCE):
            with urllib.request.urlopen(examples) as answer:
                if b'"text"' in answer.read():
                    break
            time.sleep(1)
        yield address
    finally:
        process.terminate()
        process.wait()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Yields the address of a local server of a folder's files."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            """Logs nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def missed_goals(found: dict[tuple[str, int], dict[str, Any]]) -> Iterator[str]:
    """Yields a description of each missed goal."""
    goals = {
        384: (("octets", MOST_OCTETS), ("drawn", MOST_SECONDS), ("switch", MOST_SWITCH), ("worst_switch", MOST_SWITCH)),
        128: (("page", MOST_PAGE),),
    }
    for length, limits in goals.items():
        for name, most in limits:
            value = found.get(("bert_keras", length), {}).get(name, 0)
            if value > most:
                yield f"{name} at {length} tokens: {value:,.3f} > {most:,}"


def table_of(found: dict[tuple[str, int], dict[str, Any]]) -> Table:
    """Returns a table with a line per program and length."""
    sizes = ("MB", "offline page, MB")
    times = ("forward, s", "write, s", "all methods, s", "drawn, s", "with TensorBoard, s", "layer, s", "worst, s")
    table = Table("", "tokens", *sizes, *times, title="attention of 12 layers and 12 heads")
    for (way, length), numbers in sorted(found.items(), key=lambda item: item[0][::-1]):
        octets = [f"{numbers[key] / MEGABYTE:,.1f}" if key in numbers else "" for key in ("octets", "page")]
        names = ("forward", "write", "whole", "drawn", "whole_drawn", "switch", "worst_switch")
        table.add_row(way, str(length), *octets, *(f"{numbers[key]:,.3f}" if key in numbers else "-" for key in names))
    return table


if __name__ == "__main__":
    sys.exit(main())
