"""What an export is the export of."""

from pathlib import Path

from bert_keras.serving.check.graph import read_saved_model
from bert_keras.serving.loaded_export import is_export
from bert_keras.serving.saved_classifier import SavedClassifier
from bert_keras.serving.saved_extractor import SavedExtractor
from bert_keras.serving.span_signatures import INPUTS
from bert_keras.serving.versions import version_folder


def saved_task(path: str | Path) -> SavedClassifier | SavedExtractor | None:
    """Loads an export if there is one, whatever its task.

    Args:
        path: A version's folder, or a model's folder, of which the newest version is taken.

    Returns:
        The export; None where the path is something else.

    Raises:
        ExportError: A SavedModel that `export` did not write.
    """
    if not is_export(path):
        return None
    folder = version_folder(path)
    # Its description is read first: to load the whole model takes seconds.
    signatures = [meta.signature_def for meta in read_saved_model(folder).meta_graphs]
    asked = any(
        set(INPUTS) <= set(named["serving_default"].inputs) for named in signatures if "serving_default" in named
    )
    return SavedExtractor(folder) if asked else SavedClassifier(folder)
