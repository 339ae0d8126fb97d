"""The places in planes of the rows that a run has predicted, from the file that `visualize` writes."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bert_keras.tensorboard_plugin.train_neighbours import digest_of

NAME = "points.json"
VERSION = 1
_MOST_BYTES = 32 << 20


def planes_of(file: Path, predictions: Path, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Reads the places of rows.

    Args:
        file: The file of points, which need not exist.
        predictions: The predictions of the run; points of other predictions are not used.
        keys: The key of each row, as `row_key` returns it.

    Returns:
        For each plane its `name`, `about`, a sentence, and `points`: `[x, y]` of each row, null for rows without.
        Empty if the file does not exist or cannot be used.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            return []
        told = json.loads(file.read_bytes())
        if told["version"] != VERSION or told["predictions"] != digest_of(predictions):
            return []
        place = {key: number for number, key in enumerate(told["keys"])}
        return [
            {
                "name": str(plane["name"]),
                "about": str(plane["about"]),
                "points": [_point(plane["points"][place[key]]) if key in place else None for key in keys],
            }
            for plane in told["planes"]
        ]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return []  # the table of rows is there without the picture


def _point(told: Any) -> list[float]:
    x, y = map(float, told)
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f"no place in a plane: {told!r:.40}")
    return [x, y]
