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
