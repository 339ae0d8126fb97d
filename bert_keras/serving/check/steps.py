"""The steps of a check, in order."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tensorflow.core.protobuf import meta_graph_pb2

from bert_keras.serving.c_runtime.runtime import Runtime
from bert_keras.serving.check.agreement import Agreement, read_agreement
from bert_keras.serving.check.case import Answer, Case, takes_tokens
from bert_keras.serving.check.child import ChildRun, run_cases
from bert_keras.serving.check.comparison import PythonModel, judge
from bert_keras.serving.check.graph import kinds_of_op, read_saved_model, scan_graph, serve_graphs
from bert_keras.serving.check.report import AGREEMENT, CheckReport, CheckRow, row_of, timed_row
from bert_keras.serving.check.signature_cases import signature_cases
from bert_keras.serving.check.signatures import check_signature, served_signatures
from bert_keras.serving.check.token_cases import token_feeds
from bert_keras.serving.check.warmup import Warmup, read_warmup
from bert_keras.serving.check.weights import check_weights
from bert_keras.serving.check.without_text import run_without_text


def run_steps(folder: Path, runtime: Runtime) -> CheckReport:
    """Runs every step of the check.

    Args:
        folder: The version's folder.
        runtime: The TensorFlow libraries to run it with.

    Returns:
        The report.

    Raises:
        ExportError: `saved_model.pb` cannot be parsed.
    """
    graphs = serve_graphs(read_saved_model(folder))
    meta = graphs[0] if graphs else meta_graph_pb2.MetaGraphDef()
    signatures = served_signatures(meta)
    warmup = read_warmup(folder, signatures)
    cases = [case for name, signature in signatures.items() for case in signature_cases(name, signature)]
    agreement = read_agreement(folder, signatures)
    first, second = len(warmup.cases), len(warmup.cases) + len(agreement.cases if agreement else ())
    run = run_cases(folder, runtime, signatures, [*warmup.cases, *(agreement.cases if agreement else ()), *cases])

    rows = [timed_row("graph scan", partial(scan_graph, graphs, run.ops))]
    rows += [timed_row(f"{name}, rules", partial(check_signature, signature)) for name, signature in signatures.items()]
    rows += [] if signatures else [row_of("signatures", (["the export has none"], ""), 0.0)]
    rows.append(timed_row("every weight stored once", partial(check_weights, folder)))
    rows.append(row_of("loads through the C API", _load_verdict(run), run.load.seconds))
    if not run.load.fault:
        rows.append(_row_of_all("warm-up requests", warmup, run.answers[:first]))
        if agreement:
            rows.append(_row_of_all(AGREEMENT, agreement, run.answers[first:second]))
        python = PythonModel(folder)
        called = replace(run, answers=run.answers[second:])
        rows += _call_rows(cases, called, python)
        rows += _rows_without_text(folder, runtime, meta, python)
        rows += [_not_called(name) for name, signature in signatures.items() if not signature_cases(name, signature)]
    return CheckReport(folder, tuple(rows), kinds_of_op(meta), run.version)


def _row_of_all(what: str, asked: Warmup | Agreement, answers: list[Answer]) -> CheckRow:
    return row_of(what, asked.verdict(answers), sum(answer.seconds for answer in answers))


def _load_verdict(run: ChildRun) -> tuple[list[str], str]:
    return (
        [run.load.fault[:300]] if run.load.fault else []
    ), f"TensorFlow {run.version}, {len(run.text_ops)} ops of tensorflow-text"


def _call_rows(cases: list[Case], run: ChildRun, python: PythonModel) -> Iterator[CheckRow]:
    """Yields a row for each call."""
    for case, answer in zip(cases, run.answers, strict=True):
        yield row_of(f"{case.signature}, {case.what}", judge(case, answer, python), answer.seconds)


def _rows_without_text(
    folder: Path, runtime: Runtime, meta: meta_graph_pb2.MetaGraphDef, python: PythonModel
) -> Iterator[CheckRow]:
    """Calls the signatures on token ids in a process that never loads tensorflow-text."""
    signatures = served_signatures(meta)
    tokens = {name: signature for name, signature in signatures.items() if takes_tokens(signature)}
    cases = [
        Case("runs without tensorflow-text", name, token_feeds(signature, 7)) for name, signature in tokens.items()
    ]
    if not cases:
        return
    run, where = run_without_text(folder, runtime, meta, signatures, cases)
    if run.load.fault:
        yield row_of(cases[0].what, _load_verdict(run), run.load.seconds)
        return
    for row in _call_rows(cases, run, python):
        yield replace(row, detail=f"{row.detail}, {where}") if where else row


def _not_called(name: str) -> CheckRow:
    """Returns the row of a signature that cannot be called here, so that only its rules were checked."""
    return row_of(
        f"{name}, calls", ([], "not run: inputs are neither strings [batch] nor integers [batch, tokens]"), 0.0
    )
