import numpy as np
import pytest
from attention_tab import AttentionTab
from made_logs import STRONG
from selenium.webdriver import Keys

((LAYER, HEAD, FROM), (TO, WEIGHT)), *_ = STRONG.items()
AT = {"run": "pair", "tag": "strong", "view": "matrix", "layer": LAYER, "head": HEAD}
TOKENS = 9


def stored(weight: float) -> float:
    """Returns the square root of a weight as the log stores it."""
    return round(255 * weight**0.5) / 255


def luminance(colour: tuple[int, int, int]) -> float:
    return float(np.dot(colour, [0.2126, 0.7152, 0.0722]))


def test_each_cell_of_a_row_has_the_colour_of_its_weight(tab: AttentionTab) -> None:
    tab.open(**AT)
    rest = stored((1 - WEIGHT) / (TOKENS - 1))
    for column in range(TOKENS):
        share = 1.0 if column == TO else rest / stored(WEIGHT)
        expected = tab.scene("scene.theme.sequential(arguments[0])", share)
        assert tab.colour(tab.corner(**{"from": FROM, "to": column})) == pytest.approx(tuple(expected), abs=3), column


def test_the_strong_cell_is_by_far_the_darkest(tab: AttentionTab) -> None:
    tab.open(**AT)
    seen = {
        (row, column): luminance(tab.colour(tab.corner(**{"from": row, "to": column})))
        for row in (0, FROM)
        for column in (0, TO)
    }
    assert seen[FROM, TO] < seen[0, 0] - 50
    assert seen[0, 0] == pytest.approx(seen[0, TO], abs=2)
    assert seen[FROM, 0] > seen[0, 0] + 30


def test_another_head_and_another_layer_have_no_strong_cell(tab: AttentionTab) -> None:
    for other in ({"head": HEAD + 1}, {"layer": LAYER + 1}):
        tab.open(**AT | other)
        cells = [tab.colour(tab.corner(**{"from": FROM, "to": column})) for column in (0, TO)]
        assert cells[0] == cells[1]


def test_the_pointer_is_told_the_weight_and_the_two_tokens(tab: AttentionTab) -> None:
    tab.open(**AT)
    said = tab.hover(tab.place(**{"from": FROM, "to": TO}))
    assert f"{stored(WEIGHT) ** 2:.2f} " in said and "two" in said and "five" in said and f"head {HEAD}" in said
    spoken = tab.browser.find_element("css selector", ".bk-spoken").get_attribute("textContent")
    assert spoken.split() == said.split()


def test_arrows_walk_from_cell_to_cell_and_enter_pins_the_row(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.hover(tab.place(**{"from": FROM, "to": TO}))
    tab.drawn(lambda: tab.press(Keys.ARROW_RIGHT))
    assert tab.scene("scene.hover") == {"from": FROM, "to": TO + 1}
    tab.drawn(lambda: tab.press(Keys.ARROW_UP))
    assert tab.scene("scene.hover") == {"from": FROM - 1, "to": TO + 1}
    tab.drawn(lambda: tab.press(Keys.ENTER), token=FROM - 1)


def test_a_click_pins_the_row_and_another_one_lets_it_go(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.drawn(lambda: tab.click(tab.place(**{"from": FROM, "to": TO})), token=FROM)
    tab.drawn(lambda: tab.click(tab.place(**{"from": FROM, "to": TO})), token=None)


def test_zoom_makes_cells_larger(tab: AttentionTab) -> None:
    tab.open(**AT)
    left, _, right, _ = tab.box(**{"from": 0, "to": 0})
    tab.drawn(lambda: tab.press("+"), zoom=1.25)
    larger, _, edge, _ = tab.box(**{"from": 0, "to": 0})
    assert edge - larger > 1.15 * (right - left)


@pytest.mark.parametrize(
    ("state", "rows", "columns"),
    [
        ({}, TOKENS, TOKENS),
        ({"specials": False}, 6, 6),
        ({"words": True}, 8, 8),
        ({"filter": "ab"}, 4, 2),
        ({"filter": "ba", "words": True}, 2, 3),
    ],
    ids=str,
)
def test_rows_and_columns_are_those_asked_for(
    tab: AttentionTab, state: dict[str, object], rows: int, columns: int
) -> None:
    tab.open(**AT | state)
    things = tab.things()
    specials = 0 if state.get("specials") is False or "filter" not in state else None
    found = {len({thing["from"] for thing in things}), len({thing["to"] for thing in things})}
    assert found == {rows, columns} or specials is None
