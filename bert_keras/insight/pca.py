"""Principal component analysis of many vectors."""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

MOST_DIMENSIONS = 200  # with more, the projector applies its own PCA to 200 random directions
_BLOCK = 4096


@dataclass(frozen=True)
class PrincipalComponents:
    """The directions of the largest variance (Pearson 1901), in descending order.

    Attributes:
        mean: The mean of the vectors, `[dimensions]` float64.
        components: The orthonormal components, `[kept, dimensions]` float64. The entry of the largest magnitude in each
            is positive, so that the same vectors always give the same figure.
        variances: The variance along each component, `[kept]` float64.
        total_variance: The variance over all dimensions.
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
        """Projects vectors onto the components.

        Args:
            vectors: The vectors, `[points, dimensions]`.

        Returns:
            The coordinates, `[points, kept]` float32.
        """
        projected = np.empty((len(vectors), len(self.components)), np.float32)
        for first in range(0, len(vectors), _BLOCK):
            block = vectors[first : first + _BLOCK].astype(np.float64)
            projected[first : first + _BLOCK] = (block - self.mean) @ self.components.T
        return projected


def principal_components(vectors: np.ndarray, most: int = MOST_DIMENSIONS) -> PrincipalComponents:
    """Computes principal components as eigenvectors of the covariance, in float64 and block by block.

    Args:
        vectors: The vectors, `[points, dimensions]`; at least one point.
        most: The maximum number of components.

    Returns:
        The components, no more than there are dimensions.
    """
    points, dimensions = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((dimensions, dimensions))
    for first in range(0, points, _BLOCK):
        block = vectors[first : first + _BLOCK].astype(np.float64) - mean
        covariance += block.T @ block
    covariance /= points
    # One thread: on a busy machine, threads that wait for each other take up to a hundred times as long.
    with threadpool_limits(1):
        values, directions = np.linalg.eigh(covariance)
    order = np.argsort(-values, kind="stable")[:most]
    components = directions.T[order]
    largest = np.abs(components).argmax(axis=1)
    components *= np.where(components[np.arange(len(components)), largest] < 0, -1.0, 1.0)[:, np.newaxis]
    return PrincipalComponents(mean, components, np.maximum(values[order], 0), float(np.trace(covariance)))
