"""The C libraries of the TensorFlow that runs the export: the installed one, or unpacked wheels."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from bert_keras.errors import ExportError


@dataclass(frozen=True)
class Runtime:
    """The shared libraries of one TensorFlow.

    Attributes:
        libraries: TensorFlow's own libraries, in the order in which they must be loaded.
        text_libraries: The op libraries of tensorflow-text.
    """

    libraries: tuple[Path, ...]
    text_libraries: tuple[Path, ...]


def find_runtime(folder: str | None = None) -> Runtime:
    """Finds the shared libraries.

    Args:
        folder: A folder that holds `tensorflow/` and `tensorflow_text/`; `None` means the installed packages.

    Returns:
        The libraries.

    Raises:
        ExportError: A package or its libraries are missing.
    """
    tensorflow, text = _package("tensorflow", folder), _package("tensorflow_text", folder)
    libraries = tuple(tensorflow / f"libtensorflow_{part}.so.2" for part in ("framework", "cc"))
    text_libraries = tuple(sorted((text / "python" / "ops").glob("_*.so")))
    missing = [str(library) for library in libraries if not library.is_file()]
    missing += [] if text_libraries else [str(text / "python" / "ops" / "_*.so")]
    if missing:
        raise ExportError(f"no TensorFlow runtime to check with: {', '.join(missing)} missing")
    return Runtime(libraries, text_libraries)


def _package(name: str, folder: str | None) -> Path:
    """Returns the folder of a package without importing it."""
    if folder is not None:
        return Path(folder) / name
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ExportError(
            f"the package {name} is not installed: install it, or name a folder that holds it as the runtime"
        )
    return Path(spec.origin).parent
