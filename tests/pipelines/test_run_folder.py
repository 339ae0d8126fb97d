import json
from pathlib import Path

import pytest

from pipelines.training.config import TrainingConfig
from pipelines.training.run_folder import RunFolder


@pytest.mark.parametrize(
    ("options", "base"),
    [({}, "start"), ({"adapters_over": "below"}, "below"), ({"adapt": "none"}, None)],
)
def test_the_base_of_adapters_is_the_model_that_they_stand_over(
    options: dict[str, str], base: str | None, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "adapter.safetensors").write_bytes(bytes(1_230_000))
    config = TrainingConfig(**({"train": "a", "dev": "b", "model": "start", "adapt": "lora", "rank": 4} | options))  # type: ignore[arg-type]
    wanted = None if base is None else {"rank": 4, "base": base, "megabytes": 1.23}
    assert RunFolder(tmp_path).adapter(config) == wanted


def test_names_of_files_that_are_no_utf_8_end_no_run(tmp_path: Path) -> None:
    folder, name = RunFolder(tmp_path), "train\udce9.tsv"  # as Python reads the byte E9
    folder.write_lines("predictions.jsonl", [{"place": name}])
    folder.finish({"data": {"train": {"file": name}}})
    folder.write("README.md", name)
    read = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert json.loads(read["predictions.jsonl"]) == {"place": "train?.tsv"}
    assert json.loads(read["report.json"])["data"]["train"]["file"] == read["README.md"] == "train?.tsv"
