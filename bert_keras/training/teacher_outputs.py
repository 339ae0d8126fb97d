"""The outputs of a teacher, computed once for all rows and kept on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.data import Encoded
from bert_keras.data.cache import Cache
from bert_keras.files.room import take_room
from bert_keras.models import TextClassifier
from bert_keras.models.first_token_states import logits_and_states
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.text import MOST_ROWS, passes_by_length
from bert_keras.training.checkpoint import fingerprint, named
from bert_keras.training.predict import fill

_FORMAT = 1  # the version of the file below
_FILE = "outputs.npy"


class TeacherOutputs(NamedTuple):
    """The outputs of a teacher for rows.

    Attributes:
        values: The logits, then the states of each layer, `[rows, labels + layers * hidden]` float32, memory-mapped.
        key: A hash of everything that determines them.
    """

    values: np.ndarray
    key: str


def teacher_outputs(
    teacher: TextClassifier,
    rows: Encoded,
    cache: str | Path,
    layers: Sequence[int] = (),
    token_budget: int = 4096,
    on_rows: Callable[[int], object] = lambda rows: None,
) -> TeacherOutputs:
    """Runs a teacher over rows without dropout, or loads what it gave before from the cache.

    A training that is resumed finds the same bits, and so does each worker.

    Args:
        teacher: The teacher.
        rows: The rows as its own tokenizer encodes them.
        cache: The cache folder. Entries not used for 30 days are removed.
        layers: The layers whose states of `[CLS]` are taken, from 1; not the last.
        token_budget: The maximum number of tokens per batch, padding included.
        on_rows: A function that receives the number of rows of each batch when it is done.

    Returns:
        The outputs, in the order of the rows.

    Raises:
        DataError: The cache cannot be written.
    """
    shape = len(rows), teacher.output_shape[-1] + len(layers) * teacher.backbone.hidden_dim
    # Without Keras' name of the model, which counts those that the process has built.
    config = {name: value for name, value in teacher.backbone.get_config().items() if name != "name"}
    settings = {name: value for name, value in config.items() if isinstance(value, int | float | str)}
    entries = Cache(Path(cache), "teacher")
    key = entries.key(
        _FORMAT, fingerprint(named("model", teacher.weights)), settings, teacher.pooling, rows.fingerprint, list(layers)
    )

    def run(inputs: dict[str, Any]) -> tf.Tensor:
        logits, states = logits_and_states(teacher, inputs, layers)
        return tf.concat([logits, tf.reshape(states, [tf.shape(logits)[0], -1])], axis=1)

    def write(folder: Path) -> None:
        values = np.lib.format.open_memmap(folder / _FILE, "w+", np.float32, shape)
        take_room(folder / _FILE)
        passes = passes_by_length(rows.lengths, token_budget, MOST_ROWS)
        forward = ForwardPass(run, layers=teacher.logits.layers).prepared(rows.lengths, token_budget, must_repeat=True)
        fill(values, lambda outputs: outputs, forward, rows, passes, on_rows)
        values.flush()

    def opened(folder: Path) -> np.ndarray:
        values = np.load(folder / _FILE, mmap_mode="r", allow_pickle=False)
        if values.shape != shape:
            raise ValueError(f"{folder} has another shape than it was written with")
        return values.view(np.ndarray)

    return TeacherOutputs(entries.get(key, opened, write), key)
