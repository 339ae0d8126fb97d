"""Proves an export the way TensorFlow Serving would load it: through TensorFlow's C API, in a process without its Python."""

from bert_keras.serving.check.checker import check
from bert_keras.serving.check.report import CheckReport, CheckRow

__all__ = ["CheckReport", "CheckRow", "check"]
