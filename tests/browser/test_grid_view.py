import numpy as np
import pytest
from attention_tab import AttentionTab
from made_logs import IMPORTANCE
from made_records import HEADS, LAYERS
from selenium.webdriver import Keys
from selenium.webdriver.support.ui import Select

AT = {"run": "pair", "tag": "strong", "view": "grid"}
CELLS = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
ENTROPY = {(layer, head): layer * HEADS + head for layer, head in CELLS}


def darkness(tab: AttentionTab) -> list[float]:
    """Returns how dark each cell is, in the order of `CELLS`."""
    picture = tab.picture().astype(float) @ [0.2126, 0.7152, 0.0722]
    found = []
    for layer, head in CELLS:
        _, _, right, bottom = tab.box(3, layer=layer, head=head)
        x, y = tab.on_canvas((right - 6, bottom - 6))  # beside the small picture
        found.append(-picture[int(y), int(x)])
    return found


def ranks(values: list[float]) -> list[int]:
    return np.argsort(np.argsort(values)).tolist()


def test_the_more_important_a_head_the_stronger_its_colour(tab: AttentionTab) -> None:
    tab.open(**AT)
    found = darkness(tab)
    assert ranks(found) == ranks([IMPORTANCE[layer][head] for layer, head in CELLS])
    assert found[CELLS.index((1, 2))] - found[0] > 100


def test_another_measure_colours_anew(tab: AttentionTab) -> None:
    tab.open(**AT)
    choose = Select(tab.browser.find_element("css selector", "select[data-name=measure]"))
    tab.drawn(lambda: choose.select_by_visible_text("Entropy"), measure="entropy")
    assert ranks(darkness(tab)) == ranks([ENTROPY[cell] for cell in CELLS])


def test_sorted_by_value_the_most_important_head_comes_first(tab: AttentionTab) -> None:
    tab.open(**AT, sort="value")
    (first, top, *_), (second, lower, *_) = (tab.box(3, layer=layer, head=head) for layer, head in ((1, 2), (1, 3)))
    assert (top, first) < (lower, second)
    others = [tab.box(3, layer=layer, head=head)[1::-1] for layer, head in CELLS if (layer, head) != (1, 2)]
    assert (top, first) < min(others)


def test_a_click_opens_the_head_with_its_lines(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.drawn(lambda: tab.click(tab.place(3, layer=1, head=2)), view="heads", layer=1, heads=[2])


def test_arrows_and_enter_open_a_head(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.hover(tab.place(3, layer=0, head=2))
    tab.drawn(lambda: tab.press(Keys.ARROW_DOWN))
    assert tab.scene("scene.hover") == {"layer": 1, "head": 2}
    tab.drawn(lambda: tab.press(Keys.ENTER), view="heads", layer=1, heads=[2])


def test_in_the_small_pictures_only_the_strong_head_has_a_cell_that_stands_out(tab: AttentionTab) -> None:
    tab.open(**AT)
    picture = tab.picture()
    shades = {}
    for layer, head in CELLS:
        left, top, _, bottom = (int(part) for part in tab.box(3, layer=layer, head=head))
        side = bottom - top
        inside = picture[top + 10 : bottom - 10, left + 10 : left + side - 10].reshape(-1, 3)
        shades[layer, head] = len(np.unique(inside, axis=0))
    assert shades.pop((1, 2)) >= 3
    assert set(shades.values()) == {1}


@pytest.mark.parametrize("cell", [(1, 2), (2, 0)])
def test_the_pointer_is_told_a_heads_numbers(tab: AttentionTab, cell: tuple[int, int]) -> None:
    tab.open(**AT)
    layer, head = cell
    said = tab.hover(tab.place(3, layer=layer, head=head))
    assert f"Layer {layer}, head {head}" in said
    assert f"{IMPORTANCE[layer][head]:g}" in said
