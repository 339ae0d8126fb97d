"""Places of vectors in a plane, for a picture of points."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from bert_keras.files import replaced_file
from bert_keras.insight.pca import principal_components
from bert_keras.tensorboard_plugin.row_points import VERSION

MOST_TSNE = 2_000  # points, which take some 15 s on two cores; the time grows faster than their number
_DIMENSIONS = 50  # of the vectors that t-SNE compares, as its authors advise
_FEWEST = 4


@dataclass(frozen=True)
class Plane:
    """Points in a plane.

    Attributes:
        name: The method, "PCA" or "t-SNE".
        about: What its distances say, a sentence.
        points: The places, `[points, 2]` float32.
    """

    name: str
    about: str
    points: np.ndarray


def planes(vectors: np.ndarray) -> list[Plane]:
    """Places vectors in planes: by their two principal components, and by t-SNE (van der Maaten and Hinton 2008).

    Args:
        vectors: The vectors, `[points, size]`, finite.

    Returns:
        The plane of t-SNE first if there are no more than 2,000 points; none if there are fewer than four points, or
        all are the same.
    """
    if len(vectors) < _FEWEST or not (vectors != vectors[0]).any():
        return []
    found = principal_components(vectors, _DIMENSIONS)
    along = found.project(vectors)
    share = float(found.variances[:2].sum() / found.total_variance)
    made = [Plane("PCA", f"The two directions of the largest variance, {share:.0%} of all.", along[:, :2])]
    if len(vectors) <= MOST_TSNE:
        # One thread: on a busy machine, threads that wait for each other take up to a hundred times as long.
        with threadpool_limits(1):
            near = TSNE(perplexity=min(30.0, (len(vectors) - 1) / 3), init="pca", random_state=0).fit_transform(along)
        about = "Neighbours stand together; distances between groups, and their sizes, say nothing."
        made.insert(0, Plane("t-SNE", about, near))
    return made


def write_planes(path: str | Path, keys: Sequence[str], made: Sequence[Plane], predictions: str) -> None:
    """Writes the places of rows for the Attention tab; the file appears whole.

    Args:
        path: The file to write.
        keys: The key of each row, as `row_key` returns it.
        made: The planes, of these rows.
        predictions: The hash of the file of predictions that the rows are from.
    """
    told = [
        {"name": each.name, "about": each.about, "points": np.round(each.points.astype(float), 4).tolist()}
        for each in made
    ]
    with replaced_file(path) as aside:
        whole = {"version": VERSION, "predictions": predictions, "keys": list(keys), "planes": told}
        aside.write_text(json.dumps(whole), encoding="utf-8")
