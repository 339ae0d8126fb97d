"""Measures what an export costs a server: memory when it is loaded, memory and processor time of a request.

Runs it through TensorFlow's C API in a process of its own, without Python's TensorFlow, as a C++ server does. Requests
are of one sentence, of 32, of a paragraph and of a long document, one after the other; memory is the resident set, its
highest value so far. `bert-keras deploy` computes with these numbers.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bert_keras.serving import version_folder
from bert_keras.serving.server.protos import SavedModel

SENTENCE = "The room was small, but the view made up for it, and nobody minded that breakfast was rather late."
QUESTION = "When was breakfast?"
CHILD = Path(__file__).with_name("footprint_child.py")
# Rows, and sentences of a row.
SIZES = {"a sentence": (1, 1), "32 sentences": (32, 1), "a paragraph": (1, 10), "a document of 100 kB": (1, 1000)}


def main() -> int:
    """Measures, prints a line for each step, and returns the exit status of the process that ran the export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", help="version folder, or model folder")
    job = json.dumps(job_of(version_folder(parser.parse_args().export)))
    command = [sys.executable, "-S", "-E", "-s", CHILD]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    return subprocess.run(command, input=job, env=environment, text=True, check=False).returncode


def job_of(folder: Path) -> dict[str, Any]:
    """Returns the export's folder, the libraries, and the requests as the child takes them."""
    saved = SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    signature = saved.meta_graphs[0].signature_def["serving_default"]
    tensorflow, text = package("tensorflow"), package("tensorflow_text")
    requests = {}
    for what, (rows, times) in SIZES.items():
        texts = {name: " ".join([SENTENCE] * times) for name in signature.inputs} | {"question": QUESTION}
        requests[what] = {info.name: [texts[name]] * rows for name, info in signature.inputs.items()}
    return {
        "folder": str(folder),
        "bytes": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        "libraries": [str(tensorflow / f"libtensorflow_{part}.so.2") for part in ("framework", "cc")],
        "text_libraries": sorted(map(str, (text / "python" / "ops").glob("_*.so"))),
        "requests": requests,
        "fetches": [info.name for info in signature.outputs.values()],
    }


def package(name: str) -> Path:
    """Returns the folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        sys.exit(f"the package {name} is not installed")
    return Path(spec.origin).parent


if __name__ == "__main__":
    sys.exit(main())
