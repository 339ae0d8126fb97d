"""The comparison of the C API's answers with Python's."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_text  # noqa: F401  (registers its ops, which the export may need to load)
from tensorflow.core.framework import types_pb2

from bert_keras.serving.check.case import Answer, Arrays, Case
from bert_keras.serving.check.entity_rules import entity_faults
from bert_keras.serving.check.graph import nodes_of, read_saved_model, serve_graphs
from bert_keras.serving.check.report import Verdict
from bert_keras.serving.check.span_rules import span_faults, with_ties_as
from bert_keras.serving.check.weights import constants

TOLERANCE = 1e-4
_ROUNDED = 1e-6  # of a number itself: some roundings of float32
# Two runs of a bfloat16 graph need not round alike: this far apart in units of the tolerance, for probabilities and for
# the odds of spans. Which answer is best may hang on it, so that only numbers are compared; see `agreement`.
_OF_BFLOAT16, _OF_BFLOAT16_SPANS = 500.0, 5000.0


class PythonModel:
    """An export as `tf.saved_model.load` runs it on the CPU, loaded by the first call.

    Args:
        folder: The version's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._loaded: Any = None

    @functools.cached_property
    def unit(self) -> float:
        """The size of the numbers that a regression gives: the norm of its last layer's kernel, but at least 1.

        That layer holds the deviation of the numbers it was trained on, and multiplies all differences before it.
        """
        held = getattr(self._load(), "weights", ())
        weights = [np.asarray(weight) for weight in (held.values() if isinstance(held, Mapping) else held)]
        graphs = serve_graphs(read_saved_model(self.folder))
        weights += [weight for graph in graphs for weight in constants(graph) if weight.ndim == 2]
        return max([1.0, *(float(np.linalg.norm(of)) for of in weights if of.ndim == 2 and of.shape[1] == 1)])

    @functools.cached_property
    def rounded(self) -> bool:
        """Whether the export computes in bfloat16."""
        graphs = serve_graphs(read_saved_model(self.folder))
        return any(node.attr["dtype"].type == types_pb2.DT_BFLOAT16 for graph in graphs for node in nodes_of(graph))

    def run(self, case: Case) -> dict[str, np.ndarray]:
        """Returns the outputs of one case by name."""
        # The child runs on the CPU; a GPU's matrix products would differ by more than the tolerance.
        with tf.device("/CPU:0"):
            self._load()
            feeds = {name: tf.constant(value, _dtype(value)) for name, value in case.feeds.items()}
            return {name: tensor.numpy() for name, tensor in self._loaded.signatures[case.signature](**feeds).items()}

    def _load(self) -> Any:
        if self._loaded is None:
            self._loaded = tf.saved_model.load(str(self.folder))
        return self._loaded


def judge(case: Case, answer: Answer, python: PythonModel) -> Verdict:
    """Judges whether an answer is correct.

    Args:
        case: The call.
        answer: The C API's answer.
        python: The model to compare with.

    Returns:
        The faults, and a short description of the answer.
    """
    if answer.fatal:
        return [answer.fatal], ""
    if case.refused:
        return ([] if answer.error else ["answered, not refused"]), f"refused: {answer.error.partition(':')[0]}"
    if answer.outputs is None:
        return [answer.error[:300]], ""
    try:
        wanted: Arrays = python.run(case)
    except (OSError, tf.errors.OpError, ValueError, TypeError) as error:
        return [f"Python fails where C++ answers: {str(error)[:200]}"], ""
    rows = len(next(iter(case.feeds.values())))
    faults = span_faults(case.feeds, answer.outputs) if case.spans else []
    faults += entity_faults(case.feeds, answer.outputs) if case.entities else []
    wanted = with_ties_as(answer.outputs, wanted) if case.spans and not faults else wanted
    unit = python.unit if "score" in wanted and not case.spans else 1.0
    if python.rounded and case.entities:  # which there are hangs on roundings too
        return faults, f"{rows} row{'s' * (rows != 1)} with entities of the texts"
    if python.rounded:
        wanted = {name: value for name, value in wanted.items() if np.issubdtype(np.asarray(value).dtype, np.floating)}
        answered = {name: value for name, value in answer.outputs.items() if name in wanted}
        faults += differences(answered, wanted, rows, unit * (_OF_BFLOAT16_SPANS if case.spans else _OF_BFLOAT16))
        return faults, f"{rows} row{'s' * (rows != 1)} as Python answers, as far as bfloat16 rounds"
    return [
        *faults,
        *differences(answer.outputs, wanted, rows, unit),
    ], f"{rows} row{'s' * (rows != 1)} as Python answers"


def differences(
    outputs: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray], rows: int, unit: float = 1.0
) -> list[str]:
    """Returns the differences between an answer and Python's.

    Args:
        outputs: The answer's outputs by name.
        wanted: Python's outputs by name.
        rows: The size of the batch.
        unit: The size of the numbers, by which the tolerance is multiplied.

    Returns:
        At most one fault per output.
    """
    faults = [f"the outputs are {sorted(outputs)}, Python's {sorted(wanted)}"] if set(outputs) != set(wanted) else []
    for name in sorted(set(outputs) & set(wanted)):
        fault = _difference(outputs[name], np.asarray(wanted[name]), rows, unit)
        faults += [f"{name} {fault}"] if fault else []
    return faults


def _difference(output: np.ndarray, wanted: np.ndarray, rows: int, unit: float) -> str:
    """Returns the fault of one output, worded to follow its name; empty if there is none."""
    if not output.ndim or output.shape[0] != rows:
        return f"has shape {list(output.shape)} for {rows} rows"
    if output.shape != wanted.shape:
        return f"has shape {list(output.shape)}, Python's {list(wanted.shape)}"
    if output.dtype == object:
        if not all(_is_utf8(text) for text in output.flat):
            return "is not UTF-8"
        return "" if (output == wanted).all() else "differs from Python's"
    if not np.issubdtype(output.dtype, np.floating):
        return "" if np.array_equal(output, wanted) else "differs from Python's"
    if not np.isfinite(output).all():
        return "holds NaN or infinity, which JSON lacks"
    apart = np.abs(output.astype(np.float64) - wanted)
    if (apart <= TOLERANCE * unit + _ROUNDED * np.abs(wanted)).all():
        return ""
    return f"is {apart.max():.2g} away from Python's"


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _dtype(value: np.ndarray) -> tf.DType:
    return tf.string if value.dtype == object else tf.as_dtype(value.dtype)
