"""How the scripts of this folder are started: on the standard library alone, quiet, on CPUs."""

import os
import re
import signal
import sys
from pathlib import Path

# A failed CHECK of C++ code, or an uncaught exception; TensorFlow logs much else, at every level.
FATAL_LINE = re.compile(r"^F\d{4} |: F |what\(\):")


def child_command(script: str) -> list[str]:
    """Returns the command that runs a script of this folder without site packages and without settings of the user."""
    return [sys.executable, "-S", "-E", "-s", str(Path(__file__).with_name(script))]


def child_environment() -> dict[str, str]:
    """Returns the environment of a child: only errors that end it are logged, and GPUs are hidden."""
    return os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


def fate_of(code: int, log: str) -> str:
    """Returns why a child ended: the signal's name or the exit status, and the decisive line of its log."""
    if code < 0:
        said = [line for line in log.splitlines() if FATAL_LINE.search(line)][:1]
        what = f"was killed by {signal.Signals(-code).name}"
    else:
        said = [line for line in log.splitlines() if line.strip()][-1:]
        what = f"ended with status {code}"
    return f"the process {what}{''.join(f': {line.strip()[:200]}' for line in said)}"
