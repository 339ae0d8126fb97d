from attention_tab import AttentionTab
from made_logs import ATTRIBUTION
from selenium.webdriver import Keys
from selenium.webdriver.support.ui import Select

AT = {"run": "pair", "tag": "strong", "view": "text", "method": "gradient"}
ONE, TWO, FIVE = ({"word": word, "place": place} for word, place in ((0, 1), (1, 2), (3, 6)))


def colour(tab: AttentionTab, thing: dict[str, int]) -> list[int]:
    """Returns the colour behind a word, above its letters."""
    left, top, _, bottom = tab.box(1, **thing)
    red, green, blue = tab.colour(((left + 1), (top + bottom) / 2 - 9))
    return [red, green, blue]


def test_the_word_that_counts_most_is_coloured_most_and_one_against_it_in_the_other_colour(tab: AttentionTab) -> None:
    tab.open(**AT)
    for thing in (ONE, TWO, FIVE):
        expected = tab.scene("scene.theme.diverging(0.85 * arguments[0])", ATTRIBUTION[thing["place"]])
        assert max(abs(a - b) for a, b in zip(colour(tab, thing), expected, strict=True)) < 4, thing
    little, against, much = (colour(tab, thing) for thing in (ONE, TWO, FIVE))
    assert much[2] - much[0] > little[2] - little[0] > 0 > against[2] - against[0]


def test_words_without_attribution_are_not_coloured(tab: AttentionTab) -> None:
    tab.open(**AT)
    assert colour(tab, {"word": 2, "place": 4}) == [255, 255, 255]


def test_another_method_colours_anew_and_says_how_it_agrees_with_masking(tab: AttentionTab) -> None:
    tab.open(**AT)
    before = colour(tab, TWO)
    # Masking takes 0.4 from the first word and nothing from the others; of 0.2, -0.5, 0, 1.0 and 0 it is the second.
    assert "Rank correlation with masking" in (written := svg(tab)) and ">0.36<" in written
    choose = Select(tab.browser.find_element("css selector", "select[data-name=method]"))
    tab.drawn(lambda: choose.select_by_value("raw"), method="raw")
    # [CLS] attends to all tokens alike.
    assert colour(tab, TWO) == colour(tab, ONE) != before


def test_the_pointer_is_told_what_the_model_says_without_a_word(tab: AttentionTab) -> None:
    tab.open(**AT)
    said = tab.hover(tab.place(1, **ONE))
    assert "one" in said and "0.200" in said and "rank 3 of 5" in said
    assert "0.500 → 0.100" in said


def test_arrows_walk_by_rank_and_enter_pins(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.drawn(lambda: tab.press(Keys.ARROW_DOWN))
    assert tab.scene("scene.hover.word") == FIVE["word"]
    tab.drawn(lambda: tab.press(Keys.ARROW_DOWN))
    assert tab.scene("scene.hover.word") == TWO["word"]
    tab.drawn(lambda: tab.press(Keys.ENTER), word=TWO["word"])


def svg(tab: AttentionTab) -> str:
    """Returns the picture as SVG."""
    code = """const {view, scene} = window.bertKerasAttention;
    return import("./page/picture.js").then(({svgPicture}) => svgPicture(view, scene));"""
    return str(tab.script(code))
