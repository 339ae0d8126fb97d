"""The GPU that a process computes on."""

import contextlib
from pathlib import Path

import tensorflow as tf

_DRIVER = Path("/proc/driver/nvidia/gpus")


def prepare_gpu(place: int = 0) -> None:
    """Makes TensorFlow compute on one GPU of the machine, if it sees any, and leave alone what it does not need.

    Left to itself it would take the memory of all GPUs and compute on the first. Products of float32 matrices keep
    their precision: those of TF32 have ten bits, with which logits are off by a thousandth.

    Args:
        place: The place of this process among those of the machine, from 0.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return
    gpu = gpus[place % len(gpus)]
    with contextlib.suppress(RuntimeError):  # TensorFlow raises it once it has used its GPUs
        tf.config.set_visible_devices(gpu, "GPU")
        tf.config.experimental.set_memory_growth(gpu, True)
    tf.config.experimental.enable_tensor_float_32_execution(False)


def compute_deterministically() -> None:
    """Makes the ops of this process give the same bits each time they run on a GPU, where many add in any order.

    They are slower then. Does nothing where there is no GPU in use: ops on the processor give the same bits anyway.
    """
    if tf.config.get_visible_devices("GPU"):
        tf.config.experimental.enable_op_determinism()


def gpu_in_use() -> str | None:
    """Returns the name of the GPU that TensorFlow computes on; `None` if it computes on the processor."""
    gpus = tf.config.get_visible_devices("GPU")
    if not gpus:
        return None
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", gpus[0].name))


def unused_gpus(driver: Path = _DRIVER) -> list[str]:
    """Returns the names of the machine's GPUs if TensorFlow can use none of them.

    Args:
        driver: The folder in which NVIDIA's driver describes each GPU.
    """
    if tf.config.list_physical_devices("GPU"):
        return []
    return [_model(path) for path in sorted(driver.glob("*/information"))]


def _model(information: Path) -> str:
    with contextlib.suppress(OSError):
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Model:"):
                return line.removeprefix("Model:").strip()
    return "GPU"
