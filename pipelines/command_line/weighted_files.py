"""Files with the weight that their rows have in a training, as in `reviews.json:0.3`."""

import re
from pathlib import Path

from bert_keras.errors import InputError

MOST = 1000
"""The largest weight: how often rows are learned from in an epoch."""
_WEIGHTED = re.compile(r"(?P<name>.+):(?P<weight>\d+(\.\d+)?|\.\d+)")


def weighted_file(given: str) -> tuple[str, float]:
    """Splits a name such as `reviews.json:0.3` into the file and its weight.

    Args:
        given: A file, a pattern, a folder or a TFDS name, with a colon and a weight or without.

    Returns:
        The name without the weight, and the weight: 1 if none is given, or if a file has the whole name.

    Raises:
        InputError: The weight is 0, or above `MOST`.
    """
    found = _WEIGHTED.fullmatch(given)
    if not found or Path(given).exists():
        return given, 1.0
    weight = float(found["weight"])
    if not weight:
        raise InputError(f"the weight of a file must be above 0; leave the file out instead. Received: {given}")
    if weight > MOST:
        raise InputError(f"the weight of a file must be up to {MOST:,}. Received: {given}")
    return found["name"], weight
