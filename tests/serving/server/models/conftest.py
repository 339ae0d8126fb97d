from pathlib import Path

import pytest
from served_exports import Server, write_export

ROOM = "bert_keras.serving.server.models"


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "1"
    write_export(folder)
    return folder


@pytest.fixture
def server(export: Path, tmp_path: Path) -> Server:
    return Server(export, tmp_path)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens what is waited for files to rest, and for requests that may still begin on a version that leaves."""
    monkeypatch.setattr(f"{ROOM}.version_files._REST_SECONDS", 0.15)
    monkeypatch.setattr(f"{ROOM}.model_versions.GRACE_SECONDS", 0.3)
