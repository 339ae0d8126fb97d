"""Two records beside each other: what was predicted for both, on one scale of colours."""

import pytest
from attention_tab import AttentionTab
from test_text_view import colour

FIRST = {"run": "pair", "tag": "strong", "step": 0}
BOTH = FIRST | {"compare": "side", "otherRun": "calm", "otherTag": "strong", "otherStep": 0}


@pytest.mark.parametrize("view", ["heads", "grid", "matrix", "text", "architecture"])
def test_both_predictions_are_said_in_every_view(tab: AttentionTab, view: str) -> None:
    tab.open(**BOTH, view=view)
    titles = [each.text for each in tab.browser.find_elements("css selector", ".bk-pane-title")]
    assert "positive 73.1 % ✗ true: negative" in titles[0] and "quiet 73.1 % ✗ true: calm" in titles[1]
    tab.go(**BOTH | {"compare": "difference"}, view=view)
    (title,) = (each.text for each in tab.browser.find_elements("css selector", ".bk-pane-title") if each.text)
    assert "positive" in title and "quiet" in title


def test_side_by_side_has_one_scale(tab: AttentionTab) -> None:
    """The first has the weight 0.81 and the attribution 1.0; the second is weaker by far, and its colours say so."""
    tab.open(**BOTH | {"run": "calm", "otherRun": "pair"}, view="matrix", layer=1, head=2)
    cell = tab.scene("[scene.weights(1).at(2, 2, 6), scene.beside.weights(1).at(2, 2, 6)]")
    assert cell[0] < 0.12 and cell[1] > 0.8
    shared = tab.colour(tab.corner(**{"from": 2, "to": 6}))
    tab.go(**FIRST | {"run": "calm"}, view="matrix", layer=1, head=2)
    alone = tab.colour(tab.corner(**{"from": 2, "to": 6}))
    assert sum(shared) > sum(alone) + 100  # paler: its weight is far below that of the other


def test_the_words_of_both_are_coloured_on_one_scale(tab: AttentionTab) -> None:
    one = {"word": 0, "place": 1}
    tab.open(**BOTH | {"run": "calm", "otherRun": "pair"}, view="text", method="gradient")
    shared = colour(tab, one)
    tab.go(**FIRST | {"run": "calm"}, view="text", method="gradient")
    assert sum(shared) > sum(colour(tab, one)) + 100
