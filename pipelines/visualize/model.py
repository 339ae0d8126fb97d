"""The model to inspect: its run, its log folder, and the export to compare it with."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from scipy.special import softmax

from bert_keras import models, serving
from bert_keras.checkpoints.files import read_json
from bert_keras.errors import ExportError, InputError
from bert_keras.insight import Inspection
from bert_keras.insight.decisions import decisions_of
from bert_keras.models import MaskedLM, SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.reporting.finished_run import read_options
from bert_keras.serving import SavedClassifier, SavedExtractor, SavedMaskedLM, SavedTagger
from bert_keras.serving.loaded_export import is_export

Looked: TypeAlias = TextClassifier | SpanExtractor | TokenClassifier | MaskedLM
"""A model that can be looked into."""
Export: TypeAlias = SavedClassifier | SavedExtractor | SavedTagger | SavedMaskedLM
"""An export that a model can be compared with."""
_EXPORTS = {TextClassifier: SavedClassifier, SpanExtractor: SavedExtractor, TokenClassifier: SavedTagger}
_CONFIG, _MODEL, _REPORT = "config.yaml", "model", "report.json"
_LEAST = 1e-30  # smaller probabilities are raised to this, so that their logarithms can be compared


@dataclass(frozen=True)
class Named:
    """A model as named on the command line.

    Attributes:
        given: The name as typed, which `models.load_task` takes.
        name: The name for display and for folders.
        run: The folder of the run, or `None` if the model is not from a run.
    """

    given: str
    name: str
    run: Path | None

    @classmethod
    def of(cls, given: str) -> "Named":
        """Determines whether a model is from a run, and its display name.

        Args:
            given: The value of `--model` or `--compare`.

        Returns:
            The named model.

        Raises:
            InputError: The model is an export, whose layers cannot be inspected.
        """
        folder = Path(given)
        if folder.is_dir() and is_export(folder):
            raise InputError(
                f"{given}: an exported model answers, but shows nothing of its layers; name what it was made from, "
                "a run (runs/NAME) or a preset, and it is held beside with --export"
            )
        run = folder.parent if folder.name == _MODEL and (folder.parent / _CONFIG).exists() else folder
        is_run = (run / _CONFIG).exists() and (run / _MODEL).is_dir()
        name = (run.absolute() if is_run else folder.absolute() if folder.is_dir() else folder).name
        return cls(given, name or "model", run if is_run else None)

    @property
    def logdir(self) -> Path:
        """The default log folder, next to the run's own logs, so that `tensorboard --logdir runs` shows all of them."""
        return (self.run or Path("runs", self.name)) / "insight"

    def trained_with(self) -> dict[str, Any]:
        """Returns the options of the run; an empty mapping for other models."""
        if self.run is None:
            return {}
        return dict(read_options(self.run / _CONFIG))

    def dev_columns(self) -> dict[str, Any]:
        """Returns the columns that the run has read of its development data, by the names of the options.

        Empty for other models, and for a run whose report does not say.
        """
        path = None if self.run is None else self.run / _REPORT
        if path is None or not path.is_file():
            return {}
        columns: Any = read_json(path)
        for part in ("data", "dev", "columns"):
            columns = columns.get(part) if isinstance(columns, dict) else None
        named = columns.items() if isinstance(columns, dict) else ()
        return {f"{what}_column": name for what, name in named if name is not None}

    def usual_export(self) -> Path | None:
        """Returns the folder of the run's export, or `None` if there is none."""
        if self.run is None:
            return None
        folder = Path(str(self.trained_with().get("saved_models", "saved_models")), self.name)
        return folder if folder.is_dir() else None


def different_names(models: Sequence[Named]) -> list[Named]:
    """Makes the display names of models unique by appending numbers."""
    taken = Counter[str]()
    named = []
    for model in models:
        taken[model.name] += 1
        many = taken[model.name]
        named.append(model if many == 1 else dataclasses.replace(model, name=f"{model.name} {many}"))
    return named


