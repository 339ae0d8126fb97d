import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attention_tab import PLUGIN, AttentionTab, link
from chromium import Requests, forget
from made_logs import STRONG, write_log
from selenium.webdriver import Chrome
from tensorboard_process import TensorBoard

((LAYER, HEAD, FROM), (TO, _)), *_ = STRONG.items()
AT = {"run": "pair", "tag": "strong", "view": "matrix", "layer": LAYER, "head": HEAD}


@pytest.fixture
def in_frame(browser: Chrome) -> Iterator[AttentionTab]:
    """The tab's page, for a browser that is in TensorBoard's frame."""
    yield AttentionTab(browser, "")
    browser.switch_to.default_content()


def enter_frame(tab: AttentionTab) -> None:
    """Enters the frame of the open tab."""
    tab.browser.switch_to.default_content()
    tab.wait(lambda: any(frame.is_displayed() for frame in tab.browser.find_elements("css selector", "iframe")))
    tab.browser.switch_to.frame(
        next(frame for frame in tab.browser.find_elements("css selector", "iframe") if frame.is_displayed())
    )
    tab.wait(lambda: tab.draws)


def tabs_of(browser: Chrome) -> str:
    """Returns the text of TensorBoard's bar."""
    return browser.execute_script("return document.querySelector('tb-webapp')?.innerText ?? ''")


def test_the_tab_appears_with_nothing_to_configure_and_opens_by_a_click(
    in_frame: AttentionTab, tensorboard: TensorBoard
) -> None:
    browser = in_frame.browser
    browser.get(tensorboard.address)
    in_frame.wait(lambda: "ATTENTION" in tabs_of(browser).upper())
    find = (
        "return [...document.querySelectorAll('[role=tab]')].find((each) => /^attention$/i.test(each.innerText.trim()))"
    )
    in_frame.wait(lambda: browser.execute_script(find))
    browser.execute_script(find).click()
    enter_frame(in_frame)
    assert (in_frame.state["run"], in_frame.state["view"]) == ("long", "text")  # the newest run
    assert in_frame.picture().std() > 1


def test_a_link_opens_what_it_was_made_of_and_follows_what_is_shown(
    in_frame: AttentionTab, tensorboard: TensorBoard
) -> None:
    browser = in_frame.browser
    browser.get(link(tensorboard.address, AT))
    enter_frame(in_frame)
    in_frame.wait(lambda: AT.items() <= in_frame.state.items())
    in_frame.drawn(lambda: in_frame.press("4"), view="text")
    browser.switch_to.default_content()
    address = browser.current_url
    assert f"p.{PLUGIN}.view=text" in address and f"p.{PLUGIN}.run=pair" in address
    browser.get("about:blank")
    browser.get(address)
    enter_frame(in_frame)
    in_frame.wait(lambda: (AT | {"view": "text"}).items() <= in_frame.state.items())


def test_dark_and_light_follow_tensorboard(in_frame: AttentionTab, tensorboard: TensorBoard) -> None:
    browser = in_frame.browser
    browser.get(link(tensorboard.address, AT))
    enter_frame(in_frame)
    cell = {"from": FROM, "to": 0}
    light = in_frame.colour((2, 2)), in_frame.colour(in_frame.corner(**cell))
    before = in_frame.draws
    browser.switch_to.default_content()
    browser.execute_script("document.body.classList.add('dark-mode')")
    enter_frame(in_frame)
    in_frame.wait(lambda: in_frame.draws > before)
    dark = in_frame.colour((2, 2)), in_frame.colour(in_frame.corner(**cell))
    assert sum(light[0]) > 700 and sum(dark[0]) < 200
    assert dark[1] != light[1]
    assert (
        in_frame.browser.execute_script("return getComputedStyle(document.querySelector('.bk-bar')).backgroundColor")
        != "rgb(245, 246, 248)"
    )
    before = in_frame.draws
    browser.switch_to.default_content()
    browser.execute_script("document.body.classList.remove('dark-mode')")
    enter_frame(in_frame)
    in_frame.wait(lambda: in_frame.draws > before)
    assert in_frame.colour((2, 2)) == light[0]


def test_behind_a_path_prefix_and_with_the_slow_loader(in_frame: AttentionTab, tmp_path: Path) -> None:
    write_log(tmp_path / "log")
    # TensorBoard's own fonts are asked for without the prefix.
    with TensorBoard(tmp_path / "log", "--path_prefix", "/some/where", "--load_fast", "false") as running:
        running.await_run("long", "512 tokens")
        forget(in_frame.browser)
        in_frame.browser.get(link(running.address, AT))
        enter_frame(in_frame)
        in_frame.wait(lambda: AT.items() <= in_frame.state.items())
        asked = Requests(in_frame.browser)
        ours = [address for address in asked.addresses if PLUGIN in address.split("#")[0]]
        assert len(ours) > 20 and all("/some/where/data/plugin" in address for address in ours)
        assert [failed for failed in asked.failed if "/font-roboto/" not in failed] == []
        in_frame.browser.switch_to.default_content()
        in_frame.browser.get("about:blank")
        assert [message for message in running.messages() if "/font-roboto/" not in message] == []


def test_a_log_of_one_empty_folder_says_what_to_do(in_frame: AttentionTab, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    with TensorBoard(tmp_path / "log") as running:
        in_frame.browser.get(f"{running.address}data/plugin_entry.html?name={PLUGIN}")
        in_frame.wait(lambda: "visualize" in in_frame.text())
        in_frame.browser.get("about:blank")
        assert running.messages() == []


def test_without_tensorflow_the_same_is_served(tmp_path: Path) -> None:
    write_log(tmp_path / "log")
    code = (
        "import sys\n"
        "for name in ('tensorflow', 'keras', 'keras_hub', 'tensorflow_text'): sys.modules[name] = None\n"
        "from tensorboard import main\n"
        "sys.exit(main.run_main())"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, "--version_tb"], capture_output=True, check=False).returncode == 0
    )
    with TensorBoard(tmp_path / "log", "--load_fast", "false", code=code) as running:
        running.await_run("pair", "strong")
        assert b'"a strong cell"' in running.get(f"data/plugin/{PLUGIN}/header?run=pair&tag=strong&step=0")
        assert len(running.get(f"data/plugin/{PLUGIN}/layer?run=pair&tag=strong&step=0&layer=1")) == 4 * 9 * 9
        assert running.messages() == ["TensorFlow installation not found - running with reduced feature set."]
