"""Fixtures of the tests of tokenizers."""

from collections.abc import Iterator

import pytest
import tensorflow as tf


@pytest.fixture
def eager_graphs() -> Iterator[None]:
    """Runs the ops of each tokenizer as they are called, since to trace graphs for a few texts takes seconds."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
