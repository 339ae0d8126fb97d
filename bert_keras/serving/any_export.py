"""Loading of an export whose task is not known."""

from pathlib import Path
from typing import Any, Literal

from bert_keras.serving.check.graph import read_saved_model
from bert_keras.serving.loaded_export import is_export
from bert_keras.serving.masked_signatures import FILL_MASK
from bert_keras.serving.saved_classifier import SavedClassifier
from bert_keras.serving.saved_extractor import SavedExtractor
from bert_keras.serving.saved_masked_lm import SavedMaskedLM
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
    inputs = saved_inputs(path)
    if inputs is None:
        return None
    folder = version_folder(path)
    if saved_outputs(path) == set(OUTPUTS):
        return SavedTagger(folder)
    return SavedExtractor(folder) if set(INPUTS) <= inputs else SavedClassifier(folder)


def saved_mask_filler(path: str | Path) -> SavedMaskedLM | None:
    """Loads an export of a masked language model.

    Args:
        path: A version's folder, or a model's folder, whose highest version is loaded.

    Returns:
        The loaded export; `None` if the path is no export, or one of another task.

    Raises:
        ExportError: The SavedModel cannot be read.
    """
    fills = is_export(path) and any(FILL_MASK in meta.signature_def for meta in _graphs(path))
    return SavedMaskedLM(version_folder(path)) if fills else None


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
    return _names(path, "inputs")


def saved_outputs(path: str | Path) -> set[str] | None:
    """Returns what an export gives, without loading it; see `saved_inputs`."""
    return _names(path, "outputs")


def _names(path: str | Path, of: Literal["inputs", "outputs"]) -> set[str] | None:
    if not is_export(path):
        return None
    signatures = [meta.signature_def for meta in _graphs(path)]
    return {
        name for named in signatures if "serving_default" in named for name in getattr(named["serving_default"], of)
    }


def _graphs(path: str | Path) -> Any:
    # The signatures are read from the description alone: loading the whole model takes seconds.
    return read_saved_model(version_folder(path)).meta_graphs
