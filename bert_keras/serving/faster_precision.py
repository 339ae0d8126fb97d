"""The precision in which an export is the faster one on this machine."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from bert_keras.models import SpanExtractor, TextClassifier, TextEncoder, TokenClassifier
from bert_keras.models.low_rank import merged
from bert_keras.serving.encoder import ServedWeights
from bert_keras.serving.saved_model import PRECISIONS, Precision, signatures_of, usual_storage
from bert_keras.serving.warmup import warmup_requests

_ROUNDS = 5
_WORTH = 0.9  # of the time of float32, below which bfloat16 is worth its rounding


def faster_precision(
    task: TextClassifier | SpanExtractor | TextEncoder | TokenClassifier,
) -> tuple[Precision, dict[Precision, float]]:
    """Measures an export's warm-up requests in each precision, in turns.

    Args:
        task: The model, in float32.

    Returns:
        "bfloat16" if it takes at most 0.9 of the time of float32, else "float32"; and the median time of all requests
        in seconds by precision.
    """
    requests = [inputs for _, inputs in warmup_requests(task, ("strings",))]
    with merged(task):
        weights = [ServedWeights(name, usual_storage(task, name)) for name in PRECISIONS]  # as they are exported
        makes = [signatures_of(task, of) for of in weights]
        serving = {name: of.strings()["serving_default"] for name, of in zip(PRECISIONS, makes, strict=True)}
        for function in serving.values():
            _seconds(function, requests)
        rounds = [{name: _seconds(function, requests) for name, function in serving.items()} for _ in range(_ROUNDS)]
    times = {name: statistics.median(of[name] for of in rounds) for name in PRECISIONS}
    return "bfloat16" if times["bfloat16"] <= _WORTH * times["float32"] else "float32", times


def _seconds(function: Callable[..., Any], requests: list[Any]) -> float:
    start = time.perf_counter()
    for inputs in requests:
        outputs = function(*(tf.constant(column) for column in inputs.values()))
        next(iter(outputs.values())).numpy()
    return time.perf_counter() - start
