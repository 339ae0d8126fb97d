import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from attention_tab import AttentionTab
from chromium import Requests, forget
from made_logs import HOSTILE, STEPS, STRONG
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.support.ui import Select

((LAYER, HEAD, FROM), (TO, _)), *_ = STRONG.items()
STRONG_CELL, WEAK_CELL = {"from": FROM, "to": TO}, {"from": FROM, "to": 0}
AT = {"run": "training", "tag": "strong", "view": "matrix", "layer": LAYER, "head": HEAD}
VIEWS = ("heads", "grid", "matrix", "text", "architecture")
ODD = {"run": "<b>odd</b> & run"}


def press_button(tab: AttentionTab, name: str) -> None:
    tab.browser.find_element("css selector", f"[data-name={name}]").click()


def saved(folder: Path, ending: str, tab: AttentionTab) -> Path:
    """Returns the downloaded file."""
    tab.wait(lambda: list(folder.glob(f"*.{ending}")))
    (found,) = folder.glob(f"*.{ending}")
    return found


def test_the_step_slider_changes_what_is_drawn(tab: AttentionTab) -> None:
    tab.open(**AT, step=max(STEPS))
    for step in sorted(STEPS, reverse=True)[1:]:
        slider = tab.browser.find_element("css selector", "input[data-name=step]")
        tab.drawn(lambda slider=slider: slider.send_keys(Keys.ARROW_LEFT), step=step)
        tab.hover((1, 1))
        weights = [round(255 * weight**0.5) for weight in (STEPS[step], (1 - STEPS[step]) / 8)]
        expected = tab.scene("scene.theme.sequential(arguments[0])", weights[1] / weights[0])
        assert tab.colour(tab.corner(**WEAK_CELL)) == pytest.approx(tuple(expected), abs=3)
        assert f"{(weights[0] / 255) ** 2:.2f}" in tab.hover(tab.place(**STRONG_CELL))


def test_where_the_pointer_rests_the_numbers_follow_the_step(tab: AttentionTab) -> None:
    tab.open(**AT, step=30)
    before = tab.hover(tab.place(**STRONG_CELL))
    # By a script, so that the pointer does not move.
    tab.drawn(lambda: tab.script("document.querySelector('[data-name=play]').click()"), step=10)
    assert tab.browser.find_element("css selector", ".bk-tooltip").text != before


def test_play_runs_through_the_steps_to_the_last(tab: AttentionTab) -> None:
    tab.open(**AT, step=min(STEPS))
    press_button(tab, "play")
    tab.wait(lambda: tab.state["step"] == max(STEPS))


def test_the_difference_of_two_steps_has_a_sign(tab: AttentionTab) -> None:
    first, last = min(STEPS), max(STEPS)
    tab.open(**AT, step=last, compare="difference", otherRun="training", otherTag="strong", otherStep=first)
    assert tab.scene("scene.signed")
    more, less, same = (tab.colour(tab.corner(**cell)) for cell in (STRONG_CELL, WEAK_CELL, {"from": 0, "to": 0}))
    assert more[2] > more[0] and less[0] > less[2] and same == (255, 255, 255)
    assert "+0.56" in tab.hover(tab.place(**STRONG_CELL))
    tab.open(**AT, step=first, compare="difference", otherRun="training", otherTag="strong", otherStep=last)
    turned = tab.colour(tab.corner(**STRONG_CELL))
    assert turned[0] > turned[2]


def test_two_runs_stand_side_by_side(tab: AttentionTab) -> None:
    tab.open(**AT, step=min(STEPS))
    Select(tab.browser.find_element("css selector", "select[data-name=compare]")).select_by_visible_text("side by side")
    tab.wait(
        lambda: (
            sum(canvas.is_displayed() for canvas in tab.browser.find_elements("css selector", "canvas.bk-canvas")) == 2
        )
    )
    assert tab.state["compare"] == "side"


def test_the_address_restores_exactly_what_is_shown(tab: AttentionTab) -> None:
    tab.open(**AT, step=20, words=True, filter="ab", zoom=2)
    tab.drawn(lambda: tab.click(tab.place(**STRONG_CELL | {"from": 2, "to": 5})))
    tab.hover((1, 1))
    address, state, picture = tab.browser.current_url, tab.state, tab.picture()
    tab.browser.get("about:blank")
    tab.browser.get(address)
    tab.wait(lambda: tab.draws)
    assert tab.state == state
    np.testing.assert_array_equal(tab.picture(), picture)


