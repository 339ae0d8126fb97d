"""The normalizer of a tokenizer: what it does to the characters of texts before they are split into words."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from bert_keras.text.canonical import normal_form
from bert_keras.text.character_steps import Characters, replace, replace_text, strip
from bert_keras.text.characters import CharacterTable, chained, changes, spaced_marks, table_of
from bert_keras.text.word_rules import WordRules, bert_strips_accents, steps

Step: TypeAlias = Callable[[Characters], Characters]
# A function, or a change of single characters: its name, or a character and what it becomes; () is none.
Change: TypeAlias = str | tuple[str, ...]
Part: TypeAlias = Change | Step

_FORMS = {"NFC": ("NFD", True), "NFD": ("NFD", False), "NFKC": ("NFKD", True), "NFKD": ("NFKD", False)}


class Normalizer:
    """The normalizer of word rules, in TensorFlow ops.

    Args:
        rules: The rules.
        spaced_ideographs: Whether to put blanks around CJK ideographs where the rules say so; false if the caller
            splits texts around them anyway.
    """

    def __init__(self, rules: WordRules, spaced_ideographs: bool = True) -> None:
        self._steps = _fused(
            [part for step in steps(rules.normalizer, "normalizers") for part in _parts(step, spaced_ideographs)]
        )

    def __call__(self, characters: Characters) -> Characters:
        """Returns the normalised characters, with their classes."""
        for step in self._steps:
            characters = step(characters)
        return characters


def _parts(step: Mapping[str, Any], spaced_ideographs: bool) -> list[Part]:
    """Returns what a step does, one after the other: changes of single characters, or functions."""
    kind = step["type"]
    if kind == "BertNormalizer":
        return _bert_parts(step, spaced_ideographs)
    if kind in _FORMS:
        return [_form(*_FORMS[kind])]
    if kind == "Lowercase":
        return ["lowercase"]
    if kind == "StripAccents":
        return ["marks"]
    if kind == "Strip":
        left, right = step.get("strip_left", True), step.get("strip_right", True)
        return [(), lambda characters: strip(characters, left, right)]
    pattern, content = step["pattern"]["String"], step["content"]
    if len(pattern) == 1:
        return [(pattern, content)]
    codes = [np.array([ord(c) for c in text], np.int32) for text in (pattern, content)]
    return [(), lambda characters: replace_text(characters, *codes)]


def _bert_parts(step: Mapping[str, Any], spaced_ideographs: bool) -> list[Part]:
    first: list[Part] = ["clean"] if step.get("clean_text", True) else []
    if step.get("handle_chinese_chars", True) and spaced_ideographs:
        first.append("ideographs")
    last: list[Part] = ["lowercase"] if step.get("lowercase", True) else []
    if not bert_strips_accents(step):
        return first + last
    exact = _fused([*first, _form("NFD", False), "accents", *last])
    fast = _fused([*first, "NFD", "accents", *last])

    def apply(characters: Characters) -> Characters:
        # Marks are removed, in whatever order, so that they need not be sorted but beside a mark that stays.
        different, _ = tf.unique(characters.points)
        marks = spaced_marks()
        slots = tf.minimum(tf.searchsorted(marks, different), len(marks) - 1)
        stay = tf.reduce_any(tf.gather(marks, slots) == different)
        return tf.cond(stay, lambda: _all(exact, characters), lambda: _all(fast, characters))

    return [apply]


def _form(decomposition: str, composed: bool) -> Step:
    table = _table((decomposition,))
    return lambda characters: normal_form(characters, table, composed)


def _fused(parts: Sequence[Part]) -> list[Step]:
    """Joins changes of single characters that follow each other; the first step sets the classes in any case."""
    result: list[Step] = []
    sets_classes = False
    for is_step, group in itertools.groupby(parts, callable):
        if is_step:
            result += [step for step in group if callable(step)]
            sets_classes = True
            continue
        names = tuple(name for name in group if name and not callable(name))
        if names or not sets_classes:
            result.append(_table_step(names))
            sets_classes = True
    return result if result else [_table_step(())]


def _table_step(names: tuple[Change, ...]) -> Step:
    table = _table(names)
    return lambda characters: replace(characters, table)


@functools.cache
def _table(names: tuple[Change, ...]) -> CharacterTable:
    return table_of(chained(*(changes(name) if isinstance(name, str) else {name[0]: name[1]} for name in names)))


def _all(functions: Sequence[Step], characters: Characters) -> Characters:
    for function in functions:
        characters = function(characters)
    return characters
