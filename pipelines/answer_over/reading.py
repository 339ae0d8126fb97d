"""The reader: an export, a run or a preset."""

from bert_keras import models, serving
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, TokenClassifier
from bert_keras.serving import SavedExtractor, SavedTagger

from .config import AnswerOverConfig


def reader_of(config: AnswerOverConfig) -> SpanExtractor | SavedExtractor:
    """Loads the reader.

    Args:
        config: The options.

    Returns:
        The export, or else the run or preset, of the given name.

    Raises:
        BertKerasError: There is none, or it is not a reader.
    """
    model = serving.saved_task(config.model)
    if model is not None and config.base is not None:
        raise InputError(
            f"{config.model}: leave --base out, for an export holds all of its weights. Received: {config.base}"
        )
    model = model or models.load_task(config.model, base=config.base, dtype="float32")
    if not isinstance(model, SpanExtractor | SavedExtractor):
        does = "finds entities" if isinstance(model, TokenClassifier | SavedTagger) else "labels texts"
        raise InputError(f"{config.model}: {does}, and answers no questions; name a reader with --model")
    return model
