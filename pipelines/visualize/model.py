"""The model to look into: the run that it is from, where its logs go, and the export that is held beside it."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bert_keras import models, serving
from bert_keras.classification.answers import outputs_of
from bert_keras.errors import ExportError, InputError
from bert_keras.insight import Inspection
from bert_keras.models import SpanExtractor, TextClassifier
from bert_keras.serving import SavedClassifier, SavedExtractor
from bert_keras.serving.loaded_export import is_export

_CONFIG, _MODEL = "config.yaml", "model"
_LEAST = 1e-30  # probabilities below are not told apart: their logarithms are what is compared


@dataclass(frozen=True)
class Named:
    """A model by the name that was given.

    Attributes:
        given: As typed.
        name: For people and folders.
        run: The folder of the run, if it is one.
    """

    given: str
    name: str
    run: Path | None

    @classmethod
    def of(cls, given: str) -> "Named":
        """Tells a run from other models.

        Args:
            given: What was typed behind --model.

        Returns:
            Its name, and its run.

        Raises:
            InputError: An export, into which nobody can look.
        """
        folder = Path(given)
        if folder.is_dir() and is_export(folder):
            raise InputError(
                f"{given}: an exported model answers, but shows nothing of its layers; name what it was made from, a run (runs/NAME) "
                "or a preset, and it is held beside with --export"
            )
        run = folder.parent if folder.name == _MODEL and (folder.parent / _CONFIG).exists() else folder
        is_run = (run / _CONFIG).exists() and (run / _MODEL).is_dir()
        name = (run.absolute() if is_run else folder.absolute() if folder.is_dir() else folder).name
        return cls(given, name or "model", run if is_run else None)

    @property
    def logdir(self) -> Path:
        """Where logs go unless said: beside the run's own, so that `tensorboard --logdir runs` shows them all."""
        return (self.run or Path("runs", self.name)) / "insight"

    def trained_with(self) -> dict[str, Any]:
        """The options of the run; none where it is no run."""
        if self.run is None:
            return {}
        options = yaml.safe_load((self.run / _CONFIG).read_text(encoding="utf-8"))
        return options if isinstance(options, dict) else {}

    def usual_export(self) -> Path | None:
        """The export of the run, if it is there."""
        if self.run is None:
            return None
        folder = Path(str(self.trained_with().get("saved_models", "saved_models")), self.name)
        return folder if folder.is_dir() else None


def different_names(models: Sequence[Named]) -> list[Named]:
    """Numbers the names of models where two have the same."""
    taken = Counter[str]()
    named = []
    for model in models:
        taken[model.name] += 1
        many = taken[model.name]
        named.append(model if many == 1 else dataclasses.replace(model, name=f"{model.name} {many}"))
    return named


def load(given: str, null_threshold: float | None) -> TextClassifier | SpanExtractor:
    """Loads a model as it is served.

    Args:
        given: See `models.load_task`.
        null_threshold: Of a reader; None leaves it as it is.

    Returns:
        The model, in float32.

    Raises:
        BertKerasError: Nothing to load, or a threshold for a classifier.
    """
    model = models.load_task(given, dtype="float32")
    if null_threshold is not None:
        if not isinstance(model, models.SpanExtractor):
            raise InputError(
                f"{given}: leave --null_threshold out, for a classifier has none. Received: {null_threshold}"
            )
        model.null_threshold = null_threshold
    return model


def load_export(path: str | Path, model: TextClassifier | SpanExtractor) -> SavedClassifier | SavedExtractor:
    """Loads an export of a model.

    Args:
        path: A version's folder, or a model's.
        model: What it is held beside.

    Returns:
        The export.

    Raises:
        InputError: An export of another task or with other labels.
        ExportError: No export.
    """
    export = serving.saved_task(path)
    if export is None:
        raise ExportError(f"no export at {path}; bert-keras export writes one")
    if isinstance(export, serving.SavedExtractor) != isinstance(model, models.SpanExtractor):
        raise InputError(f"--export is of another task than the model. Received: {path}")
    if isinstance(export, serving.SavedClassifier) and export.labels != model.labels:
        raise InputError(
            f"--export has the labels {', '.join(export.labels)}, the model {', '.join(model.labels)}. Received: {path}"
        )
    return export


def served_difference(export: SavedClassifier | SavedExtractor, inspection: Inspection) -> float:
    """Says by how much an export's logits differ from those that are looked at.

    Args:
        export: The export.
        inspection: Of the model.

    Returns:
        The largest difference: of a reader's start and end logits; of a regression's number; of the logarithms of a
        classifier's probabilities, for its export tells no logits.
    """
    import numpy as np

    tokens = inspection.tokens
    if isinstance(export, serving.SavedExtractor):
        served = export.of_tokens(tokens.inputs())
        return max(float(np.abs(served[name][0] - inspection.logits[name]).max()) for name in ("start", "end"))
    answer: Any = export.classify([tokens.first if tokens.second is None else (tokens.first, tokens.second)])[0]
    ours = outputs_of(inspection.logits[np.newaxis], export.task)[0]
    if export.task == "regression":
        return float(abs(answer.score - ours))
    theirs = np.array(list(answer.probabilities.values()))
    return float(np.abs(np.log(np.maximum(theirs, _LEAST)) - np.log(np.maximum(ours, _LEAST))).max())
