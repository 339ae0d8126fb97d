"""The model card of a run of question answering, after Mitchell et al. (2019), as Hugging Face shows it."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bert_keras.reporting.answer_record import AnswerRunRecord
from bert_keras.reporting.markdown import code, table
from bert_keras.reporting.model_card_parts import (
    bullets,
    card_header,
    card_result,
    card_text,
    counts_text,
    training_table,
    use_blocks,
)
from bert_keras.reporting.names import title

_TASK = "question-answering"
_COUNTS = ("contexts", "questions", "windows", "windows_without_answer", "windows_kept")
_FEW_QUESTIONS = 20
_WORST = 3
_CHOSEN_ON_DEV = 0.05  # as near to the best there is


def answer_model_card(record: AnswerRunRecord, license_name: str | None = None, languages: Sequence[str] = ()) -> str:
    """Writes the model card of a run, all of it from its report.

    Args:
        record: The run.
        license_name: Of the model, as Hugging Face names it; None is unknown.
        languages: Of its texts, as ISO 639 names them; none are unknown.

    Returns:
        Markdown behind a YAML header, for `README.md`.
    """
    fields = {
        "pipeline_tag": _TASK,
        "tags": ["bert", "keras", "tensorflow", _TASK],
        "metrics": list(record.scores),
        "model-index": [{"name": record.name, "results": [card_result(_TASK, "dev", record.scores)]}],
    }
    sections = {
        "Data": _data(record),
        "Training": training_table(record.report),
        "Scores": _scores(record),
        "Limits": bullets(_limits(record)),
        "Use": _use(record),
    }
    return card_text(card_header(license_name, languages, fields), record.name, _intention(record), sections)


def _intention(record: AnswerRunRecord) -> str:
    model = record.report["model"]
    lines = [
        f"A BERT, {code(str(model['preset']))}, fine-tuned to answer questions about a text with a passage of that text."
    ]
    if record.may_decline:
        lines.append("It also says where a text holds no answer.")
    if isinstance(model.get("adapter"), Mapping):
        settings = ", ".join(f"{title(name)} {code(str(value))}" for name, value in model["adapter"].items())
        lines.append(f"Trained was an adapter ({settings}), the rest is as it was.")
    lines.append("Use it for texts and questions like those it was trained on. Of others the scores below say nothing.")
    return "\n\n".join(lines)


def _data(record: AnswerRunRecord) -> str:
    rows = []
    for split, data in record.report["data"].items():
        if isinstance(data, Mapping):
            read = f"{data['questions_read']:,}" if "questions_read" in data else "-"
            kinds = [counts_text(data.get(name, {})) for name in ("left_out", "repaired")]
            counts = [f"{data[name]:,}" if name in data else "-" for name in _COUNTS]
            rows.append([split, code(str(data.get("file", "-"))), read, *kinds, *counts])
    heads = ["split", "file", "questions read", "left out", "answers repaired", "contexts", "questions", "windows"]
    return table([*heads, "without the answer", "kept"], rows)


def _scores(record: AnswerRunRecord) -> str:
    tables = [
        table(["on dev, in percent", "value"], [[title(name), f"{value:.2f}"] for name, value in record.scores.items()])
    ]
    if record.may_decline:
        tables.append(
            f"A question is answered where its null odds are at most {record.metrics.get('null_threshold', 0):.4g}."
        )
    for key, name in (("by_question_word", "question word"), ("by_length", "tokens of the context")):
        rows = [
            [code(row["name"]), f"{row['questions']:,}", f"{row['exact']:.2f}", f"{row['f1']:.2f}"]
            for row in record.metrics.get(key, ())
        ]
        if rows:
            tables.append(table([name, "questions", "exact match", "F1"], rows))
    return "\n\n".join(tables)


def _limits(record: AnswerRunRecord) -> Iterator[str]:
    """What the numbers say against the model."""
    metrics, data = record.metrics, record.report["data"].get("dev", {})
    yield "An answer is a passage of the text. It does not count, compare, conclude, or say yes or no."
    if metrics.get("HasAns_total") and metrics.get("NoAns_total"):
        silent = 100 * metrics["NoAns_total"] / (metrics["HasAns_total"] + metrics["NoAns_total"])
        worse = "more than" if silent > metrics["f1"] else "beside"
        yield f"Who answers nothing at all has an F1 of {silent:.2f} on dev, {worse} its {metrics['f1']:.2f}."
    if "NoAns_f1" in metrics:
        yield f"Where a text holds no answer, it gives one all the same to {100 - metrics['NoAns_f1']:.1f} % of the questions of dev."
    if metrics["f1"] > metrics.get("best_f1", 100.0) - _CHOSEN_ON_DEV:
        yield "No threshold has a higher F1 on dev: it was chosen there, so its scores there are too high by some measure."
    yield from _weakest(metrics)
    if data.get("left_out"):
        left_out = counts_text(data["left_out"])
        yield f"Of the {data['questions_read']:,} questions of dev no passage answers these, and they count all the same: {left_out}."
    yield "Nothing was measured about fairness between groups of people, other languages or hostile texts."


def _weakest(metrics: Mapping[str, Any]) -> Iterator[str]:
    for key, name in (("by_question_word", "question words"), ("by_article", "articles")):
        rows = [row for row in metrics.get(key, ()) if row["questions"] >= _FEW_QUESTIONS]
        if len(rows) > _WORST:
            worst = ", ".join(
                f"{code(row['name'])} ({row['f1']:.1f})" for row in sorted(rows, key=lambda row: row["f1"])[:_WORST]
            )
            yield f"Lowest F1 on dev by {name}, of those with {_FEW_QUESTIONS} questions or more: {worst}."


def _use(record: AnswerRunRecord) -> str:
    python = (
        f"import bert_keras\n\nreader = bert_keras.SpanExtractor.from_preset({record.run_path!r})\n"
        'reader.answer(question="…", context="…")'
    )
    command = f'bert-keras predict --model {shlex.quote(record.run_path)} --question "…" --context FILE'
    return use_blocks(record.name, python, command, record.served_path)
