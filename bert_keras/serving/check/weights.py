"""Every weight is stored once: no float tensor stands twice in the checkpoint."""

import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf

from bert_keras.serving.check.report import Verdict

SMALL = 1000
"""Tensors of up to so many elements may be equal by chance, such as biases."""
BOOKKEEPING = ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter")


def check_weights(folder: Path) -> Verdict:
    """Looks for float tensors that the checkpoint holds more than once.

    Args:
        folder: The version folder.

    Returns:
        The faults, and the number of floats.
    """
    prefix = folder / "variables" / "variables"
    if not prefix.with_suffix(".index").is_file():
        return [], "no variables"
    try:
        floats = _float_tensors(prefix)
        return _find_twins(floats, prefix)
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        return [f"the checkpoint cannot be read: {str(error)[:200]}"], ""


def _float_tensors(prefix: Path) -> dict[str, tuple[int, ...]]:
    """The names of all float tensors and their shapes."""
    types = tf.train.load_checkpoint(str(prefix)).get_variable_to_dtype_map()
    shapes = tf.train.list_variables(str(prefix))
    named = {name: tuple(shape) for name, shape in shapes if not any(part in name for part in BOOKKEEPING)}
    return {name: shape for name, shape in sorted(named.items()) if types[name].is_floating}


def _find_twins(floats: dict[str, tuple[int, ...]], prefix: Path) -> Verdict:
    """Compares the contents; one tensor is held in memory at a time."""
    reader = tf.train.load_checkpoint(str(prefix))
    seen: dict[tuple[tuple[int, ...], str], str] = {}
    faults = []
    for name, shape in floats.items():
        if np.prod(shape, dtype=np.int64) <= SMALL:
            continue
        values = np.ascontiguousarray(reader.get_tensor(name))
        # Zeros and ones are what biases and scales start from: equal, yet of different weights.
        if (values == values.flat[0]).all():
            continue
        key = (shape, hashlib.sha256(values.tobytes()).hexdigest())
        if key in seen:
            faults.append(f"{name} and {seen[key]} hold the same {list(shape)}")
        seen.setdefault(key, name)
    total = sum(int(np.prod(shape, dtype=np.int64)) for shape in floats.values())
    return faults, f"{total:,} floats in {len(floats)} tensors"
