"""The function that runs the whole check."""

import os

from bert_keras.serving.c_runtime.runtime import find_runtime
from bert_keras.serving.check.report import CheckReport
from bert_keras.serving.versions import version_folder


def check(path: str | os.PathLike[str], *, runtime: str | None = None) -> CheckReport:
    """Loads and runs an export as TensorFlow Serving would, and compares its answers with Python's.

    Faults of the export are reported as rows that are not ok, even if it crashes the process that runs it.

    Args:
        path: A version's folder, or a model's folder, whose highest version is checked.
        runtime: A folder with another TensorFlow's `tensorflow/` and `tensorflow_text/`; `None` means the installed
            packages.

    Returns:
        The report, with a row for each check.

    Raises:
        ExportError: `path` holds no SavedModel, or `runtime` no TensorFlow.
    """
    folder, libraries = version_folder(path), find_runtime(runtime)
    # Imported late, since it imports TensorFlow: a wrong path is reported at once.
    from bert_keras.serving.check.steps import run_steps

    return run_steps(folder, libraries)
