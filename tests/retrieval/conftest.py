"""A tiny model that tells what it encodes, and documents."""

from pathlib import Path

import pytest
from counting_encoder import CountingEncoder


@pytest.fixture(scope="session")
def session_encoder(encoder_folder: Path) -> CountingEncoder:
    return CountingEncoder(str(encoder_folder))


@pytest.fixture
def encoder(session_encoder: CountingEncoder) -> CountingEncoder:
    """The tiny model, which has encoded nothing yet."""
    session_encoder.encoded.clear()
    return session_encoder


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder of three documents, one of them in a folder of its own."""
    folder = tmp_path / "docs"
    (folder / "more").mkdir(parents=True)
    (folder / "a.txt").write_text("The film\n\nThe film was good.\n\nThe play was not good.\n", encoding="utf-8")
    (folder / "b.md").write_text("# Café\n\nA café, not a film.\n", encoding="utf-8")
    (folder / "more" / "c.html").write_text("<p>Un caf\u00e9 was bad.<p>A b c d e.", encoding="utf-8")
    return folder
