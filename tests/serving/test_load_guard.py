"""An export that was copied in part."""

import shutil
from pathlib import Path

import pytest

from bert_keras import TextClassifier
from bert_keras.errors import ExportError
from bert_keras.serving import SavedClassifier, check, export


@pytest.fixture(scope="module")
def version(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("served") / "beside"
    return export(classifier, base, signatures=("strings",))


def load_fault(version: Path) -> str:
    (row,) = (row for row in check(version).rows if row.what == "loads through the C API")
    return "" if row.ok else row.detail


def test_a_whole_export_loads(version: Path) -> None:
    assert load_fault(version) == ""
    assert (version / "variables" / "variables.data-00000-of-00001").stat().st_size > 1000


def test_an_export_without_its_variables_does_not_load(version: Path, tmp_path: Path) -> None:
    shutil.copytree(version, tmp_path / "1")
    shutil.rmtree(tmp_path / "1" / "variables")
    assert "the export is incomplete: its folder variables/ was missing" in load_fault(tmp_path / "1")
    with pytest.raises(ExportError, match="no SavedModel"):
        SavedClassifier(tmp_path / "1")


def test_an_export_whose_variables_are_cut_does_not_load(version: Path, tmp_path: Path) -> None:
    shutil.copytree(version, tmp_path / "1")
    data = tmp_path / "1" / "variables" / "variables.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:100])
    assert load_fault(tmp_path / "1")
