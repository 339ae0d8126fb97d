"""The speed at which a classifier answers."""

import time

import numpy as np

from bert_keras.data import Encoded, subset
from bert_keras.data.spread import spread
from bert_keras.models import TextClassifier
from bert_keras.training.predict import predict_logits

_MOST_ROWS = 256
_TIMES = 3


def rows_per_second(classifier: TextClassifier, rows: Encoded) -> float:
    """Measures how many rows a classifier answers in a second, in this process.

    Args:
        classifier: The model.
        rows: The rows as its own tokenizer encodes them, of which up to 256 are run, evenly spread: the best of three
            times, after one that is not counted.

    Returns:
        The number of rows a second, tokenizing not counted.
    """
    places = np.array(spread(len(rows), _MOST_ROWS))
    some = subset(rows, places)
    predict_logits(classifier, some)
    seconds = []
    for _ in range(_TIMES):
        begin = time.perf_counter()
        predict_logits(classifier, some)
        seconds.append(time.perf_counter() - begin)
    return len(places) / min(seconds)
