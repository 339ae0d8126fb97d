"""The exchange of a name or number of a question for another of its context, and the negation of a question."""

import re
from collections.abc import Iterator, Sequence

import numpy as np

# Of the shape of a text, in which "A" is a capital letter, "a" any other, and "0" a digit.
_NAME = re.compile(r"A[aA'-]+(?: A[aA'-]+)*|0(?:[0,.]*0)?")
_BEGINS_SENTENCE = re.compile(r"(?:^|[.!?:\n])[\W_]*\Z")
_LOOKED_BACK = 8  # characters before a name, which show whether a sentence begins there
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|do|does|did|could|has|have|had|would|should)\b(?! not\b|n't)")


def with_other_name(text: str, context: str, answers: Sequence[str], random: np.random.Generator) -> str | None:
    """Exchanges a name or number that a question and its context have for another one of the context.

    A name is one or several words with a capital letter that begin no sentence; a number is exchanged for one of as
    many characters.

    Args:
        text: The question.
        context: Its context.
        answers: Its answers, of which no name is taken.
        random: The random numbers.

    Returns:
        The changed question; `None` if there are no two such names.
    """
    taken = " ".join([text, *answers]).casefold()
    of_context = [name for name in dict.fromkeys(name for name, _ in _names(context)) if name.casefold() not in taken]
    asked = [(name, start) for name, start in _names(text) if name.casefold() in context.casefold()]
    for number in random.permutation(len(asked)).tolist():
        name, start = asked[number]
        others = [other for other in of_context if _alike(name, other)]
        if others:
            return text[:start] + others[int(random.integers(len(others)))] + text[start + len(name) :]
    return None


def negated(text: str, random: np.random.Generator) -> str | None:
    """Puts a "not" behind the first English auxiliary verb of a question; `None` if it has none."""
    found = _AUXILIARY.search(text)
    if found is None:
        return None
    return text[: found.end()] + (" not" if random.random() < 0.5 else "n't") + text[found.end() :]


def _names(text: str) -> Iterator[tuple[str, int]]:
    """Yields each name and number, and where it stands."""
    shape = "".join("A" if c.isupper() else "a" if c.isalpha() else "0" if c.isdecimal() else c for c in text)
    for found in _NAME.finditer(shape):
        start = found.start()
        if shape[start] == "0" or not _BEGINS_SENTENCE.search(text[max(0, start - _LOOKED_BACK) : start]):
            yield text[start : found.end()], start


def _alike(name: str, other: str) -> bool:
    if name[0].isdecimal() or other[0].isdecimal():
        return name[0].isdecimal() and other[0].isdecimal() and len(name) == len(other)
    return name.casefold() not in other.casefold()
