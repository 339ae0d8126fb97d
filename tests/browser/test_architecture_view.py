from attention_tab import AttentionTab
from made_logs import IMPORTANCE
from selenium.webdriver import Keys

AT = {"run": "pair", "tag": "strong", "view": "architecture"}


def test_heads_are_coloured_by_importance(tab: AttentionTab) -> None:
    tab.open(**AT)
    shades = {}
    for layer, row in enumerate(IMPORTANCE):
        for head, importance in enumerate(row):
            shades[importance] = -sum(tab.colour(tab.corner(2, block="cell", layer=layer, head=head)))
    assert [shades[importance] for importance in sorted(shades)] == sorted(shades.values())


def test_a_click_goes_to_the_layer_or_the_head(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.drawn(lambda: tab.click(tab.place(2, block="cell", layer=2, head=1)), view="heads", layer=2, heads=[1])
    tab.open(**AT)
    tab.drawn(lambda: tab.click(tab.place(2, block="feed_forward", layer=1)), view="heads", layer=1, heads=None)


def test_the_pointer_is_told_the_parameters_of_a_block(tab: AttentionTab) -> None:
    tab.open(**AT)
    assert "1,600" in tab.hover(tab.place(2, block="token_embedding"))
    assert "272" in tab.hover(tab.place(2, block="pooler"))


def test_arrows_walk_the_blocks_and_enter_opens_one(tab: AttentionTab) -> None:
    tab.open(**AT)
    tab.hover(tab.place(2, block="cell", layer=1, head=1))
    tab.drawn(lambda: tab.press(Keys.ARROW_RIGHT))
    assert tab.scene("scene.hover") == {"block": "cell", "layer": 1, "head": 2}
    tab.drawn(lambda: tab.press(Keys.ENTER), view="heads", layer=1, heads=[2])
