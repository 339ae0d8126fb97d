"""Measures what an export costs a server: memory when it is loaded, memory and processor time of a request.

Runs it through TensorFlow's C API in a process of its own, without Python's TensorFlow, as a C++ server does. Requests
are of one sentence, of 32, of a paragraph and of a long document, one after the other; memory is the resident set, its
highest value so far. `bert-keras deploy` computes with these numbers.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SENTENCE = "The room was small, but the view made up for it, and nobody minded that breakfast was rather late."
QUESTION = "When was breakfast?"
CHECK = Path(__file__).parents[2] / "bert_keras" / "serving" / "check"
SIZES = {"a sentence": (1, 1), "32 sentences": (32, 1), "a paragraph": (1, 10), "a document of 100 kB": (1, 1000)}
REPEATS = 20


def main() -> int:
    """Measures, and prints a line for each step."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", nargs="?", help="version folder, or model folder")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    flags = parser.parse_args()
    if flags.child:
        measure(json.load(sys.stdin))
        return 0
    job = json.dumps(job_of(flags.export))
    command = [sys.executable, "-S", "-E", "-s", __file__, "--child"]
    return subprocess.run(command, input=job, text=True, check=False).returncode


def job_of(export: str) -> dict[str, Any]:
    """Returns the export's folder, the libraries, and the requests as the child takes them."""
    import numpy as np

    from bert_keras.serving import version_folder
    from bert_keras.serving.check.graph import read_saved_model, serve_graphs
    from bert_keras.serving.check.runtime import find_runtime
    from bert_keras.serving.check.tensor_json import encode

    folder = version_folder(export)
    signature = serve_graphs(read_saved_model(folder))[0].signature_def["serving_default"]
    runtime = find_runtime(None)
    fetches = [signature.outputs[name].name for name in sorted(signature.outputs)]
    requests = {}
    for what, (rows, times) in SIZES.items():
        texts = np.array([" ".join([SENTENCE] * times).encode()] * rows, object)
        questions = np.array([QUESTION.encode()] * rows, object)
        given = {name: questions if name == "question" else texts for name in signature.inputs}
        feeds = {signature.inputs[name].name: encode(values) for name, values in given.items()}
        requests[what] = {"feeds": feeds, "fetches": fetches}
    return {
        "folder": str(folder),
        "bytes": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()),
        "libraries": [str(library) for library in runtime.libraries],
        "text_libraries": [str(library) for library in runtime.text_libraries],
        "requests": requests,
    }


def measure(job: dict[str, Any]) -> None:
    """Loads and runs the export, in a process that has the standard library alone."""
    import os

    sys.path.insert(0, str(CHECK))
    from c_api import LoadedModel
    from c_library import Library

    library = Library(job["libraries"])
    for file in job["text_libraries"]:
        library.checked("TF_LoadLibrary", os.fsencode(file))
    print(f"files of the export        {job['bytes'] / 1e6:8.0f} MB")
    print(f"TensorFlow without a model {resident():8.0f} MB")
    model = LoadedModel(library, job["folder"])
    print(f"the model loaded           {resident():8.0f} MB")
    for what, request in job["requests"].items():
        model.run(request)
        repeats = 1 if "document" in what else REPEATS
        begun, spent = time.perf_counter(), time.process_time()
        for _ in range(repeats):
            model.run(request)
        seconds, spent = time.perf_counter() - begun, time.process_time() - spent
        told = f"{seconds / repeats * 1e3:8.1f} ms, {spent / repeats * 1e3:8.1f} ms of processor time"
        print(f"{what:26} {resident():8.0f} MB at most so far, {told}", flush=True)
    os._exit(0)


def resident() -> float:
    """Returns the highest resident memory of this process so far, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024 / 1e6


if __name__ == "__main__":
    sys.exit(main())
