"""Checks of the texts that a client sends, and their division into requests."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from bert_keras.errors import InputError

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""The inputs of a signature by name, all of the same number of rows."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def text_columns(rows: Any) -> dict[str, list[str]]:
    """Converts rows of a classifier to the inputs of its signature.

    Args:
        rows: Texts, or (text, pair) tuples.

    Returns:
        `text`, and `pair` for pairs.

    Raises:
        InputError: They are not a list of texts or of pairs, or hold what is no text.
    """
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        raise InputError(f"expected a list of texts or of (text, pair) tuples. Received: {rows!r:.60}")
    single = bool(rows) and isinstance(rows[0], str)
    for row in rows:
        pair = isinstance(row, tuple | list) and len(row) == 2 and all(isinstance(part, str) for part in row)
        if not (isinstance(row, str) if single else pair):
            raise InputError(f"expected a list of texts or of (text, pair) tuples, all alike. Received: {row!r:.60}")
    if single:
        return _valid({"text": _plain(rows)})
    return _valid({"text": _plain([row[0] for row in rows]), "pair": _plain([row[1] for row in rows])})


def single_texts(texts: Any) -> dict[str, list[str]]:
    """Converts texts to the input of a token classifier's signature.

    Args:
        texts: The texts.

    Returns:
        `text`.

    Raises:
        InputError: They are not a list of texts.
    """
    if isinstance(texts, str) or not isinstance(texts, Sequence) or not all(isinstance(text, str) for text in texts):
        raise InputError(f"expected a list of texts. Received: {texts!r:.60}")
    return _valid({"text": _plain(texts)})


def question_columns(question: Any, context: Any) -> dict[str, list[str]]:
    """Converts questions to the inputs of a reader's signature.

    Args:
        question: A question, or a list of them.
        context: The context of all questions, or a list with one for each.

    Returns:
        `question` and `context`.

    Raises:
        InputError: They are no texts, or their numbers differ.
    """
    questions = [question] if isinstance(question, str) else question
    contexts = (
        [context] * len(questions) if isinstance(context, str) and isinstance(questions, list | tuple) else context
    )
    for texts in (questions, contexts):
        if not isinstance(texts, list | tuple) or not all(isinstance(text, str) for text in texts):
            raise InputError(f"expected texts: questions and their contexts. Received: {texts!r:.60}")
    if len(questions) != len(contexts):
        raise InputError(
            f"each question needs its context. Received: {len(questions)} questions, {len(contexts)} contexts"
        )
    return _valid({"question": _plain(questions), "context": _plain(contexts)})


def given_columns(inputs: Any) -> dict[str, list[Any]]:
    """Checks the inputs of any signature.

    Args:
        inputs: Lists or arrays by the name of an input, all of the same number of rows.

    Returns:
        Lists by name.

    Raises:
        InputError: There are none, their numbers of rows differ, or a text is no valid Unicode.
    """
    if not isinstance(inputs, Mapping) or not inputs or not all(isinstance(name, str) for name in inputs):
        raise InputError(f"expected the inputs of a signature by name. Received: {inputs!r:.60}")
    named = {name: _listed(name, values) for name, values in inputs.items()}
    counts = {name: len(values) for name, values in named.items()}
    if len(set(counts.values())) != 1:
        raise InputError(f"the inputs of a request have the same number of rows. Received: {counts}")
    return _valid(named)


def requests_of(columns: Columns, most: int) -> Iterator[dict[str, Sequence[Any]]]:
    """Divides rows into requests, in order.

    Args:
        columns: The rows.
        most: The largest number of rows of a request.

    Yields:
        The inputs of each request.
    """
    count = len(next(iter(columns.values())))
    for first in range(0, count, most):
        yield {name: values[first : first + most] for name, values in columns.items()}


def _listed(name: str, values: Any) -> list[Any]:
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, list | tuple):
        raise InputError(f"input {name}: expected a list or an array with a row for each. Received: {values!r:.60}")
    return [value.tolist() if isinstance(value, np.ndarray | np.generic) else value for value in values]


def _plain(texts: Sequence[str]) -> list[str]:
    """Returns texts as `str` itself, of which NumPy has a class of its own."""
    return [str(text) for text in texts]


def _valid(columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
    for name, values in columns.items():
        for row, value in enumerate(values):
            _check_unicode(f"{name}, row {row}", value)
    return columns


def _check_unicode(where: str, value: Any) -> None:
    """Raises an error for half of a character, which neither UTF-8 nor the JSON of servers can carry."""
    if isinstance(value, str):
        found = _SURROGATE.search(value)
        if found:
            raise InputError(
                f"{where}: the text is no valid Unicode, it has half of a character (a surrogate) at {found.start()}; "
                f"text.encode('utf-8', 'replace') replaces it. Received: U+{ord(found[0]):04X}"
            )
    elif isinstance(value, list | tuple):
        for part in value:
            _check_unicode(where, part)
