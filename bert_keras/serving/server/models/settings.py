"""What can be set about the models of a server, with the defaults of TensorFlow Serving where it has the setting."""

import math
import os
from dataclasses import dataclass

ROWS_WITHOUT_BATCHING = 16
"""The most rows that are run at once of a signature that `export` writes, unless batching is on."""
BYTES_WITHOUT_BATCHING = 2048
"""The most bytes of text, times rows padded to the longest, of such a batch: longer texts gain nothing by it."""


def cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class BatchingSettings:
    """How requests are merged, in the words of TF Serving's `batching_parameters_file`.

    Attributes:
        max_batch_size: The most rows of a batch; a request with more is cut.
        batch_timeout_micros: The longest time that a request waits for others, in microseconds.
        max_enqueued_batches: The number of full batches that may wait; requests beyond are refused.
        num_batch_threads: The number of batches that run at once; 0 means the number of cores.
    """

    max_batch_size: int = 1000
    batch_timeout_micros: int = 0
    max_enqueued_batches: int = 10
    num_batch_threads: int = 0


@dataclass(frozen=True)
class ModelsOptions:
    """How models are loaded and run.

    Attributes:
        batching: Whether requests are merged whatever their signature is.
        merge_waiting: Whether, without `batching`, requests that wait anyway are merged, and long ones run in parts.
            Only those of exports that `bert_keras.serving.export` wrote are, whose rows do not touch each other.
        batching_parameters_file: A file of TF Serving's `BatchingParameters` as text; `None` means the defaults.
        poll_seconds: The time between two looks at a model's folder; 0 means a single look.
        max_load_retries: How often a version that did not load is tried again.
        load_retry_seconds: The time between two tries.
        labels_for_unavailable: Whether a label may be given to a version that is not loaded.
        max_waiting_rows: The rows that may wait for a version if `batching` is off.
    """

    batching: bool = False
    merge_waiting: bool = True
    batching_parameters_file: str | None = None
    poll_seconds: float = 1.0
    max_load_retries: int = 5
    load_retry_seconds: float = 60.0
    labels_for_unavailable: bool = False
    max_waiting_rows: int = 10_000


@dataclass(frozen=True)
class RunSettings:
    """How a version is run, from the options and the batching file.

    Attributes:
        lanes: The number of batches that run at once.
        max_rows: The most rows of a batch of a signature that may be merged; longer requests are cut.
        max_bytes: The most bytes of text, padded to the longest row, of a batch of several requests.
        wait_seconds: The longest time that a request waits for others.
        max_waiting_rows: The rows that may wait.
        merge: Whether requests are merged, and long ones cut.
        merge_all: Whether those of exports are that `bert_keras.serving.export` did not write.
    """

    lanes: int
    max_rows: int
    max_bytes: float
    wait_seconds: float
    max_waiting_rows: int
    merge: bool
    merge_all: bool


def run_settings(options: ModelsOptions, batching: BatchingSettings | None) -> RunSettings:
    """Returns how versions are run.

    Args:
        options: The options.
        batching: The parameters of batching; `None` if it is off.

    Returns:
        The settings.
    """
    if batching is None:
        rows, most = ROWS_WITHOUT_BATCHING, BYTES_WITHOUT_BATCHING
        return RunSettings(cores(), rows, most, 0.0, options.max_waiting_rows, options.merge_waiting, False)
    rows = batching.max_batch_size
    waiting = rows * batching.max_enqueued_batches
    lanes = batching.num_batch_threads or cores()
    return RunSettings(lanes, rows, math.inf, batching.batch_timeout_micros / 1e6, waiting, True, True)
