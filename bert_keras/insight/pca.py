"""Principal components of many vectors."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

MOST_DIMENSIONS = 200  # beyond it the projector takes 200 random directions before it looks for components of its own
_BLOCK = 4096


@dataclass(frozen=True)
class PrincipalComponents:
    """The directions in which vectors differ most (Pearson 1901), in falling order.

    Attributes:
        mean: Of the vectors, `[dimensions]` float64.
        components: Of length 1 and at right angles, `[kept, dimensions]` float64. The largest number of each is above
            zero, so that the same vectors always give the same picture.
        variances: Along each component, `[kept]` float64.
        total_variance: Over all dimensions.
    """

    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray
    total_variance: float

    @property
    def kept(self) -> float:
        """The share of the variance that the components keep, from 0 to 1."""
        return float(min(1.0, self.variances.sum() / self.total_variance)) if self.total_variance > 0 else 1.0

    def project(self, vectors: np.ndarray) -> np.ndarray:
        """Says where vectors lie along the components.

        Args:
            vectors: `[points, dimensions]`.

        Returns:
            `[points, kept]` float32.
        """
        projected = np.empty((len(vectors), len(self.components)), np.float32)
        for first in range(0, len(vectors), _BLOCK):
            block = vectors[first : first + _BLOCK].astype(np.float64)
            projected[first : first + _BLOCK] = (block - self.mean) @ self.components.T
        return projected


def principal_components(vectors: np.ndarray, most: int = MOST_DIMENSIONS) -> PrincipalComponents:
    """Finds principal components as eigenvectors of the covariance, in float64 and block by block.

    Args:
        vectors: `[points, dimensions]`; at least one point.
        most: Components to keep at most.

    Returns:
        As many as asked for, or as there are dimensions.
    """
    points, dimensions = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((dimensions, dimensions))
    for first in range(0, points, _BLOCK):
        block = vectors[first : first + _BLOCK].astype(np.float64) - mean
        covariance += block.T @ block
    covariance /= points
    with threadpool_limits(
        1
    ):  # threads that wait for each other take up to a hundred times as long on a machine that is busy
        values, directions = np.linalg.eigh(covariance)
    order = np.argsort(-values, kind="stable")[:most]
    components = directions.T[order]
    largest = np.abs(components).argmax(axis=1)
    components *= np.where(components[np.arange(len(components)), largest] < 0, -1.0, 1.0)[:, np.newaxis]
    return PrincipalComponents(mean, components, np.maximum(values[order], 0), float(np.trace(covariance)))
