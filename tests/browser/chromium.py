"""Starts Debian's Chromium without a screen, and reads its console and its requests."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

# WebGL in software, which the projector needs, and none of the requests that a browser makes by itself.
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--force-device-scale-factor=1",
    "--window-size=1280,900",
)
# TensorBoard's own messages: its bundle has Three.js twice, a frame opened alone has no icon, and behind a path prefix
# it requests its fonts from the wrong address.
_OF_TENSORBOARD = re.compile(
    r'.*"WARNING: Multiple instances of Three\.js being imported\."'
    r"|.*/favicon\.ico - Failed to load resource: .*"
    r"|.*/font-roboto/.* - Failed to load resource: .*"
)
_PATIENCE = 60  # the maximum duration of a command in seconds, on a busy machine


def start_chromium(profile: Path, downloads: Path) -> Chrome:
    """Starts a browser; without one, skips the test, or fails it if `BERT_KERAS_BROWSER` is "required"."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        reason = "no chromium and chromedriver in the path (Debian: apt-get install chromium chromium-driver)"
        (pytest.fail if os.environ.get("BERT_KERAS_BROWSER") == "required" else pytest.skip)(reason)
    options = ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options, ChromeService(driver))
    browser.set_script_timeout(_PATIENCE)
    browser.set_page_load_timeout(_PATIENCE)
    return browser


def forget(browser: Chrome) -> None:
    """Discards the browser's logs so far."""
    browser.get_log("browser")
    browser.get_log("performance")


def complaints(browser: Chrome) -> list[str]:
    """Returns the console messages since the last call, of any severity, without those that TensorBoard causes."""
    told = (f"{entry['level']}: {entry['message']}" for entry in browser.get_log("browser"))
    return [message for message in told if not _OF_TENSORBOARD.fullmatch(message)]


def _events(browser: Chrome) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        yield message["method"], message["params"]


class Requests:
    """The browser's requests since its log was last read.

    Args:
        browser: The browser whose log is read.

    Attributes:
        addresses: The requested addresses, without `data:` and `blob:`.
        failed: The address and the reason of each request without an answer, or with an error status.
    """

    def __init__(self, browser: Chrome) -> None:
        asked = dict[str, str]()
        self.failed = list[str]()
        for method, parameters in _events(browser):
            number = parameters.get("requestId", "")
            if method == "Network.requestWillBeSent":
                asked[number] = parameters["request"]["url"]
            elif method == "Network.responseReceived" and parameters["response"]["status"] >= 400:
                self.failed.append(f"{parameters['response']['url']}: {parameters['response']['status']}")
            elif method == "Network.loadingFailed" and not parameters.get("canceled"):
                self.failed.append(f"{asked.get(number)}: {parameters['errorText']}")
        self.addresses = [address for address in asked.values() if not address.startswith(("data:", "blob:"))]
