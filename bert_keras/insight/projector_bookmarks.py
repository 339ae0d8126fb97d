"""Bookmarks of the projector: saved states, each with its own colours."""

import json
from collections.abc import Sequence
from typing import Any

_AXES = 3
_NEIGHBOURS = 15


def bookmarks(shape: tuple[int, int], labelled_by: str, coloured_by: Sequence[str]) -> str:
    """Creates a bookmark for each column that points can be coloured by.

    The projector opens without colours, with the list of bookmarks unfolded; a click on one applies its state. All
    fields of the projector's own bookmarks are present, since it reads them without checking.

    Args:
        shape: The numbers of points and dimensions of the set.
        labelled_by: The name of the column that labels the points.
        coloured_by: The names of the columns to colour by, most important first.

    Returns:
        The bookmarks as JSON.
    """
    states = [_state(*shape, labelled_by, column) for column in coloured_by]
    return json.dumps(states)


def _state(points: int, dimensions: int, labelled_by: str, coloured_by: str) -> dict[str, Any]:
    custom = {
        f"custom{axis}{part}": value for axis in ("XLeft", "XRight", "YUp", "YDown") for part, value in _SEARCH.items()
    }
    return {
        "label": f"PCA, coloured by {coloured_by}",
        "isSelected": False,
        "selectedProjection": "pca",
        "pcaComponentDimensions": list(range(_AXES)),
        "projections": [],  # the projector computes them
        "dataSetDimensions": [points, dimensions],
        "selectedPoints": [],
        "selectedLabelOption": labelled_by,
        "selectedColorOptionName": coloured_by,
        "forceCategoricalColoring": False,
        "tSNEIteration": 0,
        "tSNEPerplexity": max(5, int(points**0.5 / 4)),
        "tSNELearningRate": 10,
        "tSNEis3d": True,
        "umapIs3d": True,
        "umapNeighbors": min(_NEIGHBOURS, points - 1),
        "umapMinDist": 0.1,
        "customSelectedSearchByMetadataOption": labelled_by,
        **custom,
    }


_SEARCH = {"Text": "", "Regex": False}