def test_numbers_open_the_views(tab: AttentionTab) -> None:
    tab.open(**AT)
    for key, view in (("1", "heads"), ("2", "grid"), ("4", "text"), ("6", "architecture"), ("3", "matrix")):
        tab.drawn(lambda key=key: tab.press(key), view=view)
        assert tab.canvas.get_attribute("data-view") == view


@pytest.mark.parametrize("view", VIEWS)
def test_a_picture_is_saved_as_png_and_svg(tab: AttentionTab, downloads: Path, view: str) -> None:
    for old in downloads.iterdir():
        old.unlink()
    tab.open(**ODD, tag="hostile", view=view)
    press_button(tab, "svg")
    root = ElementTree.parse(saved(downloads, "svg", tab)).getroot()
    assert not [
        part.tag for part in root.iter() if part.tag.split("}")[-1] in ("script", "img", "foreignObject", "b", "i", "u")
    ]
    words = " ".join("".join(part.itertext()) for part in root.iter() if part.tag.endswith("text"))
    assert len(words) > 50
    press_button(tab, "png")
    pixels = matplotlib.image.imread(saved(downloads, "png", tab))
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    assert pixels.shape[:2] == pytest.approx((2 * height, 2 * width), abs=2)
    assert pixels[..., :3].std() > 0.01


@pytest.mark.parametrize(("tag", "count"), [("hostile", 15), ("empty", 2), ("emoji alone", 3)])
def test_odd_texts_are_shown_in_every_view_and_do_no_harm(tab: AttentionTab, tag: str, count: int) -> None:
    tab.open(**ODD, tag=tag, view="heads", layer=1)
    for view in VIEWS:
        for words in (True, False):
            tab.go(**ODD, tag=tag, view=view, words=words)
            assert tab.picture().std() > 1
        for thing in tab.things(24)[:4]:
            tab.hover(tab.place(4, **thing))
        assert tab.scene("scene.record.tokens.length") == count
    assert tab.browser.title != "owned"
    # No element came from a text.
    markup = tab.browser.execute_script(
        "return [...document.querySelectorAll('script, img, svg, u, i')].map((each) => each.outerHTML)"
    )
    assert not [each for each in markup if "onerror" in each or "owned" in each or "onload" in each]


def test_the_text_is_told_as_it_was_written(tab: AttentionTab) -> None:
    tab.open(**ODD, tag="hostile")
    assert HOSTILE.split(" ")[0] in tab.text() and "<u>yes</u>" in tab.text()


@pytest.mark.parametrize("view", VIEWS)
def test_512_tokens_are_drawn_and_walked_in_every_view(tab: AttentionTab, view: str) -> None:
    tab.open(run="long", tag="512 tokens", view=view, layer=1, head=3, threshold=0.5)
    assert tab.scene("scene.units.length") == 512
    assert tab.picture().std() > 1
    if view == "heads":
        tab.drawn(lambda: tab.press(Keys.END))
        assert tab.scene("scene.hover.place") == 511
        assert tab.scene("scene.viewport.y") > 1000


def test_nothing_is_asked_for_from_elsewhere(tab: AttentionTab) -> None:
    forget(tab.browser)
    tab.open(**AT)
    asked = Requests(tab.browser)
    origin = tab.browser.execute_script("return location.origin")
    assert asked.failed == [] or all("favicon" in failed for failed in asked.failed)
    assert len(asked.addresses) > 5
    assert {address for address in asked.addresses if not address.startswith(origin)} == set()


def test_tab_and_shift_reach_every_control(tab: AttentionTab) -> None:
    tab.open(**AT)
    seen = set()
    for _ in range(40):
        ActionChains(tab.browser).send_keys(Keys.TAB).perform()
        seen.add(
            tab.browser.execute_script("return document.activeElement.dataset.name ?? document.activeElement.tagName")
        )
    assert {"run", "tag", "step", "compare", "layer", "head", "zoom", "png", "svg", "CANVAS"} <= seen
