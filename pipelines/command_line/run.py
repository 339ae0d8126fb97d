"""Runs a program: parses its options, and reports a user's mistake in one line, without a traceback."""

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from bert_keras.errors import BertKerasError, WorkerError
from bert_keras.files.system_errors import error_of_writing

from ..console.consoles import errors
from .lookup import look_for
from .options import options_of
from .parser import parse
from .processes import processes_here
from .program import Program

_LONGEST = 200  # characters of what TensorFlow says
WORKER_LOST = 3
"""The exit status where another worker is gone, or ends because of an error of its own."""


def run(program: Program, main: Callable[[Any], None], typed: Sequence[str] | None = None) -> None:
    """Runs a program, and ends the process if something is wrong.

    Exit status: 0 done, 1 the program found something wrong (an export that fails its check), 2 a mistake in what was
    given, 3 another worker of the training is gone, 130 interrupted. Mistakes in options and names of files are told
    before TensorFlow is imported.

    Args:
        program: The program.
        main: The function that runs with the config.
        typed: The arguments after the program's name. `None` uses those of the process.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as of errors: names of files need not be UTF-8
    try:
        config = program.config(**parse(program, sys.argv[1:] if typed is None else typed))
        look_for(config, options_of(program.config))
        if program.tensorflow:
            from bert_keras.runtime.tensorflow_import import import_tensorflow

            import_tensorflow(*processes_here(config))
        main(config)
    except WorkerError as error:
        _end(f"error: {error}", WORKER_LOST)
    except BertKerasError as error:
        _end(f"error: {error}", 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has had enough, e.g. `| head`
        sys.exit(0)
    except OSError as error:
        _end(f"error: {error.filename or 'file system'}: {error.strerror or error}", 2)
    except Exception as error:
        remedy, number = _remedy(error, program), error_of_writing(error)
        what = f"{error}".split("\n")[0][:_LONGEST]
        if number is not None:  # as TensorFlow says it of a full disk, in the words that it has for memory
            _end(f"error: a file cannot be written: {os.strerror(number)} ({what})", 2)
        if remedy is None:
            raise
        _end(f"error: {remedy} ({what})", 2)
    except KeyboardInterrupt as interruption:
        _end(": ".join(["interrupted", *map(str, interruption.args)]), 130)  # a training says how to go on


def _remedy(error: Exception, program: Program) -> str | None:
    """Returns what to do about an error of the device; such classes only TensorFlow has, and it is imported late."""
    kind, has = type(error).__name__, options_of(program.config)
    if kind == "ResourceExhaustedError":
        return "the memory of the device does not suffice" + "; give a smaller --token_budget" * ("token_budget" in has)
    if kind == "UnimplementedError" and "deterministic" in has and "eterministic" in f"{error}":
        return "the GPU cannot do all ops with the same bits each time; leave --deterministic out"
    return None


def _end(message: str, status: int) -> None:
    errors.print(" ".join(message.splitlines()), style="red")
    sys.exit(status)