def class_of(given: str, base: str | None) -> type[Looked]:
    """Returns the class of a model, without loading its weights; see `models.task_class`."""
    return MaskedLM if models.is_masked_lm(given, base) else models.task_class(given, base)


def load(given: str, null_threshold: float | None, base: str | None = None) -> Looked:
    """Loads a model in float32, the precision of exports.

    Args:
        given: The name of the model, as `models.load_task` takes it.
        null_threshold: The null threshold of a reader; `None` keeps the saved one.
        base: The model that an adapter stands over; `None` means the one that it names.

    Returns:
        The model.

    Raises:
        BertKerasError: The model cannot be loaded, or a threshold is given for another model than a reader.
    """
    loads = MaskedLM.from_preset if class_of(given, base) is MaskedLM else models.load_task
    model = loads(given, base=base, dtype="float32")
    if null_threshold is not None:
        if not isinstance(model, models.SpanExtractor):
            raise InputError(
                f"{given}: leave --null_threshold out, for only a reader has one. Received: {null_threshold}"
            )
        model.null_threshold = null_threshold
    return model


def load_export(path: str | Path, model: Looked) -> Export:
    """Loads the export to compare a model with.

    Args:
        path: The folder of an exported model, or of one of its versions.
        model: The model.

    Returns:
        The export.

    Raises:
        InputError: The export has another task or other labels than the model.
        ExportError: There is no export at the path.
    """
    export: Export | None = serving.saved_mask_filler(path) or serving.saved_task(path)
    if export is None:
        raise ExportError(f"no export at {path}; bert-keras export writes one")
    if not isinstance(export, _EXPORTS.get(type(model), SavedMaskedLM)):
        raise InputError(f"--export is of another task than the model. Received: {path}")
    if isinstance(export, SavedClassifier) and isinstance(model, TextClassifier) and export.labels != model.labels:
        raise InputError(
            f"--export has the labels {', '.join(export.labels)}, the model {', '.join(model.labels)}. Received: {path}"
        )
    return export


def served_difference(export: Export, inspection: Inspection) -> float:
    """Returns the largest absolute difference between the logits of an export and those of the inspected model.

    Args:
        export: The export.
        inspection: The inspection of a text with the model.

    Returns:
        The largest difference of the start and end logits of a reader; of the logits of a token classifier; of the
        number of a regression model; or of the log-probabilities of a classifier, and of the likeliest tokens of masks,
        whose exports return no logits.
    """
    tokens = inspection.tokens
    if isinstance(export, SavedMaskedLM):
        return _difference_at_masks(export, inspection)
    if isinstance(export, SavedTagger):
        return float(np.abs(export.of_tokens(tokens.inputs())["logits"][0] - inspection.logits).max())
    if isinstance(export, SavedExtractor):
        served = export.of_tokens(tokens.inputs())
        return max(float(np.abs(served[name][0] - inspection.logits[name]).max()) for name in ("start", "end"))
    answer: Any = export.classify([tokens.first if tokens.second is None else (tokens.first, tokens.second)])[0]
    ours = inspection.model.to_outputs(inspection.logits[np.newaxis])[0]
    if export.task == "regression":
        return float(abs(answer.score - ours))
    theirs = np.array(list(answer.probabilities.values()))
    return _apart(theirs, ours)


def _difference_at_masks(export: SavedMaskedLM, inspection: Inspection) -> float:
    """Returns the largest difference of the log-probabilities of the tokens that the export names first."""
    decisions = decisions_of(inspection)
    (served,) = export.fill_texts([inspection.tokens.first])
    named = [(mask.candidates, np.array([each.token_id for each in mask.candidates])) for mask in served]
    return max(
        _apart(np.array([each.probability for each in candidates]), softmax(decision.logits[0].astype(np.float64))[ids])
        for (candidates, ids), decision in zip(named, decisions, strict=True)
    )


def _apart(theirs: np.ndarray, ours: np.ndarray) -> float:
    return float(np.abs(np.log(np.maximum(theirs, _LEAST)) - np.log(np.maximum(ours, _LEAST))).max())
