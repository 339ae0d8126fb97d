import pytest

from bert_keras.data.labels.lists import ShortenedList, list_of, looks_like_list


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ('["late", "rude, loud", "a]b"]', ["late", "rude, loud", "a]b"]),  # JSON, Polars
        (' ["late"] ', ["late"]),
        ("[]", []),
        ('["late", null, 1, true]', ["late", None, 1, True]),
        ("['late', 'rude']", ["late", "rude"]),  # Python, pandas
        ("['it\\'s', \"so\", 'a\\nb', 'caf\\xe9', '\\\\']", ["it's", "so", "a\nb", "café", "\\"]),
        ("['late', None, nan]", ["late", None, None]),
        ("[True, False]", [True, False]),
        ("('late', 'rude')", ["late", "rude"]),
        ("{'late', 'a\\nb'}", ["late", "a\nb"]),
        ("('late',)", ["late"]),
        ("()", []),
        ("set()", []),
        ("['late' 'rude, loud']", ["late", "rude, loud"]),  # NumPy, datasets
        ("['late'\n 'rude']", ["late", "rude"]),
        ("['late' None]", ["late", None]),
        ("[0 1]", [0, 1]),
        ("[ 1. -2.\n  0.]", [1, -2, 0]),
        ("[ True False]", [True, False]),
        ("[late, on time, 'rude, loud', NULL]", ["late", "on time", "rude, loud", None]),  # DuckDB
        ("['it\\'s, so', it's]", ["it's, so", "it's"]),
        ("[007]", ["007"]),
        (
            '{late,"on time","a\\"b","c\\\\n",NULL,"NULL"}',
            ["late", "on time", 'a"b', "c\\n", None, "NULL"],
        ),  # PostgreSQL
        ("{007,1}", ["007", "1"]),
        ("{}", []),
        ('{"choices": ["late", "rude"]}', ["late", "rude"]),  # Label Studio
    ],
)
def test_lists_are_read_as_tools_print_them(text: str, items: list[object]) -> None:
    found = list_of(text)
    assert found == items
    assert [type(item) for item in found] == [type(item) for item in items]


@pytest.mark.parametrize(
    "text",
    [
        "late",
        "[late",
        "late]",
        "(late)",
        "(late, rude)",
        "['late' rude]",
        "['late', , 'rude']",
        "[late,]",
        "[a]|[b]",
        "[a, [b]]",
        "{{a,b},{c,d}}",
        "['it''s']",
        '{"late": 1}',
        '{"choices": "late"}',
        "['late', 'rude]",
    ],
)
def test_what_no_tool_prints_is_no_list(text: str) -> None:
    assert list_of(text) is None


@pytest.mark.parametrize("text", ["[0 1 2 ... 7 8 9]", "['a' 'b' ... 'y' 'z']", "['a', 'b', ..., 'z']", "[...]"])
def test_a_list_without_its_middle_is_never_read(text: str) -> None:
    with pytest.raises(ShortenedList):
        list_of(text)


def test_dots_within_an_item_leave_nothing_out() -> None:
    assert list_of("['...', 'so...']") == ["...", "so..."]
    assert list_of('["a ... b"]') == ["a ... b"]


@pytest.mark.parametrize(
    ("text", "is_one"), [("[a]", True), (" {a} ", True), ("('a')", True), ("(a)", False), ("[a}", False), ("", False)]
)
def test_brackets_tell_a_list(text: str, is_one: bool) -> None:
    assert looks_like_list(text) == is_one


@pytest.mark.parametrize(
    "text", ["[" * 5000 + "]" * 5000, "[" + "1" * 5000 + "]", "['" + "\\" * 4001 + "']", "[" + "'a' " * 5000 + "x]"]
)
def test_hostile_lists_end_in_time(text: str) -> None:
    list_of(text)
