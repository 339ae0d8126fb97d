"""The outcomes of behavioural tests: computed, on the screen, and as JSON."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from bert_keras import auditing
from bert_keras.auditing import KINDS, Failure, Outcome
from bert_keras.classification import Classification
from bert_keras.errors import InputError
from bert_keras.reporting.kept_results import BEHAVIOUR, is_run

from ..command_line.json_output import write_json
from ..console.consoles import console
from ..console.tables import figures_table
from ..inputs.classifiers import any_classifier
from ..inputs.model_columns import takes_pairs
from .config import SENTIMENT, BehaveConfig


def outcomes_of(config: BehaveConfig) -> list[Outcome]:
    """Runs the tests.

    Raises:
        BertKerasError: A mistake in the tests, or a model that they are not for.
    """
    if takes_pairs(config.model):
        raise InputError(f"{config.model}: the tests have single texts, and the model takes pairs")
    model = any_classifier(config.model, config.base)
    if model is None or model.task != "single_label":
        raise InputError(f"{config.model}: the tests are for a classifier with one label a text, which it is not")
    tests = auditing.read_behaviours(config.tests or str(SENTIMENT), model.labels, config.names)

    def classify(texts: list[str]) -> list[Classification]:
        return [answer for answer in model.classify(texts) if isinstance(answer, Classification)]

    return auditing.behave(tests, classify)


def show_outcomes(outcomes: Sequence[Outcome], examples: int) -> None:
    """Prints a table, and failed cases of each test below it."""
    table = figures_table("test", "kind", "passed", "wanted", "")
    for outcome in outcomes:
        table.add_row(
            Text(outcome.test.name),
            outcome.test.kind,
            f"{outcome.passed:,} of {len(outcome.test.cases):,}",
            f"{outcome.test.rate:.0%}",
            Text("ok" if outcome.ok else "FAILS", style="" if outcome.ok else "red"),
        )
    console.print(table)
    for outcome in outcomes:
        if outcome.failures and examples:
            console.print(Text(f"\n{outcome.test.name}: {len(outcome.failures):,} failed; {_passes_by(outcome)}"))
            for failure in outcome.failures[:examples]:
                _show(failure, outcome.test.label)
            if len(outcome.failures) > examples:
                console.print(f"  and {len(outcome.failures) - examples:,} more")


def write_outcomes(outcomes: Sequence[Outcome], config: BehaveConfig) -> None:
    """Writes the outcomes as JSON, to the file that the options name, and to the folder of a run, for `compare`."""
    content = {
        "model": config.model,
        "file": config.tests or SENTIMENT.name,
        "ok": all(outcome.ok for outcome in outcomes),
        "tests": [
            {
                "name": outcome.test.name,
                "kind": outcome.test.kind,
                "label": outcome.test.label,
                "cases": len(outcome.test.cases),
                "passed": outcome.passed,
                "rate": outcome.rate,
                "interval": list(outcome.interval),
                "wanted": outcome.test.rate,
                "ok": outcome.ok,
                "failures": [dataclasses.asdict(failure) for failure in outcome.failures],
            }
            for outcome in outcomes
        ],
    }
    kept = [str(Path(config.model, BEHAVIOUR))] if is_run(config.model) else []
    for path in [*kept, *([] if config.output is None else [config.output])]:
        write_json(path, content)
    if config.output is not None:
        console.print(f"\nwritten {config.output}")


def _passes_by(outcome: Outcome) -> str:
    label = f" ({outcome.test.label})" if outcome.test.label else ""
    return f"a case passes if {KINDS[outcome.test.kind]}{label}"


def _show(failure: Failure, label: str | None) -> None:
    for text, answer in ((failure.case.text, failure.answer), (failure.case.changed, failure.changed_answer)):
        if text is not None and answer is not None:
            of = f", {label} {answer.probabilities[label]:.3f}" if label not in (None, answer.label) else ""
            console.print(Text(f"  {' '.join(text.split())}"))
            console.print(Text(f"    {answer.label} {answer.probability:.3f}{of}", style="dim"))
