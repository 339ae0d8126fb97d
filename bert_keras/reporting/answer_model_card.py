"""The model card of a question-answering run."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bert_keras.reporting.answer_record import DATA_COLUMNS, KINDS_OF_QUESTIONS, AnswerRunRecord
from bert_keras.reporting.markdown import code, table
from bert_keras.reporting.model_card_parts import ModelCard, card_result, counts_text, headlines_table, use_blocks
from bert_keras.reporting.names import percent
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.what_now import calibration_sentences

_TASK = "question-answering"
_FEW_QUESTIONS = 20
_WORST = 3
_CHOSEN_ON_DEV = 0.05  # percentage points of F1: a threshold this close to the best one was chosen on dev


def answer_model_card(
    record: AnswerRunRecord,
    license_name: str | None = None,
    languages: Sequence[str] = (),
    confidence_picture: str | None = None,
) -> str:
    """Returns the model card of a finished question-answering run, written from its report alone.

    Args:
        record: The finished run.
        license_name: As in `model_card`.
        languages: As in `model_card`.
        confidence_picture: The file beside the card with the picture `confidence_figure`; `None` if there is none.

    Returns:
        Markdown behind a YAML header, for `README.md`.
    """
    record = portable_record(record)
    fields = {
        "pipeline_tag": _TASK,
        "tags": ["bert", "keras", "tensorflow", _TASK],
        "metrics": list(record.scores),
        "model-index": [{"name": record.name, "results": [card_result(_TASK, "dev", record.scores)]}],
    }
    scores, limits = _scores(record, confidence_picture), _limits(record)
    card = ModelCard(record.name, record.report, fields, _intention(record), DATA_COLUMNS, scores, limits, _use(record))
    return card.markdown(license_name, languages)


def _intention(record: AnswerRunRecord) -> str:
    model = record.report["model"]
    lines = [
        f"A BERT, {code(str(model['preset']))}, fine-tuned to answer questions about a text "
        "with a passage of that text."
    ]
    if record.may_decline:
        lines.append("It also says where a text holds no answer.")
    lines.append("Use it for texts and questions like those it was trained on. Of others the scores below say nothing.")
    return "\n\n".join(lines)


def _scores(record: AnswerRunRecord, confidence_picture: str | None) -> str:
    tables = ["In percent:", headlines_table(record.headlines, percent)]
    if record.may_decline:
        tables.append(
            f"A question is answered where its null odds are at most {record.metrics.get('null_threshold', 0):.4g}."
        )
    tables += calibration_sentences(record.report)
    for key, name in KINDS_OF_QUESTIONS.items():
        if key == "by_article":  # the weakest are among the limits
            continue
        rows = [
            [code(row["name"]), f"{row['questions']:,}", f"{row['exact']:.2f}", f"{row['f1']:.2f}"]
            for row in record.metrics.get(key, ())
        ]
        if rows:
            tables.append(table([name, "questions", "exact match", "F1"], rows))
        if key == "by_confidence" and confidence_picture:
            tables.append(f"![Scores of the surest answers by their share of the questions]({confidence_picture})")
    return "\n\n".join(tables)


def _limits(record: AnswerRunRecord) -> Iterator[str]:
    """Yields what the scores and the data say against the model."""
    metrics, data = record.metrics, record.report["data"].get("dev", {})
    yield "An answer is a passage of the text. It does not count, compare, conclude, or say yes or no."
    if metrics.get("HasAns_total") and metrics.get("NoAns_total"):
        silent = 100 * metrics["NoAns_total"] / (metrics["HasAns_total"] + metrics["NoAns_total"])
        worse = "more than" if silent > metrics["f1"] else "beside"
        yield f"Who answers nothing at all has an F1 of {silent:.2f} on dev, {worse} its {metrics['f1']:.2f}."
    warning = record.headlines.warning(percent)
    if warning:
        yield f"{warning}."
    if "NoAns_f1" in metrics:
        yield (
            "Where a text holds no answer, it gives one all the same "
            f"to {100 - metrics['NoAns_f1']:.1f} % of the questions of dev."
        )
    if metrics["f1"] > metrics.get("best_f1", 100.0) - _CHOSEN_ON_DEV:
        yield (
            "No threshold has a higher F1 on dev: it was chosen there, "
            "so its scores there are too high by some measure."
        )
    yield from _weakest(metrics)
    if data.get("left_out"):
        yield (
            f"Of the {data['questions_read']:,} questions of dev no passage answers these, "
            f"and they count all the same: {counts_text(data['left_out'])}."
        )


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
