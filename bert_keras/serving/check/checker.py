"""The check as one call."""

import os

from bert_keras.serving.check.report import CheckReport
from bert_keras.serving.check.runtime import find_runtime
from bert_keras.serving.versions import version_folder


def check(path: str | os.PathLike[str], *, runtime: str | None = None) -> CheckReport:
    """Loads and runs an export as TensorFlow Serving would, and compares its answers with Python's.

    What is wrong with the export comes back as rows that are not ok, even where it crashes the process that runs it.

    Args:
        path: A version folder, or a base folder whose highest version is taken.
        runtime: A folder with another TensorFlow's `tensorflow/` and `tensorflow_text/`; the installed ones if `None`.

    Returns:
        The report, one row for each thing that was checked.

    Raises:
        ExportError: `path` holds no SavedModel, or `runtime` no TensorFlow.
    """
    folder, libraries = version_folder(path), find_runtime(runtime)
    # Only now, since it imports TensorFlow: a wrong path is told at once.
    from bert_keras.serving.check.steps import run_steps

    return run_steps(folder, libraries)
