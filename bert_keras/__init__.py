"""Fine-tune, understand and serve BERT in Keras.

Nothing heavy is imported before it is used: `import bert_keras` costs next to nothing, `bert_keras.TextClassifier` brings
TensorFlow.
"""

import importlib
from typing import Any

_PUBLIC = {
    "BertBackbone": "bert_keras.models.backbone",
    "BertTokenizer": "bert_keras.text.tokenizer",
    "Classification": "bert_keras.models.answers",
    "MultiLabel": "bert_keras.models.answers",
    "Regression": "bert_keras.models.answers",
    "SpanAnswer": "bert_keras.models.span_answers",
    "SpanExtractor": "bert_keras.models.span_extractor",
    "TextClassifier": "bert_keras.models.text_classifier",
}
_ROOMS = ("checkpoints", "data", "errors", "evaluation", "insight", "models", "qa", "reporting", "serving", "text", "training")

__all__ = [*_PUBLIC, *_ROOMS]  # noqa: PLE0604
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(_PUBLIC[name]), name)
    if name in _ROOMS:
        return importlib.import_module(f"bert_keras.{name}")
    raise AttributeError(f"module 'bert_keras' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
