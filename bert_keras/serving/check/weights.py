"""The check that every weight is stored once: no float tensor is in the checkpoint twice."""

import hashlib
from pathlib import Path

import numpy as np
import tensorflow as tf

from bert_keras.serving.check.report import Verdict

SMALL = 1000
"""The size in elements up to which tensors, such as biases, may be equal by chance."""
BOOKKEEPING = ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter")


def check_weights(folder: Path) -> Verdict:
    """Searches the checkpoint for float tensors that it holds more than once.

    Args:
        folder: The version's folder.

    Returns:
        The faults, and the number of floats as text.
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
    """Returns the shapes of all float tensors by name."""
    types = tf.train.load_checkpoint(str(prefix)).get_variable_to_dtype_map()
    shapes = tf.train.list_variables(str(prefix))
    named = {name: tuple(shape) for name, shape in shapes if not any(part in name for part in BOOKKEEPING)}
    return {name: shape for name, shape in sorted(named.items()) if types[name].is_floating}


def _find_twins(floats: dict[str, tuple[int, ...]], prefix: Path) -> Verdict:
    """Compares the tensors' contents, with one tensor in memory at a time."""
    reader = tf.train.load_checkpoint(str(prefix))
    seen: dict[tuple[tuple[int, ...], str], str] = {}
    faults = []
    for name, shape in floats.items():
        if np.prod(shape, dtype=np.int64) <= SMALL:
            continue
        values = np.ascontiguousarray(reader.get_tensor(name))
        # Constant tensors are skipped: biases and scales start as zeros and ones, and are equal without being shared.
        if (values == values.flat[0]).all():
            continue
        key = (shape, hashlib.sha256(values.tobytes()).hexdigest())
        if key in seen:
            faults.append(f"{name} and {seen[key]} hold the same {list(shape)}")
        seen.setdefault(key, name)
    total = sum(int(np.prod(shape, dtype=np.int64)) for shape in floats.values())
    return faults, f"{total:,} floats in {len(floats)} tensors"
