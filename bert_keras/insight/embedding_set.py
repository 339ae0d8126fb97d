"""Points for the embedding projector: vectors with metadata columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from bert_keras.errors import InputError

Column: TypeAlias = Sequence[str] | Sequence[float]
FEWEST = 3  # the minimum of points and of dimensions: the projector draws three axes


@dataclass(frozen=True)
class EmbeddingSet:
    """Vectors with columns that describe the points.

    Attributes:
        name: The name of the set, with the layer: "[CLS] last layer (6)".
        vectors: The vectors, `[points, dimensions]` float32.
        columns: The values of the points by column name, texts or numbers. The first column labels the points.
        colour: The name of the column that colours the points; `None` means that none does.
        left_out: The number of points that sampling left out.
        group: The name of the group. Sets of one group share a projector run, where one menu switches between layers.
    """

    name: str
    vectors: np.ndarray
    columns: Mapping[str, Column] = field(default_factory=dict)
    colour: str | None = None
    left_out: int = 0
    group: str = "sentences"

    def __post_init__(self) -> None:
        if self.vectors.ndim != 2:
            raise InputError(f"{self.name}: vectors must be [points, dimensions]. Received: {list(self.vectors.shape)}")
        for name, values in self.columns.items():
            if len(values) != len(self.vectors):
                raise InputError(
                    f"{self.name}: column {name!r} must have {len(self.vectors)} values. Received: {len(values)}"
                )
        if self.colour is not None and self.colour not in self.columns:
            known = ", ".join(self.columns) or "none"
            raise InputError(f"{self.name}: colour must be a column; there are: {known}. Received: {self.colour!r}")

    def check(self) -> None:
        """Checks that the vectors can be projected.

        Raises:
            InputError: There are too few points or dimensions, a value is not finite, or all points are identical.
        """
        points, dimensions = self.vectors.shape
        if min(points, dimensions) < FEWEST:
            raise InputError(
                f"{self.name}: the projector needs at least {FEWEST} points and {FEWEST} dimensions. "
                f"Received: {points} points of {dimensions} dimensions"
            )
        if not np.isfinite(self.vectors).all():
            bad = int((~np.isfinite(self.vectors)).any(axis=1).sum())
            raise InputError(f"{self.name}: {bad} of {points} vectors hold numbers that are not finite")
        if not (self.vectors != self.vectors[0]).any():
            raise InputError(f"{self.name}: all {points} vectors are the same, so that there is nothing to project")

    def sample(self, most: int, seed: int = 0) -> "EmbeddingSet":
        """Draws a random sample of the points, the same one for the same seed.

        Args:
            most: The maximum number of points to keep.
            seed: The random seed of the sample.

        Returns:
            A new set with the sampled points in their original order, which counts those left out; the set itself if it
            is small enough.
        """
        points = len(self.vectors)
        if points <= most:
            return self
        return self.take(np.sort(np.random.default_rng(seed).choice(points, most, replace=False)))

    def take(self, places: np.ndarray) -> "EmbeddingSet":
        """Selects points.

        Args:
            places: The indices of the points to keep, `[kept]`.

        Returns:
            A new set with these points, which counts those left out.
        """
        columns = {name: [values[place] for place in places.tolist()] for name, values in self.columns.items()}
        left_out = self.left_out + len(self.vectors) - len(places)
        return EmbeddingSet(self.name, self.vectors[places], columns, self.colour, left_out, self.group)


def check_same_rows(sets: Sequence[EmbeddingSet]) -> None:
    """Checks that sets have the same number of points.

    Raises:
        InputError: They do not.
    """
    if len({len(each.vectors) for each in sets}) > 1:
        raise InputError(f"the sets must be of the same rows. Received: {[len(each.vectors) for each in sets]} points")
