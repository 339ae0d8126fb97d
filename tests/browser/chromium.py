"""Debian's Chromium without a screen: how it is started, and what it complains of."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

# WebGL, which the projector needs, in software; and nothing that a browser asks the network for of its own accord.
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
# TensorBoard's own: its bundle holds Three.js twice, it has no icon for a frame that stands alone, and looks for its
# fonts in the wrong place behind a prefix.
_OF_TENSORBOARD = re.compile(
    r'.*"WARNING: Multiple instances of Three\.js being imported\."'
    r"|.*/favicon\.ico - Failed to load resource: .*"
    r"|.*/font-roboto/.* - Failed to load resource: .*"
)
_PATIENCE = 60  # seconds that a command may take, on a machine that does other things too


def start_chromium(profile: Path, downloads: Path) -> Chrome:
    """Starts a browser; skips the test where there is none, unless BERT_KERAS_BROWSER says that there must be one."""
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
    """Drops what was logged so far."""
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
    """What the browser asked the network for since its log was last read.

    Args:
        browser: Its log is read here.

    Attributes:
        addresses: What was asked for, without pages that are in the address itself (`data:`).
        failed: The address and why, of each that got no answer, or one that says no.
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
