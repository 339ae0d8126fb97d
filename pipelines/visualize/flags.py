"""What stands behind flags of `visualize` that hold more than a word: methods, layers, heads, replacements."""

import re
from collections.abc import Iterable, Sequence

from bert_keras.errors import InputError

METHODS = ("raw", "rollout", "gradient", "norm", "integrated_gradients")
_HEAD = re.compile(r"(\d+)\.(\d+)")


def methods_of(given: Sequence[str] | None) -> tuple[str, ...]:
    """Reads methods, with blanks or commas between them.

    Args:
        given: As typed; None for all.

    Returns:
        Their names.

    Raises:
        InputError: One that is not known.
    """
    if given is None:
        return METHODS
    names = _parts(given)
    wrong = next((name for name in names if name not in METHODS), None)
    if wrong is not None or not names:
        raise InputError(f"--methods are {', '.join(METHODS)}. Received: {wrong or 'none'}")
    return tuple(dict.fromkeys(names))


def layers_of(given: Sequence[str] | None) -> tuple[int, ...] | None:
    """Reads numbers of layers, with blanks or commas between them.

    Args:
        given: As typed.

    Returns:
        The numbers, 0 for the input; None where nothing was given.

    Raises:
        InputError: Something else than a number.
    """
    if given is None:
        return None
    numbers = _parts(given)
    wrong = next((number for number in numbers if not (number.isascii() and number.isdecimal())), None)
    if wrong is not None or not numbers:
        raise InputError(f"--layers are numbers, 0 for the input, as in --layers 0 3 6. Received: {wrong or 'none'}")
    return tuple(dict.fromkeys(map(int, numbers)))


def heads_of(given: str | None) -> tuple[tuple[int, int], ...]:
    """Reads heads.

    Args:
        given: As typed: "3.5,2.1".

    Returns:
        Layer and head of each, numbered from 0 as in the Attention tab.

    Raises:
        InputError: Something else than layer.head.
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
    """Reads what to put in place of what.

    Args:
        given: As typed: "movie=film"; nothing behind the sign takes the words away.

    Returns:
        New by old.

    Raises:
        InputError: Nothing to replace.
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
