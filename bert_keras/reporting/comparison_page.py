"""A comparison of runs as a web page, as Markdown or as JSON."""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bert_keras.errors import InputError
from bert_keras.evaluation import Interval
from bert_keras.files.atomic import replaced_file
from bert_keras.reporting.comparison import Comparison, Difference, Kind
from bert_keras.reporting.examples import Answer
from bert_keras.reporting.label_changes import LabelChange
from bert_keras.reporting.markdown import code, table
from bert_keras.reporting.names import score, title
from bert_keras.reporting.page import write_page


def write_comparison(comparison: Comparison, path: str | Path) -> None:
    """Writes a comparison in the format of the file's suffix.

    Args:
        comparison: The result of `compare`.
        path: The file to write, which ends with `.html`, `.md` or `.json`.

    Raises:
        InputError: The file's suffix is another.
    """
    path = Path(path)
    check_output(path)
    if path.suffix.lower() == ".html":
        context = {
            "comparison": comparison,
            "metrics": list(comparison.intervals[comparison.names[0]]),
            "behaviour": {name: [passed_text(of) for of in each] for name, each in comparison.behaviour.items()},
            "options": {name: [option_text(value) for value in of] for name, of in comparison.options.items()},
        }
        write_page(path, "compare.html", context)
        return
    content = (
        _markdown(comparison)
        if path.suffix.lower() == ".md"
        else json.dumps(_plain(comparison), indent=2, ensure_ascii=False)
    )
    with replaced_file(path) as aside:
        aside.write_text(content + "\n", encoding="utf-8", errors="replace")


def check_output(path: str | Path) -> None:
    """Checks that a comparison can be written to a file of this name.

    Args:
        path: The file.

    Raises:
        InputError: The file's suffix is none of `.html`, `.md` and `.json`.
    """
    if Path(path).suffix.lower() not in (".html", ".md", ".json"):
        raise InputError(f"--output must end with .html, .md or .json. Received: {str(path)!r}")


def interval_text(interval: Interval) -> str:
    """Returns a value and its interval as text."""
    return f"{score(interval.value)} [{score(interval.low)}, {score(interval.high)}]"


def difference_text(difference: Difference) -> str:
    """Returns a difference, its interval and its verdict as text."""
    interval = difference.interval
    verdict = f" {difference.verdict}" if difference.verdict else ""
    value, low, high = (score(end, "+") for end in (interval.value, interval.low, interval.high))
    return f"{value} [{low}, {high}]{verdict}"


def option_text(value: Any) -> str:
    """Returns the value of an option as a configuration file has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def label_change_texts(change: LabelChange) -> list[str]:
    """Returns a label's rows, the rows that one run alone has right, and the corrected p-value, as text."""
    verdict = f" {change.verdict}" if change.verdict else ""
    return [f"{change.rows:,}", f"{change.only_first:,}", f"{change.only_other:,}", f"{change.p:.4g}{verdict}"]


def passed_text(passed: tuple[int, int] | None) -> str:
    """Returns how many cases of a behavioural test passed, as text; "-" for a run that does not have it."""
    return "-" if passed is None else f"{passed[0]:,} of {passed[1]:,}"


def kind_text(kind: Kind, task: str) -> str:
    """Returns which runs are right on the rows of a kind, as text."""
    if task == "regression":
        return "closest: " + ", ".join(kind.right)
    return "right: " + ", ".join(kind.right) if kind.right else "none right"


def answers_text(answers: list[Answer]) -> str:
    """Returns labels with their probabilities, or a number, as text."""
    parts = [
        answer.name if answer.probability is None else f"{answer.name} {answer.probability:.3f}" for answer in answers
    ]
    return ", ".join(parts) or "none"


def _markdown(comparison: Comparison) -> str:
    names, metrics = comparison.names, list(comparison.intervals[comparison.names[0]])
    scores = [
        [title(metric), *(interval_text(comparison.intervals[name][metric]) for name in names)] for metric in metrics
    ]
    parts = [
        f"# Comparison on {comparison.split}, {comparison.rows:,} rows",
        "In brackets 95 % intervals of the bootstrap.",
        table(["", *map(code, names)], scores),
        f"## Difference to {code(names[0])}",
    ]
    rows = [
        [title(metric), *(difference_text(of[metric]) for of in comparison.differences.values())] for metric in metrics
    ]
    parts.append(table(["", *map(code, comparison.differences)], rows))
    if comparison.options:
        rows = [[code(name), *(code(option_text(value)) for value in of)] for name, of in comparison.options.items()]
        parts += ["## Options in which they differ", table(["option", *map(code, names)], rows)]
    if comparison.tests:
        rows = [
            [f"{code(one)}, {code(other)}", f"{test.only_first:,}", f"{test.only_second:,}", f"{test.p:.4g}"]
            for (one, other), test in comparison.tests.items()
        ]
        parts += [
            "## McNemar's exact test",
            table(["runs", "only the first right", "only the second right", "p"], rows),
        ]
    parts += _markdown_changes(comparison, comparison.labels, "Label")
    parts += _markdown_changes(comparison, comparison.slices, "Part")
    if comparison.behaviour:
        rows = [[code(name), *map(passed_text, passed)] for name, passed in comparison.behaviour.items()]
        parts += ["## Behavioural tests, cases that passed", table(["test", *map(code, names)], rows)]
    return "\n\n".join([*parts, *_markdown_rows(comparison)])


def _markdown_changes(comparison: Comparison, by_run: Mapping[str, list[LabelChange]], what: str) -> Iterator[str]:
    first = comparison.names[0]
    for name, changes in by_run.items():
        if changes:
            rows = [[code(change.label), *label_change_texts(change)] for change in changes]
            yield f"## {what}s: {code(name)} minus {code(first)}"
            yield table([what.lower(), "rows", f"only {code(first)} right", f"only {code(name)} right", "p"], rows)


def _markdown_rows(comparison: Comparison) -> Iterator[str]:
    yield f"## {comparison.differing:,} rows on which they differ"
    for kind in comparison.kinds:
        yield f"### {code(kind_text(kind, comparison.task))}: {kind.rows:,} rows"
        rows = [
            [
                code(_text(example.row.text, example.row.pair)),
                code(answers_text(example.true)),
                *map(_answers_code, example.predicted),
            ]
            for example in kind.examples
        ]
        if rows:
            yield table(["text", "true", *map(code, comparison.names)], rows)


def _answers_code(answers: list[Answer]) -> str:
    return code(answers_text(answers))


def _text(text: str, pair: str | None) -> str:
    whole = text if pair is None else f"{text} | {pair}"
    return whole if len(whole) <= 300 else whole[:299] + "…"


def _plain(comparison: Comparison) -> dict[str, Any]:
    """Returns the comparison as values that JSON can hold."""
    plain = dataclasses.asdict(dataclasses.replace(comparison, tests={}))
    plain["tests"] = [{"runs": list(pair), **dataclasses.asdict(test)} for pair, test in comparison.tests.items()]
    return plain | {"differing": comparison.differing}
