from pathlib import Path

import pytest
from served_exports import Server, write_export


@pytest.fixture(scope="session")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "1"
    write_export(folder)
    return folder


@pytest.fixture
def server(export: Path, tmp_path: Path) -> Server:
    return Server(export, tmp_path)
