"""Export of a model as a SavedModel that takes raw strings, in the folder layout of TF Serving."""

import errno
import shutil
import tempfile
from pathlib import Path

import tensorflow as tf

from bert_keras.errors import ExportError
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.models.low_rank import merged
from bert_keras.serving.signatures import classifier_signatures
from bert_keras.serving.span_signatures import span_signatures
from bert_keras.serving.versions import versions
from bert_keras.serving.warmup import question_requests, text_requests, write_warmup


def export(task: TextClassifier | SpanExtractor, base: str | Path) -> Path:
    """Exports a model as the next version in its folder.

    The version is written under a temporary name and renamed once it is complete, since TF Serving polls the folder and
    takes every name that is a number for a version.

    Args:
        task: The model with its preprocessor, in float32 (JSON has no other floats, and servers have a flag for
            bfloat16). Adapters are merged into the written weights; the model itself is not changed.
        base: The model's folder, e.g. `saved_models/reviews`; its name is the model's name in TF Serving.

    Returns:
        The version's folder, e.g. `saved_models/reviews/1`.

    Raises:
        ExportError: The model has no preprocessor or is not in float32, or the folder cannot be written.
    """
    if task.preprocessor is None:
        raise ExportError("an export takes strings, and the model has no preprocessor to tokenize them")
    policy = task.backbone.dtype_policy
    if policy.compute_dtype != "float32":
        raise ExportError(f"export in float32: load the preset with dtype='float32'. Received: {policy.name}")
    base = Path(base)
    try:
        base.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".writing-", dir=base))
        try:
            _save(task, aside)
            write_warmup(
                aside,
                base.resolve().name,
                question_requests() if isinstance(task, SpanExtractor) else text_requests(task.pairs),
            )
            aside.chmod(0o755)
            return _publish(aside, base)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise ExportError(f"{base}: the export cannot be written ({error.strerror})") from error


def _save(task: TextClassifier | SpanExtractor, folder: Path) -> None:
    # The module holds the bare variables, and the signatures' closures hold the model. A Keras model as an attribute
    # would load in Python but not in C++, and Keras' own export archive stores each weight twice when it tracks the
    # model.
    module = tf.Module()
    with merged(task) as variables:
        weights = {id(weight) for weight in task.weights}
        module.weights = [variable.value for variable in variables if id(variable) in weights]
        signatures = span_signatures(task) if isinstance(task, SpanExtractor) else classifier_signatures(task)
        tf.saved_model.save(module, str(folder), signatures=signatures)


def _publish(aside: Path, base: Path) -> Path:
    """Renames the folder to the next free number, even if another export takes one at the same time."""
    while True:
        target = base / str(max(versions(base), default=0) + 1)
        try:
            return aside.rename(target)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
