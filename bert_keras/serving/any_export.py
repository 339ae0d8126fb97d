"""Loading of an export whose task is not known."""

from pathlib import Path

from bert_keras.serving.check.graph import read_saved_model
from bert_keras.serving.loaded_export import is_export
from bert_keras.serving.saved_classifier import SavedClassifier
from bert_keras.serving.saved_extractor import SavedExtractor
from bert_keras.serving.span_signatures import INPUTS
from bert_keras.serving.versions import version_folder


def saved_task(path: str | Path) -> SavedClassifier | SavedExtractor | None:
    """Loads an export of any task.

    Args:
        path: A version's folder, or a model's folder, whose highest version is loaded.

    Returns:
        The loaded export; `None` if the path is not an export.

    Raises:
        ExportError: The path holds a SavedModel that `export` did not write.
    """
    if not is_export(path):
        return None
    folder = version_folder(path)
    # The signatures are read from the description alone: loading the whole model takes seconds.
    signatures = [meta.signature_def for meta in read_saved_model(folder).meta_graphs]
    asked = any(
        set(INPUTS) <= set(named["serving_default"].inputs) for named in signatures if "serving_default" in named
    )
    return SavedExtractor(folder) if asked else SavedClassifier(folder)
