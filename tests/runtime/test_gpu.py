from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from bert_keras.runtime.gpu import compute_deterministically, gpu_in_use, prepare_gpu, unused_gpus


class Gpus:
    """Stands in for a machine with four GPUs."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.there = [tf.config.PhysicalDevice(f"/physical_device:GPU:{place}", "GPU") for place in range(4)]
        self.visible = list(self.there)
        self.grow: list[Any] = []
        self.tf32 = True
        patch.setattr(tf.config, "list_physical_devices", lambda kind: self.there)
        patch.setattr(tf.config, "get_visible_devices", lambda kind: self.visible)
        patch.setattr(tf.config, "set_visible_devices", self._see)
        experimental = tf.config.experimental
        patch.setattr(experimental, "set_memory_growth", lambda gpu, grow: self.grow.append((gpu, grow)))
        patch.setattr(experimental, "enable_tensor_float_32_execution", lambda on: setattr(self, "tf32", on))
        patch.setattr(experimental, "get_device_details", lambda gpu: {"device_name": f"of {gpu.name[-1]}"})

    def _see(self, gpu: Any, kind: str) -> None:
        self.visible = [gpu]


@pytest.mark.parametrize(("place", "used"), [(0, 0), (2, 2), (5, 1)])
def test_a_process_sees_one_gpu_takes_memory_as_it_needs_it_and_computes_exactly(
    place: int, used: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus = Gpus(monkeypatch)
    prepare_gpu(place)
    assert gpus.visible == [gpus.there[used]]
    assert gpus.grow == [(gpus.there[used], True)]
    assert not gpus.tf32
    assert gpu_in_use() == f"of {used}"


def test_gpus_that_tensorflow_cannot_use_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, text in enumerate(("Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ: 12\n", "IRQ: 13\n")):
        (tmp_path / str(place)).mkdir()
        (tmp_path / str(place) / "information").write_text(text, encoding="utf-8")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])
    assert unused_gpus(tmp_path) == ["NVIDIA A100-SXM4-40GB", "GPU"]
    assert unused_gpus(tmp_path / "none") == []
    Gpus(monkeypatch)
    assert unused_gpus(tmp_path) == []


def test_determinism_is_asked_of_a_gpu_and_not_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: asked.append("asked"))
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [])
    compute_deterministically()
    assert asked == []
    Gpus(monkeypatch)
    compute_deterministically()
    assert asked == ["asked"]
