"""The parsing of structured option values of `visualize`: methods, layers, heads and replacements."""

import re
from collections.abc import Iterable, Sequence

from bert_keras.errors import InputError

METHODS = ("raw", "rollout", "gradient", "norm", "integrated_gradients")
ALL_METHODS = (*METHODS, "shapley")
_HEAD = re.compile(r"(\d+)\.(\d+)")


def methods_of(given: Sequence[str] | None) -> tuple[str, ...]:
    """Parses attribution methods, separated by blanks or commas.

    Args:
        given: The option value; `None` means all but Shapley values, which take longest.

    Returns:
        The names of the methods, without duplicates.

    Raises:
        InputError: A method is not known, or there is none.
    """
    if given is None:
        return METHODS
    names = _parts(given)
    wrong = next((name for name in names if name not in ALL_METHODS), None)
    if wrong is not None or not names:
        raise InputError(f"--methods are {', '.join(ALL_METHODS)}. Received: {wrong or 'none'}")
    return tuple(dict.fromkeys(names))


def layers_of(given: Sequence[str] | None) -> tuple[int, ...] | None:
    """Parses layer numbers, separated by blanks or commas.

    Args:
        given: The option value, or `None`.

    Returns:
        The layer numbers, 0 for the input, without duplicates; `None` for `None`.

    Raises:
        InputError: A part is not a number, or there is none.
    """
    if given is None:
        return None
    numbers = _parts(given)
    wrong = next((number for number in numbers if not (number.isascii() and number.isdecimal())), None)
    if wrong is not None or not numbers:
        raise InputError(f"--layers are numbers, 0 for the input, as in --layers 0 3 6. Received: {wrong or 'none'}")
    return tuple(dict.fromkeys(map(int, numbers)))


def heads_of(given: str | None) -> tuple[tuple[int, int], ...]:
    """Parses attention heads, separated by blanks or commas.

    Args:
        given: The option value, such as "3.5,2.1", or `None`.

    Returns:
        The layer and head number of each head, from 0 as in the Attention tab, without duplicates; empty for `None`.

    Raises:
        InputError: A part does not have the form layer.head, or there is none.
    """
    if given is None:
        return ()
    heads = []
    for part in _parts([given]):
        found = _HEAD.fullmatch(part)
        if found is None:
            raise InputError(f'--mask_heads are written layer.head, as in "3.5,2.1". Received: {part!r:.40}')
        heads.append((int(found[1]), int(found[2])))
    if not heads:
        raise InputError('--mask_heads are written layer.head, as in "3.5,2.1". Received: none')
    return tuple(dict.fromkeys(heads))


def replacements_of(given: Sequence[str] | None) -> dict[str, str]:
    """Parses replacements of words.

    Args:
        given: The option values, such as "movie=film", or `None`. An empty text after the sign deletes the words.

    Returns:
        A mapping from the words to replace to the new words; empty for `None`.

    Raises:
        InputError: A value does not have the form OLD=NEW, or would change nothing.
    """
    replacements = {}
    for part in given or ():
        old, sign, new = part.partition("=")
        if not sign or not old.strip() or old == new:
            raise InputError(f'--replace is written OLD=NEW, as in "movie=film". Received: {part!r:.60}')
        replacements[old] = new
    return replacements


def _parts(given: Iterable[str]) -> list[str]:
    return [part for text in given for part in re.split(r"[,\s]+", text) if part]
