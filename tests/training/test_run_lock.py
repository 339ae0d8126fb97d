import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bert_keras.errors import InputError
from bert_keras.training.run_lock import run_lock

# Loaded as a file, for the package would bring TensorFlow.
_HOLDER = """
import importlib.util, sys, time
import bert_keras.errors
spec = importlib.util.spec_from_file_location("run_lock", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with module.run_lock(sys.argv[2]):
    print("locked", flush=True)
    time.sleep(60)
"""
_FILE = Path(__file__).parents[2] / "bert_keras" / "training" / "run_lock.py"


def test_a_second_run_is_refused_and_told_who_is_first(tmp_path: Path) -> None:
    with run_lock(tmp_path / "run"), pytest.raises(InputError) as error, run_lock(tmp_path / "run"):
        raise AssertionError("both hold the lock")
    assert str(error.value) == (
        f"{tmp_path}/run: a run of this name is at work. Received: its process id, {os.getpid()}; wait for it, stop "
        "it, or choose another --name"
    )


def test_one_run_after_the_other_and_two_of_different_names_are_fine(tmp_path: Path) -> None:
    for _ in range(2):
        with run_lock(tmp_path / "one"), run_lock(tmp_path / "two"):
            assert (tmp_path / "one" / ".lock").read_text() == f"{os.getpid()}\n"


def test_an_error_gives_the_lock_back(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path):
        raise ZeroDivisionError
    with run_lock(tmp_path):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _HOLDER, str(_FILE), str(tmp_path)], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"locked\n"
            with pytest.raises(InputError, match=f"its process id, {holder.pid};"), run_lock(tmp_path):
                raise AssertionError("both hold the lock")
        finally:
            holder.send_signal(signal.SIGKILL)
    with run_lock(tmp_path):
        pass
