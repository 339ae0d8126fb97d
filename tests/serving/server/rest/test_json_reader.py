import json
import math
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.rest.body import read_body
from bert_keras.serving.server.rest.json_reader import MAX_DEPTH, JSONError, read_json

# RapidJSON's words and offsets.
REFUSED = [
    ("   ", "The document is empty. at offset: 3"),
    ("\0", "The document is empty. at offset: 0"),
    ("nul", "Invalid value. at offset: 3"),
    ("trux", "Invalid value. at offset: 3"),
    ("[-]", "Invalid value. at offset: 2"),
    ("[+1]", "Invalid value. at offset: 1"),
    ("[.5]", "Invalid value. at offset: 1"),
    ("[1, ]", "Invalid value. at offset: 4"),
    ("[1.]", "Miss fraction part in number. at offset: 3"),
    ("[1e]", "Miss exponent in number. at offset: 3"),
    ("[1.5e+]", "Miss exponent in number. at offset: 6"),
    ("[01]", "Missing a comma or ']' after an array element. at offset: 2"),
    ("[1", "Missing a comma or ']' after an array element. at offset: 2"),
    ("[Infx]", "Missing a comma or ']' after an array element. at offset: 4"),
    ("[Infinitx]", "Invalid value. at offset: 8"),
    ("[-Nax]", "Invalid value. at offset: 4"),
    ('{"a":1 "b":2}', "Missing a comma or '}' after an object member. at offset: 7"),
    ('{"a":1', "Missing a comma or '}' after an object member. at offset: 6"),
    ('{"a" 1}', "Missing a colon after a name of object member. at offset: 5"),
    ("{a: 1}", "Missing a name for object member. at offset: 1"),
    ('{"a":1,}', "Missing a name for object member. at offset: 7"),
    ("[1e400]", "Number too big to be stored in double. at offset: 1"),
    ("[0e999]", "Number too big to be stored in double. at offset: 1"),
    ('["x', "Missing a closing quotation mark in string. at offset: 3"),
    ('["a\tb"]', "Invalid escape character in string. at offset: 3"),
    ('["\\q"]', "Invalid escape character in string. at offset: 2"),
    ('["\\u12"]', "Incorrect hex digit after \\u escape in string. at offset: 2"),
    ('["\\ud83d"]', "The surrogate pair in string is invalid. at offset: 2"),
    ('["é\\ud83d\\u0041"]', "The surrogate pair in string is invalid. at offset: 4"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_no_json_is_refused_in_the_words_of_rapidjson(text: str, message: str) -> None:
    with pytest.raises(JSONError, match="^") as refused:
        read_json(text.encode())
    assert str(refused.value) == message


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_the_usual_way_refuses_the_same(text: str, message: str) -> None:
    with pytest.raises(ServingError) as refused:
        read_body(text.encode())
    assert refused.value.message == f"JSON Parse error: {message}"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a": 1} garbage', {"a": 1}),
        (b'{"a": "\xff"}', {"a": b"\xff"}),
        (b'{"a": 1, "a": 2}', {"a": 1}),
        (b'{"a": "\\ude00"}', {"a": b"\xed\xb8\x80"}),
        (b'{"a": "\\ud83d\\ude00\\u00e9\\n\\/"}', {"a": "😀é\n/"}),
        (b'{"a": [Inf, -Infinity, 1e-999]}', {"a": [math.inf, -math.inf, 0.0]}),
        (b'{"a": 18446744073709551615, "b": 18446744073709551616}', {"a": 2**64 - 1, "b": float(2**64)}),
        (b'{"a": -9223372036854775808, "b": -9223372036854775809}', {"a": -(2**63), "b": -float(2**63)}),
        (b'{"a": {}, "b": [[]], "c": [null, true, false, 0, -0, 1.50]}', None),
    ],
)
def test_what_rapidjson_takes_is_taken(body: bytes, value: Any) -> None:
    found = read_body(body)
    assert found == (json.loads(body) if value is None else value)
    if value is not None:
        assert [type(one) for one in found.values()] == [type(one) for one in value.values()]


def test_a_body_nested_without_end_is_refused_and_not_a_crash() -> None:
    for opening in (b"[", b'{"a":'):
        with pytest.raises(ServingError, match=f"nested deeper than {MAX_DEPTH} levels"):
            read_body(b'{"instances":' + opening * 200_000)


def test_deep_nesting_below_the_limit_is_read() -> None:
    value = read_json(b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH)
    depth = 0
    while isinstance(value, list):
        value, depth = value[0], depth + 1
    assert (value, depth) == (1, MAX_DEPTH)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(width=64) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Whether values are equal, with texts as bytes, NaN as itself and types of numbers told apart."""
    if isinstance(one, (str, bytes)) and isinstance(other, (str, bytes)):
        return _bytes(one) == _bytes(other)
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and (one == other or (one != one and other != other))


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=4), values, max_size=3), st.booleans())
def test_the_usual_way_and_the_exact_one_read_the_same(value: dict[str, Any], ascii_only: bool) -> None:
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert same(read_body(body), read_json(body))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet='{}[]",:\\ue019-+.tfnNI \tdD83', max_size=14))
def test_both_ways_take_and_refuse_the_same_bodies(text: str) -> None:
    body = f'{{"a": {text}'.encode()
    try:
        exact: Any = read_json(body)
    except JSONError as error:
        exact = f"JSON Parse error: {error}"
    try:
        usual: Any = read_body(body)
    except ServingError as error:
        usual = error.message
    assert same(exact, usual)
