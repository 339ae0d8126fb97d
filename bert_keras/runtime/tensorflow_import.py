"""Import of TensorFlow without the lines that its libraries print, which no log level turns off."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


def import_tensorflow() -> None:
    """Imports TensorFlow for a program and opens its lanes; shows what is printed meanwhile only on failure."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _stderr_aside():
        import tensorflow as tf

        from bert_keras.runtime.lanes import open_lanes

        open_lanes()
        tf.constant(0)  # the first tensor makes TensorFlow look for devices and print messages about them


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
