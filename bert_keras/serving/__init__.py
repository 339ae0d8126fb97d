"""SavedModels that take raw strings: export, and the proof that they run without Python."""

import importlib
from typing import Any

# Read when asked for: `python -m bert_keras.serving.check` must not wait for TensorFlow to say that a path is wrong.
_PUBLIC = {
    "SavedClassifier": "bert_keras.serving.saved_classifier",
    "check": "bert_keras.serving.check",
    "export": "bert_keras.serving.export",
    "version_folder": "bert_keras.serving.versions",
}

__all__ = list(_PUBLIC)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'bert_keras.serving' has no attribute {name!r}")
    # Functions bear their module's name: set it, so that the import of the submodule does not leave the module in its place.
    globals()[name] = value = getattr(importlib.import_module(_PUBLIC[name]), name)
    return value
