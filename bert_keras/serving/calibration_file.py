"""The calibration of an exported classifier, kept beside its graph for those who decide by its probabilities."""

import json
from pathlib import Path

from bert_keras.models import BertTask, TextClassifier

CALIBRATION_FILE = Path("assets.extra", "calibration.json")


def write_calibration(folder: Path, task: BertTask) -> None:
    """Writes what `Calibration.to_json` returns into an export; nothing without a calibration.

    The graph applies the temperature and the thresholds itself; the file tells them, and below which probability an
    answer is better left to a person.

    Args:
        folder: The version's folder.
        task: The model.
    """
    if isinstance(task, TextClassifier) and task.calibration is not None:
        path = folder / CALIBRATION_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(task.calibration.to_json(), indent=2) + "\n", encoding="utf-8")
