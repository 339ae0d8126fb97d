"""The folder of the default weights, from which the benchmarks start."""

from pathlib import Path

from bert_keras.runtime.tensorflow_import import import_tensorflow


def default_weights() -> Path:
    """Returns the Hugging Face folder of the default weights, with their `vocab.txt`."""
    import_tensorflow()
    from bert_keras import checkpoints

    return checkpoints.locate(checkpoints.DEFAULT_PRESET)
