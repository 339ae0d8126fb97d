"""The memory and the processor time that an export costs a server, measured here."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bert_keras.errors import ExportError
from bert_keras.serving.server.protos import SavedModel
from bert_keras.serving.versions import SAVED_MODEL, version_folder

_CHILD = Path(__file__).with_name("footprint_child.py")
_SENTENCE = "The room was small, but the view made up for it, and nobody minded that breakfast was rather late."
_QUESTION = "When was breakfast?"
# Rows, sentences of a row, and how often after the first time.
SENTENCE, SENTENCES, PARAGRAPH, DOCUMENT = "a sentence", "32 sentences", "a paragraph", "a document of 100 kB"
_USUAL = {SENTENCE: (1, 1, 20), SENTENCES: (32, 1, 3), PARAGRAPH: (1, 10, 10)}
_LONG = {DOCUMENT: (1, 1000, 1)}


@dataclass(frozen=True)
class Footprint:
    """What a process that runs an export needs; memory is resident.

    Attributes:
        steps: The `megabytes` after each step and the `most_megabytes` so far, and of requests the `milliseconds` of
            processor time, by the name of the step: "TensorFlow", "loaded", "a sentence" and so on.
    """

    steps: Mapping[str, Mapping[str, float]]

    @property
    def model_megabytes(self) -> float:
        """The most that a version takes, above TensorFlow itself, while it is loaded and answers usual requests."""
        return self.steps[PARAGRAPH]["most_megabytes"] - self.steps["TensorFlow"]["megabytes"]

    def milliseconds(self, kind: str) -> float:
        """The processor time of a usual request: a sentence of 19 words for a classifier, else a paragraph of 190."""
        return self.steps[SENTENCE if kind == "classifier" else PARAGRAPH]["milliseconds"]


def footprint_of(base: str | Path, *, long: bool = False) -> Footprint:
    """Runs an export through TensorFlow's C API in a process of its own, as a C++ server does, and measures it.

    Args:
        base: A model's folder, or a version's.
        long: Whether to ask about a document of 100 kB too, which takes a reader most of a minute.

    Returns:
        The measurements.

    Raises:
        ExportError: There is no export, or it does not run.
    """
    folder = version_folder(base)
    job = _job(folder, _USUAL | _LONG if long else _USUAL)
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-S", "-E", "-s", str(_CHILD)]
    ended = subprocess.run(command, input=json.dumps(job), env=environment, capture_output=True, text=True, check=False)
    steps = {step.pop("what"): step for step in map(json.loads, ended.stdout.splitlines())}
    if ended.returncode or len(steps) < 2 + len(job["requests"]):
        said = ended.stderr.strip().splitlines()[-1:] or [f"it ended with status {ended.returncode}"]
        raise ExportError(f"{folder}: the export does not run ({said[0][:200]}); `bert-keras check` says more")
    return Footprint(steps)


def _job(folder: Path, sizes: Mapping[str, tuple[int, int, int]]) -> dict[str, Any]:
    saved = SavedModel.FromString((folder / SAVED_MODEL).read_bytes())
    signature = saved.meta_graphs[0].signature_def["serving_default"]
    tensorflow, text = _package("tensorflow"), _package("tensorflow_text")
    requests = {}
    for what, (rows, times, repeats) in sizes.items():
        texts = {name: " ".join([_SENTENCE] * times) for name in signature.inputs} | {"question": _QUESTION}
        requests[what] = ({info.name: [texts[name]] * rows for name, info in signature.inputs.items()}, repeats)
    return {
        "folder": str(folder),
        "libraries": [str(tensorflow / f"libtensorflow_{part}.so.2") for part in ("framework", "cc")],
        "text_libraries": sorted(map(str, (text / "python" / "ops").glob("_*.so"))),
        "requests": requests,
        "fetches": [info.name for info in signature.outputs.values()],
    }


def _package(name: str) -> Path:
    """Returns the folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ExportError(f"the package {name} is not installed, whose libraries run an export")
    return Path(spec.origin).parent
