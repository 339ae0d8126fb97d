import math
from collections import Counter

import pytest
from hypothesis import given, strategies as st

from bert_keras.insight.projector_metadata import EMPTY, NEXT, OTHERS, cell, few_values, table


def read_as_the_projector_does(text: str) -> list[dict[str, str | None]]:
    """Lines and cells, as the projector's own parser finds them."""
    names, rows = [], []
    for line in text.split("\n"):
        if not line.strip():
            continue
        cells = line.split("\t")
        if not names and "\t" in line:
            names = cells
            continue
        rows.append({name: cell or None for name, cell in zip(names, cells, strict=True)})
    return rows


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
def test_whatever_texts_hold_each_point_keeps_its_line(pairs: list[tuple[str, str]]) -> None:
    written = table({"a": [first for first, _ in pairs], "b": [second for _, second in pairs]})
    rows = read_as_the_projector_does(written)
    assert [list(row.values()) for row in rows] == [[cell(first), cell(second)] for first, second in pairs]
    assert written.endswith("\n") and written.encode("utf-8").decode("utf-8") == written


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("", EMPTY),
        (" ", '" "'),
        ("a\tb\nc\rd", r"a\tb\nc\rd"),
        ("a\u2028b\x00", r"a\u2028b\u0000"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("مرحبا 🎬", "مرحبا 🎬"),
        ("12", "12"),
        ("-0.5", "-0.5"),
        ("007", '"007"'),
        ("1e5", '"1e5"'),
        ("1.0", '"1.0"'),
        ("0x1f", '"0x1f"'),
        ("Infinity", '"Infinity"'),
        ("7 samurai", "7 samurai"),
        (0.25, "0.25"),
        (3.0, "3"),
        (math.nan, "(nan)"),
        (math.inf, "(inf)"),
    ],
)
def test_cells_are_texts_that_the_projector_leaves_as_they_are(value: str | float, shown: str) -> None:
    assert cell(value) == shown


def test_long_texts_are_cut_visibly() -> None:
    assert len(cell("x" * 5_000)) == 400
    assert cell("x" * 5_000).endswith("x…")


def test_the_end_of_a_line_from_step_to_step_stays_empty() -> None:
    assert table({"a": ["x", "y"], NEXT: ["1", ""]}) == f"a\t{NEXT}\nx\t1\ny\t\n"


def test_a_column_to_colour_by_has_at_most_fifty_values() -> None:
    values = [f"label {place}" for place in range(77) for _ in range(place + 1)]
    few = Counter(few_values(values))
    assert len(few) == 50 and few[OTHERS] == sum(range(1, 29)) and few["label 76"] == 77
    assert few_values(values[:200]) is not None and few_values(["a", "b"]) == ["a", "b"]
    numbers = [float(place) for place in range(100)]
    assert few_values(numbers) is numbers
