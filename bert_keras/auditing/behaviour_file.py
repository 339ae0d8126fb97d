"""Behavioural tests in a YAML file."""

import difflib
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from bert_keras.auditing.behaviour import KINDS, Behaviour, Case
from bert_keras.errors import InputError
from bert_keras.files import TextFile, listed, shown_value, where

_USUAL_RATE = 0.9
_KEYS = ("name", "kind", "rate", "label", "cases", "typos", "swap")
_WORD = re.compile(r"[^\W\d_]{5,}")
_LINE, _LINES = object(), object()


class _Loader(yaml.SafeLoader):
    """Loads plain values alone, and remembers the lines of mappings and of the items of lists."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{twice!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep=True) | {_LINE: node.start_mark.line + 1, _LINES: _lines(node)}


def read_behaviours(path: str, labels: Sequence[str], names: Mapping[str, str] | None = None) -> list[Behaviour]:
    """Reads tests.

    Args:
        path: The file.
        labels: The labels of the model.
        names: The model's labels by the names that the file has for them; None if they are the same.

    Returns:
        The tests.

    Raises:
        DataError: The file cannot be read.
        InputError: It is no YAML, or no list of tests; the message names the line.
    """
    try:
        content = yaml.load(TextFile(path).text(), _Loader)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = where(path, mark.line + 1) if mark is not None else path
        raise InputError(f"{place}: no YAML ({error.problem}); see docs/audit.md") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: no YAML ({' '.join(str(error).split()):.200})") from error
    tests = content.get("tests") if isinstance(content, dict) else None
    if not isinstance(tests, list) or not tests:
        raise InputError(f"{where(path, 1)}: a list under 'tests' expected. Received: {shown_value(tests)}")
    lines = content[_LINES]["tests"]
    return [_test(path, line, test, labels, names or {}) for line, test in zip(lines, tests, strict=True)]


def _test(path: str, line: int, test: Any, labels: Sequence[str], names: Mapping[str, str]) -> Behaviour:
    place = where(path, line)
    if not isinstance(test, dict):
        raise InputError(f"{place}: a test with name, kind and cases expected. Received: {shown_value(test)}")
    given = {key: value for key, value in test.items() if key not in (_LINE, _LINES)}
    unknown = next((key for key in given if key not in _KEYS), None)
    if unknown is not None:
        near = difflib.get_close_matches(str(unknown), _KEYS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise InputError(f"{place}: a test has {', '.join(_KEYS)}{hint}. Received: {unknown!r:.80}")
    name, kind, rate = given.get("name"), given.get("kind"), given.get("rate", _USUAL_RATE)
    if not isinstance(name, str) or kind not in KINDS:
        raise InputError(
            f"{place}: a test has a name, and a kind of {', '.join(KINDS)}. Received: {name!r:.40}, {kind!r:.40}"
        )
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise InputError(f"{place}: 'rate' must be from 0 to 1. Received: {shown_value(rate)}")
    label = _label(place, kind, given.get("label"), labels, names)
    cases = _cases(path, place, kind, given, test[_LINES])
    return Behaviour(name, kind, tuple(cases), float(rate), label)


def _label(place: str, kind: str, given: Any, labels: Sequence[str], names: Mapping[str, str]) -> str | None:
    if kind in ("must_change", "must_not_change"):
        if given is not None:
            raise InputError(f"{place}: a test of kind {kind} has no label. Received: {shown_value(given)}")
        return None
    label = names.get(str(given), str(given))
    if label not in labels:
        raise InputError(
            f"{place}: a label of the model expected, or give its name for it with --labels {given}=LABEL. "
            f"Received: {shown_value(given)}; the model has {listed(list(labels))}"
        )
    return label


def _cases(path: str, place: str, kind: str, given: dict[Any, Any], lines: Mapping[str, Any]) -> list[Case]:
    cases = given.get("cases")
    if not isinstance(cases, list) or not cases:
        raise InputError(f"{place}: a list of 'cases' expected. Received: {shown_value(cases)}")
    changes = [key for key in ("typos", "swap") if given.get(key)]
    if changes and kind == "minimum" or len(changes) > 1:
        raise InputError(f"{place}: one of typos and swap changes texts of a kind with two. Received: {kind}")
    found = []
    for line, case in zip(lines["cases"], cases, strict=True):
        texts = [case] if isinstance(case, str) else case
        wanted = 1 if kind == "minimum" or changes else 2
        right = isinstance(texts, list) and len(texts) == wanted and all(isinstance(text, str) for text in texts)
        if not right or not all(text.strip() for text in texts):
            what = "a text" if wanted == 1 else "two texts, [before, after],"
            raise InputError(f"{where(path, line)}: {what} expected. Received: {shown_value(case)}")
        changed = None if kind == "minimum" else texts[-1]
        if changes:
            changed = _swapped(texts[0], given["swap"], where(path, line)) if "swap" in changes else _typo(texts[0])
        if changed == texts[0]:
            raise InputError(f"{where(path, line)}: the changed text is the same. Received: {shown_value(texts[0])}")
        found.append(Case(texts[0], changed, line))
    return found


def _typo(text: str) -> str:
    """Returns a text with two inner letters of a long word exchanged, the same each time."""
    chance = random.Random(text)
    words = [match for match in _WORD.finditer(text)]
    chance.shuffle(words)
    for match in words:
        places = [at for at in range(match.start() + 1, match.end() - 2) if text[at] != text[at + 1]]
        if places:
            at = chance.choice(places)
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _swapped(text: str, swap: Any, place: str) -> str:
    """Returns a text with words replaced; a mapping from words to what takes their places."""
    words = {key: value for key, value in swap.items() if isinstance(key, str)} if isinstance(swap, dict) else {}
    if not words or not all(isinstance(value, str) for value in words.values()):
        raise InputError(f"{place}: 'swap' must be words and what takes their places. Received: {shown_value(swap)}")
    pattern = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, words)) + r")(?!\w)")
    return pattern.sub(lambda match: words[match[0]], text)


def _lines(node: Any) -> dict[Any, list[int]]:
    """Returns the lines of the items of each list in a mapping, by key."""
    return {
        key.value: [item.start_mark.line + 1 for item in value.value]
        for key, value in node.value
        if isinstance(value, yaml.SequenceNode)
    }
