"""Points for the embedding projector: vectors, and what is known about each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from bert_keras.errors import InputError

Column: TypeAlias = Sequence[str] | Sequence[float]
FEWEST = 3  # points and dimensions: the projector draws three axes


@dataclass(frozen=True)
class EmbeddingSet:
    """Vectors with columns that say what each belongs to.

    Attributes:
        name: What the vectors are, with the layer: "[CLS] after layer 6".
        vectors: `[points, dimensions]` float32.
        columns: Values of each point by column, texts or numbers. The first column labels the points.
        colour: The column that colours them; None where there is none to.
        left_out: Points that a sample left out.
        group: Sets of one group lie in one run of the projector, so that layers are changed with one choice.
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
        """Makes sure that there is something to see.

        Raises:
            InputError: Too few points or dimensions, numbers that are none, or points that all lie in one place.
        """
        points, dimensions = self.vectors.shape
        if min(points, dimensions) < FEWEST:
            raise InputError(
                f"{self.name}: the projector needs at least {FEWEST} points and {FEWEST} dimensions. Received: {points} points of "
                f"{dimensions} dimensions"
            )
        if not np.isfinite(self.vectors).all():
            bad = int((~np.isfinite(self.vectors)).any(axis=1).sum())
            raise InputError(f"{self.name}: {bad} of {points} vectors hold numbers that are not finite")
        if not (self.vectors != self.vectors[0]).any():
            raise InputError(f"{self.name}: all {points} vectors are the same, so that there is nothing to project")

    def sample(self, most: int, seed: int = 0) -> "EmbeddingSet":
        """Takes some of the points, the same ones each time.

        Args:
            most: Points to keep at most.
            seed: Of the choice.

        Returns:
            A set of its own with the points in their order, which counts what it leaves out; the set itself where it is
            small enough.
        """
        points = len(self.vectors)
        if points <= most:
            return self
        return self.take(np.sort(np.random.default_rng(seed).choice(points, most, replace=False)))

    def take(self, places: np.ndarray) -> "EmbeddingSet":
        """Takes some of the points.

        Args:
            places: Which, `[kept]`.

        Returns:
            A set of its own.
        """
        columns = {name: [values[place] for place in places.tolist()] for name, values in self.columns.items()}
        left_out = self.left_out + len(self.vectors) - len(places)
        return EmbeddingSet(self.name, self.vectors[places], columns, self.colour, left_out, self.group)
