"""The classifier that a program asks, in whichever form it was named."""

from bert_keras import models, serving
from bert_keras.models import TextClassifier
from bert_keras.serving import SavedClassifier


def any_classifier(model: str, base: str | None) -> TextClassifier | SavedClassifier | None:
    """Loads a classifier in float32.

    Args:
        model: A run, preset, adapter or export, as `--model` names it.
        base: The model under an adapter, as `--base` names it.

    Returns:
        The classifier; `None` if the model is none.

    Raises:
        BertKerasError: There is no such model, or its files cannot be read.
    """
    loaded = serving.saved_task(model) or models.load_task(model, base=base, dtype="float32")
    return loaded if isinstance(loaded, TextClassifier | SavedClassifier) else None
