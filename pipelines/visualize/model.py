"""The model to inspect: its run, its log folder, and the export to compare it with."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras import models, serving
from bert_keras.checkpoints.files import read_json
from bert_keras.errors import ExportError, InputError
from bert_keras.insight import Inspection
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.reporting.finished_run import read_options
from bert_keras.serving import SavedClassifier, SavedExtractor
from bert_keras.serving.loaded_export import is_export

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


def load(given: str, null_threshold: float | None, base: str | None = None) -> TextClassifier | SpanExtractor:
    """Loads a model in float32, the precision of exports.

    Args:
        given: The name of the model, as `models.load_task` takes it.
        null_threshold: The null threshold of a reader; `None` keeps the saved one.
        base: The model that an adapter stands over; `None` means the one that it names.

    Returns:
        The model.

    Raises:
        BertKerasError: The model cannot be loaded, or a threshold is given for a classifier.
    """
    model = models.load_task(given, base=base, dtype="float32")
    if isinstance(model, models.TokenClassifier):
        raise InputError(f"{given}: visualize shows classifiers and readers, and the model finds entities")
    if null_threshold is not None:
        if not isinstance(model, models.SpanExtractor):
            raise InputError(
                f"{given}: leave --null_threshold out, for a classifier has none. Received: {null_threshold}"
            )
        model.null_threshold = null_threshold
    return model


def load_export(path: str | Path, model: TextClassifier | SpanExtractor) -> SavedClassifier | SavedExtractor:
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
    export = serving.saved_task(path)
    if export is None:
        raise ExportError(f"no export at {path}; bert-keras export writes one")
    other = isinstance(export, serving.SavedExtractor) != isinstance(model, models.SpanExtractor)
    if isinstance(export, serving.SavedTagger) or other:
        raise InputError(f"--export is of another task than the model. Received: {path}")
    if isinstance(export, serving.SavedClassifier) and export.labels != model.labels:
        raise InputError(
            f"--export has the labels {', '.join(export.labels)}, the model {', '.join(model.labels)}. Received: {path}"
        )
    return export


def served_difference(export: SavedClassifier | SavedExtractor, inspection: Inspection) -> float:
    """Returns the largest absolute difference between the logits of an export and those of the inspected model.

    Args:
        export: The export.
        inspection: The inspection of a text with the model.

    Returns:
        The largest difference of the start and end logits of a reader; of the number of a regression model; or of the
        log-probabilities of a classifier, whose export returns no logits.
    """
    tokens = inspection.tokens
    if isinstance(export, serving.SavedExtractor):
        served = export.of_tokens(tokens.inputs())
        return max(float(np.abs(served[name][0] - inspection.logits[name]).max()) for name in ("start", "end"))
    answer: Any = export.classify([tokens.first if tokens.second is None else (tokens.first, tokens.second)])[0]
    ours = inspection.model.to_outputs(inspection.logits[np.newaxis])[0]
    if export.task == "regression":
        return float(abs(answer.score - ours))
    theirs = np.array(list(answer.probabilities.values()))
    return float(np.abs(np.log(np.maximum(theirs, _LEAST)) - np.log(np.maximum(ours, _LEAST))).max())
