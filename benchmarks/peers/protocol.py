"""The protocol between a benchmark and its workers: one JSON object per line, one request and its answer at a time.

Only one worker runs at any moment. The module needs the standard library alone, since TensorFlow's processes and
PyTorch's both import it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, Self

from peers.process_memory import memory

OURS = Path(sys.executable)
THEIRS = Path(".venv-peers/bin/python")
_CALM = 0.2  # seconds until the threads of the previous worker are asleep
_SHOWN = 3000  # characters of a dead worker's log

Handlers = Mapping[str, Callable[..., dict[str, Any]]]


class Worker:
    """A process that answers requests.

    Args:
        python: The Python interpreter of its environment.
        module: The module that it runs, e.g. `peers.pytorch_training`.
        **options: The options of its command line; those that are `None` are left out.
    """

    def __init__(self, python: Path, module: str, **options: Any) -> None:
        self.module = module
        words = [word for name, value in options.items() if value is not None for word in (f"--{name}", str(value))]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # stays open as long as the process
        if not python.exists():
            sys.exit(f"{python}: no such Python; make .venv-peers/ready makes the environment of the peers")
        # Links are not resolved: Python finds its virtual environment by the path that it is started with.
        command = [str(python.absolute()), "-m", module, *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._log}
        self._process: Any = subprocess.Popen(command, cwd=Path(__file__).parents[1], text=True, **pipes)

    def ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Sends a request, and waits for the answer.

        Args:
            what: The name of a handler.
            **arguments: The handler's arguments.

        Returns:
            The answer.
        """
        time.sleep(_CALM)
        try:
            self._process.stdin.write(json.dumps({"what": what} | arguments) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._died(what)
        line = self._process.stdout.readline()
        if not line:
            self._died(what)
        return json.loads(line)

    def _died(self, what: str) -> NoReturn:
        status = self._process.wait()
        self._log.seek(0)
        words = self._log.read()[-_SHOWN:]
        sys.exit(f"{self.module} ended with status {status} when it was asked for {what}; its last words:\n{words}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._log.close()


class Requests:
    """The worker's end of the protocol."""

    def __init__(self) -> None:
        # Standard output is for answers, so what libraries print there goes to standard error.
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def serve(self, handlers: Handlers, until: str | None = None) -> dict[str, Any]:
        """Answers requests until one arrives that the caller answers; ends the process after the last request.

        Args:
            handlers: The functions that answer requests, by name; each takes the arguments of the request.
            until: The name of the requests that the caller answers; `None` for none.

        Returns:
            The arguments of the request that the caller answers.
        """
        for line in sys.stdin:
            request = json.loads(line)
            what = request.pop("what")
            if what == until:
                return request
            self.answer(**handlers[what](**request))
        sys.exit()

    def answer(self, **values: Any) -> None:
        """Sends the answer to a request."""
        self._answers.write(json.dumps(values) + "\n")
        self._answers.flush()


class TrainingTurns:
    """A training that runs the number of steps of each `steps` request, and then waits for the next one.

    Args:
        requests: The worker's end of the protocol.
        handlers: The functions that answer other requests while the training waits, by name.
    """

    def __init__(self, requests: Requests, handlers: Handlers) -> None:
        self._requests, self._handlers = requests, dict(handlers) | {"memory": memory}
        self._pending = False

    def wait(self) -> None:
        """Waits for a request of steps."""
        self._left = self._requests.serve(self._handlers, until="steps")["count"]
        self._pending, self._rows, self._tokens = True, 0, 0
        self._begun, self._cpu = time.perf_counter(), time.process_time()

    def step(self, rows: int, tokens: int, loss: float) -> None:
        """Counts a step; after the last requested one, answers and waits for the next request."""
        self._rows += rows
        self._tokens += tokens
        self._left -= 1
        self._loss = loss
        if self._left == 0:
            self._answer()
            self.wait()

    def end(self) -> None:
        """Answers a pending request at the end of the training, then all others; the process ends here."""
        if self._pending:
            self._answer()
        self._requests.serve(self._handlers)

    def _answer(self) -> None:
        spent = {"seconds": time.perf_counter() - self._begun, "cpu": time.process_time() - self._cpu}
        self._pending = False
        self._requests.answer(**spent, rows=self._rows, tokens=self._tokens, loss=self._loss)
