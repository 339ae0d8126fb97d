import numpy as np
import pytest
from attention_tab import AttentionTab
from made_logs import STRONG
from selenium.webdriver import ActionChains, Keys

((LAYER, HEAD, FROM), (TO, WEIGHT)), *_ = STRONG.items()
AT = {"run": "pair", "tag": "strong", "view": "heads", "layer": LAYER}


def between(tab: AttentionTab) -> np.ndarray:
    """Returns the pixels around the middle of a line from the strong token to the one it attends to, `[pixels, 3]`."""
    (_, top, right, bottom), (left, upper, _, lower) = (
        tab.box(kind="token", side=s, place=p) for s, p in (("from", FROM), ("to", TO))
    )
    x, y = tab.on_canvas(((left + right) / 2, (top + bottom + upper + lower) / 4))
    return tab.picture()[int(y) - 4 : int(y) + 5, int(x)].astype(int)


def nearness(pixels: np.ndarray, colour: str) -> float:
    """Returns the smallest distance of any of some pixels to a colour."""
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return float(np.abs(pixels - wanted).sum(axis=1).min())


def test_a_line_of_the_heads_colour_runs_between_the_two_tokens(tab: AttentionTab) -> None:
    tab.open(**AT, heads=[HEAD], threshold=0.5)
    assert nearness(between(tab), tab.scene("scene.theme.series[arguments[0]]", HEAD)) < 60
    assert nearness(between(tab), tab.scene("scene.theme.series[arguments[0]]", HEAD + 1)) > 150


@pytest.mark.parametrize(
    "state", [{"heads": [HEAD + 1]}, {"layer": LAYER + 1}, {"threshold": 0.5, "filter": "aa"}], ids=str
)
def test_elsewhere_there_is_no_line(tab: AttentionTab, state: dict[str, object]) -> None:
    tab.open(**{**AT, "heads": [HEAD], "threshold": 0.5, "filter": "ab"} | state)
    pixels = between(tab) if state.get("filter") != "aa" else tab.picture()[200:, 300:500].reshape(-1, 3).astype(int)
    assert nearness(pixels, tab.scene("scene.theme.series[arguments[0]]", HEAD)) > 60


def test_the_pointer_is_told_what_a_token_attends_to(tab: AttentionTab) -> None:
    tab.open(**AT)
    said = tab.hover(tab.place(kind="token", side="from", place=FROM))
    assert "two" in said and "five" in said and "0.81 " in said and f"head {HEAD}" in said


def test_under_the_pointer_a_tokens_lines_stand_alone(tab: AttentionTab) -> None:
    tab.open(**AT, heads=[HEAD], threshold=0.1)
    background = tab.picture()[-3, 3]

    def lines() -> int:
        (_, _, right, _), (left, *_) = (tab.box(kind="token", side=side, place=FROM) for side in ("from", "to"))
        x, _ = tab.on_canvas(((left + right) / 2, 0))
        return int((np.abs(tab.picture()[60:, int(x)].astype(int) - background).sum(axis=1) > 40).sum())

    all_lines = lines()
    tab.hover(tab.place(kind="token", side="from", place=FROM))
    assert 0 < lines() < all_lines / 3


def test_heads_are_switched_by_click_and_shown_alone_by_double_click(tab: AttentionTab) -> None:
    tab.open(**AT)
    chip = tab.place(kind="head", head=1)
    tab.drawn(lambda: tab.click(chip), heads=[0, 2, 3])
    tab.drawn(lambda: tab.click(tab.place(kind="all")), heads=None)
    chip = tab.place(kind="head", head=3)
    tab.drawn(lambda: tab._pointer(chip).double_click().perform(), heads=[3])


def test_full_stop_and_comma_walk_through_single_heads(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.drawn(lambda: tab.press("."), heads=[0])
    tab.drawn(lambda: tab.press("."), heads=[1])
    tab.drawn(lambda: tab.press(","), heads=[0])
    tab.drawn(lambda: tab.press("a"), heads=None)


def test_arrows_walk_the_tokens_and_enter_pins_one(tab: AttentionTab) -> None:
    tab.open(**AT)
    for _ in range(3):
        tab.drawn(lambda: tab.press(Keys.ARROW_DOWN))
    assert tab.scene("scene.hover") == {"kind": "token", "side": "from", "place": 2}
    tab.drawn(lambda: tab.press(Keys.ENTER), token=2)
    tab.drawn(lambda: tab.press(Keys.ARROW_RIGHT))
    assert tab.scene("scene.hover")["side"] == "to"


def test_brackets_go_through_the_layers(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.drawn(lambda: tab.press("]"), layer=LAYER + 1)
    tab.drawn(lambda: tab.press("["), layer=LAYER)


def test_a_click_on_a_layers_button_shows_it(tab: AttentionTab) -> None:
    tab.open(**AT)
    button = next(each for each in tab.browser.find_elements("css selector", ".bk-controls button") if each.text == "2")
    tab.drawn(lambda: ActionChains(tab.browser).click(button).perform(), layer=2)
