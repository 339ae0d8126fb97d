"""The labels of the text view: long names, the ones that a change leads to, two set against each other."""

import re

from attention_tab import AttentionTab
from made_logs import GRADIENTS, NAMES, TURNED
from selenium.webdriver.support.ui import Select
from test_text_view import colour, svg

AT = {"run": "labels", "tag": "many labels", "view": "text"}
ONE, UNKNOWN, TWO = ({"word": word, "place": word + 1} for word in range(3))


def test_integrated_gradients_are_shown_first_with_how_they_agree_with_masking(tab: AttentionTab) -> None:
    tab.open(**AT)
    choose = Select(tab.browser.find_element("css selector", "select[data-name=method]"))
    assert choose.first_selected_option.text == "Integrated gradients (masking 0.49)"
    assert "Rank correlation with masking" in (written := svg(tab)) and ">0.49<" in written


def test_for_label_is_said_only_of_methods_that_know_a_label(tab: AttentionTab) -> None:
    tab.open(**AT)
    assert ">for label a card" in svg(tab)
    tab.go(**AT, method="raw")
    assert ">for " not in svg(tab)


def test_long_labels_are_cut_in_their_middle_and_whole_in_the_tooltip(tab: AttentionTab) -> None:
    tab.open(**AT)
    assert "…" in (written := svg(tab)) and "case 11<" in written and NAMES[11] not in written
    assert tab.hover(tab.place(2, label=11)).startswith(f"{NAMES[11]}: 0.632\npredicted")
    assert (
        tab.browser.find_element("css selector", ".bk-outcome").get_attribute("title")
        == f"{NAMES[11]}; true: {NAMES[0]}"
    )


def test_the_label_that_a_change_leads_to_is_among_the_bars(tab: AttentionTab) -> None:
    tab.open(**AT)
    shown = {thing["label"] for thing in tab.things(4) if "label" in thing}
    assert {11, 0, TURNED} <= shown and len(shown) == 8
    tab.hover(tab.place(1, **UNKNOWN))
    assert re.search(r">Without “\[UNK\]”[^<]*…[^<]*case 02<", svg(tab))
    assert re.search(r">a card[^<]*…[^<]* 0\.632 → 0\.009<", svg(tab))


def test_an_unknown_word_is_marked_as_unread(tab: AttentionTab) -> None:
    tab.open(**AT)
    assert "the model read [UNK]" in tab.hover(tab.place(1, **UNKNOWN))
    assert "the model read [UNK]" not in tab.hover(tab.place(1, **ONE))
    assert "Dotted: not in the vocabulary" in (written := svg(tab)) and "stroke-dasharray" in written


def short(label: str) -> str:
    """Returns a name as a list shows it."""
    return f"{label[:18]}…{label[-17:]}"


def test_why_one_label_and_not_another_colours_the_difference_of_both(tab: AttentionTab) -> None:
    tab.open(**AT, method="contrast")
    (first, one), (second, other) = GRADIENTS.items()
    less = [a - b for a, b in zip(one, other, strict=True)]
    most = max(map(abs, less))
    for thing in (ONE, TWO):
        expected = tab.scene("scene.theme.diverging(0.85 * arguments[0])", less[thing["place"]] / most)
        assert max(abs(a - b) for a, b in zip(colour(tab, thing), expected, strict=True)) < 4, thing
    assert colour(tab, ONE)[2] > colour(tab, ONE)[0]  # blue: it speaks for the predicted label
    selects = [tab.browser.find_element("css selector", f"select[data-name={name}]") for name in ("why", "than")]
    assert [Select(each).first_selected_option.text for each in selects] == [short(first), short(second)]
    tab.go(**AT, method="contrast", why=second, than=first)
    assert colour(tab, ONE)[0] > colour(tab, ONE)[2]  # orange: it speaks against the other


def test_masked_sentences_are_coloured_and_listed(tab: AttentionTab) -> None:
    tab.open(**AT, method="sentences")
    assert "Sentences that count most" in (written := svg(tab)) and ">one [UNK]<" in written
    for thing, share in ((ONE, 1.0), (UNKNOWN, 1.0), (TWO, -1 / 3)):
        expected = tab.scene("scene.theme.diverging(0.85 * arguments[0])", share)
        assert max(abs(a - b) for a, b in zip(colour(tab, thing), expected, strict=True)) < 4, thing
