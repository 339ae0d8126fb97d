"""A server that tests share."""

from collections.abc import Iterator

import pytest
from served import Served, serving


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """A server with fake models, for tests that do not change it."""
    with serving() as running:
        yield running
