"""Tensors by name that are read one at a time, when they are needed."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np


class LazyTensors(Mapping[str, np.ndarray]):
    """The base of mappings whose items are read from files; subclasses define `_stored` and read an item.

    Listing the names, or testing for one, reads no tensor.
    """

    @functools.cached_property
    def _stored(self) -> Mapping[str, Any]:
        """What each tensor is read from, by the name of the tensor."""
        raise NotImplementedError

    def __contains__(self, name: object) -> bool:
        return name in self._stored  # the method of Mapping would read the tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self._stored)

    def __len__(self) -> int:
        return len(self._stored)
