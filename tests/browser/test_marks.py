"""Entities and masks in the running text: their types below them, and what each hangs on by a click."""

import re

from attention_tab import AttentionTab
from selenium.webdriver.support.ui import Select
from test_text_view import svg

AT = {"run": "tagger", "tag": "entities", "view": "text", "method": "gradient"}
FIRST, SECOND, MISSED = ({"mark": number} for number in range(3))
ONE, FOUR = {"word": 0, "place": 1}, {"word": 2, "place": 4}


def tint(tab: AttentionTab, thing: dict[str, int]) -> tuple[int, int, int]:
    """Returns the colour behind a word, above its letters; below them is its mark."""
    left, top, *_ = tab.box(1, **thing)
    return tab.colour((left + 1, top + 12))


def test_entities_are_marked_with_types_and_probabilities(tab: AttentionTab) -> None:
    tab.open(**AT)
    written = svg(tab)
    assert re.search(r">LOC 90\.0\s?%<", written) and re.search(r">PER 75\.0\s?% ✗<", written)
    assert ">missed: LOC<" in written and "stroke-dasharray" in written
    assert tab.hover(tab.place(1, **FIRST)) == "“somewhere”: LOC 0.900\nThe colours are for this"
    assert tab.hover(tab.place(1, **SECOND)).startswith("“twoandthreemore”: PER 0.750\ntrue: no entity\nClick")
    assert tab.hover(tab.place(1, **MISSED)) == "“four”: LOC, which was not found"


def test_a_click_on_an_entity_shows_what_it_hangs_on_in_all_views(tab: AttentionTab) -> None:
    tab.open(**AT)
    blank, before = tint(tab, FOUR), tint(tab, ONE)
    assert blank == (255, 255, 255) != before and "“somewhere”: LOC" in svg(tab)
    tab.drawn(lambda: tab.click(tab.place(1, **SECOND)), decision=1)
    assert tint(tab, ONE) == blank != tint(tab, FOUR)
    assert "“twoandthreemore”: PER" in (written := svg(tab)) and "wrong: the true label is no entity" in written
    assert "“twoandthreemore”" in tab.text()
    choose = Select(tab.browser.find_element("css selector", "select[data-name=decision]"))
    assert [option.text for option in choose.options] == ["somewhere (LOC)", "twoandthreemore (PER)"]
    tab.go(**AT | {"view": "heads"}, decision=1)
    assert tab.scene("scene.record.header.target.rows") == [2]
    first = tab.scene("scene.record.header.statistics.importance")
    choose = Select(tab.browser.find_element("css selector", "select[data-name=decision]"))
    tab.drawn(lambda: choose.select_by_index(0), decision=0)
    assert tab.scene("scene.record.header.target.rows") == [0]
    assert tab.scene("scene.record.header.statistics.importance") == first[::-1]


def test_the_type_of_a_text_read_from_the_right_has_room_to_its_left(tab: AttentionTab) -> None:
    tab.open(**AT)
    text, marks = "مرتا زارت بازل", [[0, 4], [10, 14]]
    code = """const [text, marks, [marksModule, flowModule]] = arguments;
    return (async () => {
      const [{placedMarks}, {Flow}] = await Promise.all([import(marksModule), import(flowModule)]);
      const flow = new Flow(Array.from(text), {width: 700, size: 17, lineHeight: 40});
      const told = marks.map(([start, end]) => ({start, end, label: "person", score: 0.5, state: "found"}));
      const layout = {margin: 24, size: 17, textWidth: 700};
      return placedMarks({header: {marks: told}}, {text: 0, flow, y: 0}, layout, (label) => 8 * label.length);
    })();"""
    modules = [
        tab.script("return new URL(arguments[0], document.baseURI).href", name)
        for name in ("views/text/marks.js", "drawing/flow.js")
    ]
    first, last = tab.script(code, text, marks, modules)
    for mark in (first, last):
        (line,) = mark["lines"]
        assert mark["label"]["x"] + mark["label"]["width"] == line["x"] + line["width"]
    assert re.fullmatch(r"person 50\.0\s?%", last["label"]["text"]) and last["label"]["width"] == 8 * 13
    assert last["label"]["x"] + last["label"]["width"] < first["label"]["x"]
