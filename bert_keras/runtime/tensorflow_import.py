"""Import of TensorFlow and Keras for a program, without the lines that they print, and what they need not import."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence

# Keras imports these where they are installed, for its scikit-learn wrappers and image galleries: more than a second.
_OF_NO_USE = ("sklearn", "matplotlib")


def import_tensorflow(processes: int = 1, place: int = 0) -> None:
    """Imports TensorFlow and Keras for a program, and opens its lanes.

    What their libraries print meanwhile, which no log level turns off, is shown only on failure.

    Args:
        processes: The number of processes of this machine that work together: they share its cores and its GPUs.
        place: The place of this process among them, from 0.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_aside():
        with _hidden(_OF_NO_USE):
            import tensorflow as tf  # which imports Keras

        from bert_keras.runtime.gpu import prepare_gpu
        from bert_keras.runtime.lanes import open_lanes

        open_lanes(processes)
        prepare_gpu(place)
        tf.constant(0)  # the first tensor makes TensorFlow look for devices and print messages about them


@contextlib.contextmanager
def _hidden(names: Sequence[str]) -> Iterator[None]:
    """Makes packages that have not been imported appear as not installed while the block runs."""
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextlib.contextmanager
def _stderr_aside() -> Iterator[None]:
    """Holds back what is written to standard error, also by C++ code; writes it if the block raises an exception."""
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            aside.seek(0)
            os.write(kept, aside.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
