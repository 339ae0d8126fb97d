"""Tests the layout of running text: lines, and the order of words in both directions."""

from typing import Any

import pytest
from attention_tab import AttentionTab

WIDTH = 300


@pytest.fixture(autouse=True)
def opened(tab: AttentionTab) -> None:
    """Opens the page whose modules are tested."""
    tab.open(view="architecture")


def laid_out(tab: AttentionTab, text: str, expression: str, width: int = WIDTH) -> Any:
    """Returns a JavaScript expression of a text's `flow` and its code points `points`."""
    address = tab.script("return new URL('drawing/flow.js', document.baseURI).href")
    code = f"""const {{Flow}} = await import(address);
    const points = Array.from(text);
    const flow = new Flow(points, {{width, size: 16, lineHeight: 30, emptyHeight: 12}});
    return {expression};"""
    return tab.script(f"return (async (address, text, width) => {{ {code} }})(...arguments)", address, text, width)


def left_edges(tab: AttentionTab, text: str) -> list[float]:
    """Returns the left edge of each word of one line, in reading order."""
    spans, start = [], 0
    for word in text.split(" "):
        spans.append([start, start + len(word)])
        start += len(word) + 1
    edges = laid_out(tab, text, f"{spans}.map(([start, end]) => flow.boxes(start, end).map((box) => box.x))")
    assert all(len(boxes) == 1 for boxes in edges)
    return [boxes[0] for boxes in edges]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("one two three", [0, 1, 2]),
        ("שלום עולם טוב", [2, 1, 0]),
        ("one שלום עולם two", [0, 2, 1, 3]),
        ("שלום one two עולם", [3, 1, 2, 0]),
        ("שלום 132 עולם", [2, 1, 0]),
        ("one 132 שלום", [0, 1, 2]),
        ("مرحبا (132 דקות) hello", [3, 2, 1, 0]),
    ],
)
def test_words_stand_in_the_order_in_which_they_are_seen(tab: AttentionTab, text: str, seen: list[int]) -> None:
    edges = left_edges(tab, text)
    assert sorted(range(len(edges)), key=edges.__getitem__) == seen


def test_a_text_that_is_read_from_the_right_begins_there(tab: AttentionTab) -> None:
    (box,) = laid_out(tab, "שלום", "flow.boxes(0, 4)")
    assert box["x"] + box["width"] == pytest.approx(WIDTH)
    assert laid_out(tab, "hello", "flow.boxes(0, 5)")[0]["x"] == 0


@pytest.mark.parametrize(
    "text", ["plain words and more of them, so that lines end", "שלום hello עולם", "word-with-parts 😀 naïve"]
)
def test_a_character_is_found_where_it_stands(tab: AttentionTab, text: str) -> None:
    boxes = "points.map((point, place) => [point, place, flow.boxes(place, place + 1)[0]])"
    middles = f"{boxes}.filter(([point]) => point !== ' ')"
    found = laid_out(
        tab, text, f"{middles}.map(([, place, box]) => [place, flow.at(box.x + box.width / 2, box.y + 15)])"
    )
    assert found == [[place, place] for place, character in enumerate(text) if character != " "]


def test_lines_end_between_words_and_a_word_too_long_is_cut(tab: AttentionTab) -> None:
    lines = laid_out(tab, "some words " + "a" * 200 + " end", "flow.lines.map((line) => [line.start, line.end])", 100)
    assert lines[0] == [0, 11]
    assert [start for start, _ in lines[1:]] == [end for _, end in lines[:-1]]
    boxes = laid_out(tab, "a" * 200, "flow.boxes(0, 200)", 100)
    assert len(boxes) == len(lines) - 2 or len(boxes) == len(lines) - 1
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 100 for box in boxes)


def test_line_feeds_end_lines_and_empty_lines_are_low(tab: AttentionTab) -> None:
    assert laid_out(tab, "one\n\ntwo", "flow.lines.map((line) => line.top)") == [0, 30, 42]
    assert laid_out(tab, "one\n\ntwo", "[flow.at(2, 35), flow.at(2, 45), flow.height]") == [-1, 5, 72]


def test_only_the_lines_in_sight_are_named(tab: AttentionTab) -> None:
    text = "\n".join(["word"] * 100)
    assert laid_out(
        tab, text, "[flow.visible(-50, 40), flow.visible(65, 70), flow.visible(2990, 4000), flow.visible(3000, 3100)]"
    ) == [
        [0, 2],
        [2, 3],
        [99, 100],
        [0, 0],
    ]
