"""SavedModels that take raw strings: export, and the proof that they run without Python."""

import importlib
from typing import Any

# Here and now, so that the name stands for the function and not for the package of that name; it is light until it is called.
from bert_keras.serving.check import check
from bert_keras.serving.versions import version_folder, versions

# Read when asked for: `python -m bert_keras.serving.check` must not wait for TensorFlow to say that a path is wrong.
_HEAVY = {
    "SavedClassifier": "bert_keras.serving.saved_classifier",
    "SavedExtractor": "bert_keras.serving.saved_extractor",
    "export": "bert_keras.serving.saved_model",
    "saved_task": "bert_keras.serving.any_export",
}

__all__ = ["SavedClassifier", "SavedExtractor", "check", "export", "saved_task", "version_folder", "versions"]  # noqa: F822


def __getattr__(name: str) -> Any:
    if name not in _HEAVY:
        raise AttributeError(f"module 'bert_keras.serving' has no attribute {name!r}")
    return getattr(importlib.import_module(_HEAVY[name]), name)
