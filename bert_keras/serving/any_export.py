"""Loading of an export whose task is not known."""

from pathlib import Path

from bert_keras.serving.check.graph import read_saved_model
from bert_keras.serving.loaded_export import is_export
from bert_keras.serving.saved_classifier import SavedClassifier
from bert_keras.serving.saved_extractor import SavedExtractor
from bert_keras.serving.saved_tagger import SavedTagger
from bert_keras.serving.span_signatures import INPUTS
from bert_keras.serving.tagger_signatures import OUTPUTS
from bert_keras.serving.versions import version_folder


def saved_task(path: str | Path) -> SavedClassifier | SavedExtractor | SavedTagger | None:
    """Loads an export of any task.

    Args:
        path: A version's folder, or a model's folder, whose highest version is loaded.

    Returns:
        The loaded export; `None` if the path is not an export.

    Raises:
        ExportError: The path holds a SavedModel that `export` did not write.
    """
    names = _names(path)
    if names is None:
        return None
    (inputs, outputs), folder = names, version_folder(path)
    if outputs == set(OUTPUTS):
        return SavedTagger(folder)
    return SavedExtractor(folder) if set(INPUTS) <= inputs else SavedClassifier(folder)


def saved_inputs(path: str | Path) -> set[str] | None:
    """Returns what an export takes, without loading it.

    Args:
        path: A version's folder, or a model's folder, whose highest version is read.

    Returns:
        The names of the inputs of `serving_default`, e.g. "text" and "pair"; empty if the SavedModel has no such
        signature; `None` if the path is not an export.

    Raises:
        ExportError: The SavedModel cannot be read.
    """
    names = _names(path)
    return None if names is None else names[0]


def _names(path: str | Path) -> tuple[set[str], set[str]] | None:
    """Returns the names of the inputs and of the outputs of `serving_default`; `None` if the path is no export."""
    if not is_export(path):
        return None
    # The signatures are read from the description alone: loading the whole model takes seconds.
    signatures = [meta.signature_def for meta in read_saved_model(version_folder(path)).meta_graphs]
    served = [named["serving_default"] for named in signatures if "serving_default" in named]
    return {name for of in served for name in of.inputs}, {name for of in served for name in of.outputs}
