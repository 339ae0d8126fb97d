"""Runs a classifier over encoded rows."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bert_keras.data import Encoded
from bert_keras.models import TextClassifier, TextEncoder
from bert_keras.runtime.lanes import lanes, made_ahead
from bert_keras.text import MOST_ROWS, passes_by_length
from bert_keras.training.shared_passes import collect, share_of
from bert_keras.workers import Workers


def predict_outputs(
    classifier: TextClassifier,
    encoded: Encoded,
    token_budget: int = 4096,
    on_rows: Callable[[int], object] = lambda rows: None,
    workers: Workers | None = None,
) -> np.ndarray:
    """Runs a classifier over encoded rows, in batches of similar length.

    Args:
        classifier: The model.
        encoded: The rows.
        token_budget: The maximum number of tokens per batch, padding included.
        on_rows: A function that receives the number of rows of each batch when it is done, e.g. to advance a progress
            bar.
        workers: The workers that share the batches; worker 0 gets the results of all, the others only their own.

    Returns:
        The probabilities `[rows, labels]` float32, or for regression the predictions `[rows]` float32, in the order of
        the rows.
    """
    labels = [] if classifier.task == "regression" else [classifier.output_shape[-1]]
    outputs = np.empty([len(encoded), *labels], np.float32)
    # By batches, because the logits of all rows and thousands of labels would take as much memory again.
    passes = passes_by_length(encoded.lengths, token_budget, MOST_ROWS)
    run = classifier.logits.prepared(encoded.lengths, token_budget, must_repeat=True)
    fill(outputs, classifier.to_outputs, run, encoded, share_of(passes, workers), on_rows)
    if workers is not None:
        collect(outputs, passes, workers)
    return outputs


def predict_logits(
    classifier: TextClassifier | TextEncoder,
    encoded: Encoded,
    token_budget: int = 4096,
    on_rows: Callable[[int], object] = lambda rows: None,
    workers: Workers | None = None,
) -> np.ndarray:
    """Runs a model over encoded rows as `predict_outputs` does; returns its outputs `[rows, outputs]` float32.

    Args:
        classifier: The model: a classifier, which gives logits, or a text encoder, which gives vectors.
        encoded: The rows.
        token_budget: As in `predict_outputs`.
        on_rows: As in `predict_outputs`.
        workers: As in `predict_outputs`.
    """
    found = np.empty([len(encoded), classifier.output_shape[-1]], np.float32)
    passes = passes_by_length(encoded.lengths, token_budget, MOST_ROWS)
    run = classifier.logits.prepared(encoded.lengths, token_budget, must_repeat=True)
    fill(found, lambda logits: logits, run, encoded, share_of(passes, workers), on_rows)
    if workers is not None:
        collect(found, passes, workers)
    return found


def fill(
    found: np.ndarray,
    convert: Callable[[np.ndarray], np.ndarray],
    run: Callable[[dict[str, Any]], Any],
    encoded: Encoded,
    passes: Sequence[np.ndarray],
    on_rows: Callable[[int], object],
) -> None:
    """Writes what a model gives for rows into an array, pass by pass.

    Args:
        found: The array, `[rows, ...]`.
        convert: A function from what the model gives to what is written.
        run: The model's pass, from inputs to outputs.
        encoded: The rows.
        passes: The row indices of each pass.
        on_rows: A function that receives the number of rows of each pass when it is done.
    """
    with contextlib.closing(made_ahead(lambda rows: run(encoded.batch(rows)[0]).numpy(), passes, lanes())) as answers:
        for rows, outputs in zip(passes, answers, strict=True):
            found[rows] = convert(outputs)
            on_rows(len(rows))
