"""The child processes that run an export, restarted after each crash."""

import base64
import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tensorflow.core.framework import op_def_pb2

from bert_keras.serving.c_runtime.runtime import Runtime
from bert_keras.serving.c_runtime.scripts import child_command, child_environment, fate_of
from bert_keras.serving.check.case import Answer, Case, Signature
from bert_keras.serving.check.tensor_json import decode, encode

SCRIPT = "check_child.py"
TIME_LIMIT_SECONDS = 600.0


@dataclass(frozen=True)
class ChildRun:
    """The answers of the child processes.

    Attributes:
        version: The runtime's version; empty if the process did not start.
        ops: The ops registered after tensorflow-text is loaded; `None` if the process did not start.
        text_ops: The ops among them that tensorflow-text registered.
        load: The result of loading the export, without outputs.
        answers: One answer per case; empty if the export did not load.
    """

    version: str
    ops: frozenset[str] | None
    text_ops: frozenset[str]
    load: Answer
    answers: list[Answer]


def run_cases(
    folder: Path,
    runtime: Runtime,
    signatures: dict[str, Signature],
    cases: Sequence[Case],
    graph: dict[str, Any] | None = None,
) -> ChildRun:
    """Runs all cases, in a new process after each crash.

    Args:
        folder: The version's folder.
        runtime: The libraries; without text libraries the export runs as on a machine without tensorflow-text.
        signatures: The export's signatures by name.
        cases: The calls.
        graph: The graph to make a session from, as the C++ loader does; `None` means the C API's loader.

    Returns:
        The answers. A crash or the time limit is an answer too, never an exception.
    """
    requests = [_request(case, signatures[case.signature]) for case in cases]
    job = {
        "folder": str(folder),
        "graph": graph,
        "libraries": [str(library) for library in runtime.libraries],
        "text_libraries": [str(library) for library in runtime.text_libraries],
    }
    run = _one_child(job, requests)
    answers = list(run.answers)
    while not run.load.fault and len(answers) < len(cases):
        if answers[-1].fatal.startswith("no answer"):
            missing = Answer(None, "", "not run: an earlier call did not end", 0.0)
            answers += [missing] * (len(cases) - len(answers))
            break
        again = _one_child(job, requests[len(answers) :])
        lost = Answer(None, "", f"not run: {again.load.fault}", 0.0)
        answers += [lost] * (len(cases) - len(answers)) if again.load.fault else again.answers
    named = [_name_outputs(answer, signatures[case.signature]) for case, answer in zip(cases, answers, strict=False)]
    return replace(run, answers=named)


def _request(case: Case, signature: Signature) -> dict[str, Any]:
    """Returns a case as the child's request, with the graph's names for inputs and outputs."""
    feeds = {signature.inputs[name].name: encode(value) for name, value in case.feeds.items()}
    return {"feeds": feeds, "fetches": [signature.outputs[name].name for name in sorted(signature.outputs)]}


def _name_outputs(answer: Answer, signature: Signature) -> Answer:
    """Returns an answer with the signature's names for its outputs, which `_one_child` only numbers."""
    if answer.outputs is None:
        return answer
    return replace(answer, outputs=dict(zip(sorted(signature.outputs), answer.outputs.values(), strict=True)))


def _one_child(job: dict[str, Any], requests: list[dict[str, Any]]) -> ChildRun:
    """Runs one process; if it dies, the last answer belongs to the request that it was running."""
    start = time.perf_counter()
    lines, fate = _talk(json.dumps(job | {"requests": requests}))
    spent = time.perf_counter() - start - sum(line.get("seconds", 0.0) for line in lines)
    if not lines:
        return ChildRun("", None, frozenset(), Answer(None, "", fate, spent), [])
    answers = [_answer(line) for line in lines[1:]]
    if len(answers) < 1 + len(requests) and not (answers and answers[0].fault):
        answers.append(Answer(None, "", fate, spent))
    ops = _op_names(lines[0]["all_ops"])
    return ChildRun(lines[0]["version"], ops, ops - _op_names(lines[0]["core_ops"]), answers[0], answers[1:])


def _talk(job: str) -> tuple[list[dict[str, Any]], str]:
    """Gives a job to a new process.

    Returns:
        The lines of its answers, and the reason why it ended if it did not answer everything.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(
        child_command(SCRIPT),
        env=child_environment(),
        stdin=pipe,
        stdout=pipe,
        stderr=pipe,
        text=True,
        errors="replace",
    ) as process:
        try:
            output, log = process.communicate(job, timeout=TIME_LIMIT_SECONDS)
            fate = fate_of(process.returncode, log)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            fate = f"no answer within {TIME_LIMIT_SECONDS:g} s"
    # A line without its end was cut by the crash.
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith("\n")], fate


def _answer(line: dict[str, Any]) -> Answer:
    """Returns the answer in a line of the child, with its outputs numbered."""
    result = line.get("result")
    outputs = None if result is None else {str(number): decode(value) for number, value in enumerate(result)}
    return Answer(outputs, line.get("error", ""), "", line["seconds"])


def _op_names(serialized: str) -> frozenset[str]:
    return frozenset(op.name for op in op_def_pb2.OpList.FromString(base64.b64decode(serialized)).op)
