"""How a benchmark and its workers talk: a JSON object a line, a request and its answer at a time. So one alone works at any moment.

The standard library alone: TensorFlow's processes and PyTorch's both import this.
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

OURS = Path(sys.executable)
THEIRS = Path(".venv-peers/bin/python")
_CALM = 0.2  # seconds until the threads of the one that worked are asleep
_SHOWN = 3000  # characters of what a worker wrote before it died

Handlers = Mapping[str, Callable[..., dict[str, Any]]]


class Worker:
    """A process that answers.

    Args:
        python: Of its environment.
        module: What it runs, as `peers.NAME`.
        **options: Of its command line; None leaves one out.
    """

    def __init__(self, python: Path, module: str, **options: Any) -> None:
        self.module = module
        words = [word for name, value in options.items() if value is not None for word in (f"--{name}", str(value))]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # open as long as the process
        if not python.exists():
            sys.exit(f"{python}: no such Python; make .venv-peers/ready makes the environment of the peers")
        # Not resolved: a virtual environment is known by the path that its Python is started with.
        command = [str(python.absolute()), "-m", module, *words]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._log}
        self._process: Any = subprocess.Popen(command, cwd=Path(__file__).parents[1], text=True, **pipes)

    def ask(self, what: str, **arguments: Any) -> dict[str, Any]:
        """Asks for something, and waits for it.

        Args:
            what: The name of a handler.
            **arguments: Its arguments.

        Returns:
            What it answered.
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
    """The worker's end."""

    def __init__(self) -> None:
        # What libraries print goes to standard error: standard output is for answers.
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)

    def serve(self, handlers: Handlers, until: str | None = None) -> dict[str, Any]:
        """Answers requests until one comes that is left to the caller, or none any more: then the process ends.

        Args:
            handlers: Answer requests, by name; each takes the arguments of the request.
            until: The name of those that the caller answers.

        Returns:
            The arguments of that request.
        """
        for line in sys.stdin:
            request = json.loads(line)
            what = request.pop("what")
            if what == until:
                return request
            self.answer(**handlers[what](**request))
        sys.exit()

    def answer(self, **values: Any) -> None:
        """Answers a request."""
        self._answers.write(json.dumps(values) + "\n")
        self._answers.flush()


class TrainingTurns:
    """A training that goes on for as many steps as it is asked for (`steps`), and then waits.

    Args:
        requests: Where it is asked.
        handlers: Answer whatever else is asked for while it waits.
    """

    def __init__(self, requests: Requests, handlers: Handlers) -> None:
        self._requests, self._handlers = requests, dict(handlers) | {"memory": memory}
        self._pending = False

    def wait(self) -> None:
        """Waits until steps are asked for."""
        self._left = self._requests.serve(self._handlers, until="steps")["count"]
        self._pending, self._rows, self._tokens, self._begun = True, 0, 0, time.perf_counter()

    def step(self, rows: int, tokens: int, loss: float) -> None:
        """Counts a step that was made; answers and waits, if it was the last one asked for."""
        self._rows, self._tokens, self._left, self._loss = (
            self._rows + rows,
            self._tokens + tokens,
            self._left - 1,
            loss,
        )
        if self._left == 0:
            self._answer()
            self.wait()

    def end(self) -> None:
        """Answers with what was done when the training ends, and then whatever is asked for; the process ends here."""
        if self._pending:
            self._answer()
        self._requests.serve(self._handlers)

    def _answer(self) -> None:
        seconds = time.perf_counter() - self._begun
        self._pending = False
        self._requests.answer(seconds=seconds, rows=self._rows, tokens=self._tokens, loss=self._loss)


def memory() -> dict[str, Any]:
    """This process's memory in bytes: the highest there was and what there is (`resident`), both with mapped files."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    status = dict(line.split(":", 1) for line in lines)
    names = {"highest": "VmHWM", "resident": "VmRSS", "anonymous": "RssAnon"}
    return {name: int(status[key].split()[0]) * 1024 for name, key in names.items()}
