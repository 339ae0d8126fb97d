"""The processor time of a usual request to an export, measured here."""

import statistics
import time
from pathlib import Path

from bert_keras.serving.any_export import saved_task
from bert_keras.serving.saved_classifier import SavedClassifier
from bert_keras.serving.versions import version_folder

_SENTENCE = "The room was small, but the view made up for it, and nobody minded that breakfast was rather late."
_QUESTION = "When was breakfast?"
_SENTENCES_OF_A_PARAGRAPH = 10
_FIRST, _REPEATS = 3, 20


def processor_milliseconds(base: str | Path) -> float:
    """Measures a request of a sentence of 19 words to a classifier, or of a paragraph of 190 to a reader.

    Args:
        base: A model's folder, or a version's.

    Returns:
        The median of the processor time of all threads, in milliseconds.

    Raises:
        ExportError: There is no export.
    """
    task = saved_task(version_folder(base))
    paragraph = " ".join([_SENTENCE] * _SENTENCES_OF_A_PARAGRAPH)
    row = _SENTENCE
    if isinstance(task, SavedClassifier) and len(task.inputs) > 1:
        row = (_SENTENCE, _SENTENCE)  # type: ignore[assignment]
    spent = []
    for _ in range(_FIRST + _REPEATS):
        begun = time.process_time()
        if isinstance(task, SavedClassifier):
            task.classify([row])
        else:
            assert task is not None  # version_folder has found an export
            task.answer(_QUESTION, paragraph)
        spent.append(time.process_time() - begun)
    return statistics.median(spent[_FIRST:]) * 1000
