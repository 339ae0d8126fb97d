import numpy as np
import pytest
from attention_tab import AttentionTab
from made_logs import CONTEXT
from selenium.webdriver import Keys

AT = {"run": "reader", "tag": "question", "view": "answer"}
PLACES = {word: place for place, word in enumerate(CONTEXT.split(" "))}


def behind(tab: AttentionTab, word: str) -> np.ndarray:
    """Returns the most common pixel behind a word of the context."""
    left, top, right, bottom = tab.box(2, token=PLACES[word])
    (x, y), (until, end) = tab.on_canvas((left, top)), tab.on_canvas((right, bottom))
    middle = int(y + end) // 2
    pixels = tab.picture()[middle - 2 : middle + 12, int(x) : int(until)].reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    return colours[counts.argmax()].astype(int)


def test_the_predicted_span_is_marked_and_what_stands_beside_it_is_not(tab: AttentionTab) -> None:
    tab.open(**AT)
    inside, outside = behind(tab, "w91"), [behind(tab, word) for word in ("w88", "w94", "w20")]
    assert all((each == [255, 255, 255]).all() for each in outside)
    assert inside[2] - inside[0] > 40


def test_the_pointer_is_told_how_likely_the_answer_starts_and_ends_at_a_word(tab: AttentionTab) -> None:
    tab.open(**AT)
    start, end, none = (tab.hover(tab.place(2, token=PLACES[word])) for word in ("w90", "w92", "w10"))
    assert "w90" in start and "starts here with 0.700, ends here with 0" in start
    assert "ends here with 0.700" in end and "0.700" not in none


def test_windows_are_chosen_on_the_strip_and_dim_what_they_do_not_hold(tab: AttentionTab) -> None:
    tab.open(**AT)
    before = tab.picture()
    tab.drawn(lambda: tab.click(tab.place(2, window=0)), window=0)
    assert (tab.picture() != before).any()
    said = tab.hover(tab.place(2, window=2))
    assert "Window 3 of 3" in said and "40 tokens" in said


def test_arrows_walk_the_best_spans_and_mark_them(tab: AttentionTab) -> None:
    tab.open(**AT)
    plain = behind(tab, "w70")
    tab.drawn(lambda: tab.press(Keys.ARROW_DOWN), candidate=0)
    tab.drawn(lambda: tab.press(Keys.ARROW_DOWN), candidate=1)
    assert (behind(tab, "w70") != plain).any()


@pytest.mark.parametrize("view", ["heads", "grid", "matrix", "text", "architecture"])
def test_the_other_views_show_the_window_that_was_looked_at(tab: AttentionTab, view: str) -> None:
    tab.open(**AT | {"view": view})
    labels = tab.scene("scene.units.map((unit) => unit.label)")
    assert labels[:5] == ["[CLS]", "which", "word", "[SEP]", "w80"] and labels[-2:] == ["w119", "[SEP]"]
