"""Runs an export of token ids in OpenVINO, in a process of its own: FOLDER INPUTS.npz OUTPUTS.npz."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

PEERS = Path(os.environ.get("BERT_KERAS_PEERS", Path(__file__).resolve().parents[2] / ".venv-peers" / "bin" / "python"))


def in_openvino(folder: Path, inputs: dict[str, Any], scratch: Path) -> dict[str, np.ndarray]:
    """Returns what OpenVINO computes; `PEERS` is the interpreter that has it."""
    np.savez(scratch / "inputs.npz", **inputs)
    command = [PEERS, __file__, folder, scratch / "inputs.npz", scratch / "outputs.npz"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(scratch / "outputs.npz", allow_pickle=False) as file:
        return dict(file)


def _main(folder: str, inputs: str, outputs: str) -> None:
    import openvino

    whole = openvino.convert_model(folder)
    # The plugin for CPUs runs no strings, which are the labels.
    numbers = [result for result in whole.get_results() if result.get_element_type() != openvino.Type.string]
    part = openvino.Model(numbers, whole.get_parameters())
    compiled = openvino.compile_model(part, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    with np.load(inputs, allow_pickle=False) as file:
        found = compiled(dict(file))
    np.savez(outputs, **{output.get_any_name(): found[output] for output in compiled.outputs})
    os._exit(0)  # OpenVINO 2026.4 aborts when it frees a graph with strings


if __name__ == "__main__":
    _main(*sys.argv[1:])
