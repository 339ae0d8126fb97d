"""A curve of a training: values by optimizer step."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Curve:
    """A number over a training: its values, and the optimizer steps they belong to."""

    steps: Sequence[int]
    values: Sequence[float]
