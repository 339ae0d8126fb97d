"""The model card of a classification or regression run."""

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from bert_keras.evaluation import METRICS, MOST_LABELS
from bert_keras.reporting.markdown import code, table
from bert_keras.reporting.model_card_parts import ModelCard, card_result, headlines_table, use_blocks
from bert_keras.reporting.names import TASK_TITLES, title
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.run_record import DATA_COLUMNS, RunRecord
from bert_keras.reporting.teacher_table import TEACHER_HEADS, teacher_rows
from bert_keras.reporting.what_now import calibration_sentences

_WORST = 5
_WEAK_F1 = 0.6
_BADLY_CALIBRATED = 0.05
_FEW_ROWS = 20
_MANY_CUT = 0.01


def model_card(record: RunRecord, license_name: str | None = None, languages: Sequence[str] = ()) -> str:
    """Returns the model card of a finished classification or regression run, written from its report alone.

    Args:
        record: The finished run.
        license_name: The model's license as the Hugging Face Hub names it; `None` means unknown.
        languages: The languages of its texts as ISO 639 codes; empty means unknown.

    Returns:
        Markdown behind a YAML header, for `README.md`.
    """
    record = portable_record(record)
    card = ModelCard(
        record.name,
        record.report,
        _fields(record),
        _intention(record),
        DATA_COLUMNS,
        _scores(record),
        _limits(record),
        _use(record),
    )
    return card.markdown(license_name, languages)


def _fields(record: RunRecord) -> dict[str, Any]:
    regression = record.task == "regression"
    return {
        "pipeline_tag": "text-classification",
        "tags": ["bert", "keras", "tensorflow", "text-regression" if regression else "text-classification"],
        "metrics": [name for name in METRICS[record.task] if name not in ("loss", "ece")],
        "model-index": [{"name": record.name, "results": [_result(record, split) for split in record.evaluated]}],
    }


def _result(record: RunRecord, split: str) -> dict[str, Any]:
    scores = record.scores(split)
    return card_result(
        "text-classification", split, {name: scores[name] for name in METRICS[record.task] if name in scores}
    )


def _intention(record: RunRecord) -> str:
    model = record.report["model"]
    lines = [f"A BERT, {code(str(model['preset']))}, fine-tuned to give {TASK_TITLES[record.task]}."]
    if record.labels:
        named = ", ".join(code(label) for label in record.labels[:30])
        more = f" and {len(record.labels) - 30:,} more" if len(record.labels) > 30 else ""
        lines.append(f"It knows {len(record.labels):,} labels: {named}{more}.")
    lines.append("Use it for texts like those it was trained on. Of other kinds of text the scores below say nothing.")
    return "\n\n".join(lines)


def _scores(record: RunRecord) -> str:
    tables = [headlines_table(record.headlines(split)) for split in record.evaluated]
    split = next(iter(record.evaluated))
    classes = record.scores(split).get("classes")
    if classes:
        ordered = sorted(classes.items(), key=lambda entry: entry[1]["f1"])
        keys = list(ordered[0][1])
        told = [record.f1_interval(split, name) for name, _ in ordered[:MOST_LABELS]]
        rows = [
            [
                code(name),
                *(f"{of[key]:,}" if key == "rows" else f"{of[key]:.4f}" for key in keys),
                *([ends] * bool(ends)),
            ]
            for (name, of), ends in zip(ordered, told, strict=False)
        ]
        some = f", {len(rows):,} of {len(ordered):,}" if len(rows) < len(ordered) else ""
        tables += [
            f"By label on {split}, lowest F1 first{some}:",
            table(["label", *map(title, keys), *["95 % of F1"] * bool(told[0])], rows),
        ]
    beside = teacher_rows(record.report)
    if beside:
        tables += [
            f"Beside its teacher, {code(str(record.report['teacher']['preset']))}, on the same rows and machine:",
            table(TEACHER_HEADS, beside),
        ]
    calibrated = "\n\n".join(calibration_sentences(record.report))
    return "\n\n".join([*tables, calibrated] if calibrated else tables)


def _limits(record: RunRecord) -> Iterator[str]:
    """Yields what the scores and the data say against the model."""
    warnings = (record.headlines(name).warning() for name in record.evaluated)
    yield from (f"{warning}." for warning in warnings if warning)
    split = next(iter(record.evaluated))
    scores, data = record.scores(split), record.report["data"].get(split, {})
    classes = scores.get("classes", {})
    ordered = sorted(classes.items(), key=lambda entry: entry[1]["f1"])
    if ordered:
        worst = ", ".join(f"{code(name)} ({of['f1']:.2f})" for name, of in ordered[:_WORST])
        weak = sum(of["f1"] < _WEAK_F1 for of in classes.values())
        yield f"Lowest F1 on {split}: {worst}. {weak:,} of {len(ordered):,} labels are below {_WEAK_F1}."
        rare = [code(name) for name, of in classes.items() if of["rows"] < _FEW_ROWS]
        if rare:
            more = f" and {len(rare) - 10:,} more" if len(rare) > 10 else ""
            yield f"Measured on fewer than {_FEW_ROWS} rows, so hardly known: {', '.join(rare[:10])}{more}."
    if "ece" in scores:
        verdict = (
            "do not take them at their word" if scores["ece"] > _BADLY_CALIBRATED else "they can be taken at their word"
        )
        error = f"expected calibration error on {split}"
        yield f"Probabilities are off by {scores['ece']:.3f} on average ({error}); {verdict}."
    if data.get("rows_read") and "rows_cut" in data:
        beyond = "; what stands beyond it is not seen" if data["rows_cut"] > _MANY_CUT * data["rows_read"] else ""
        yield f"{data['rows_cut']:,} of {data['rows_read']:,} rows of {split} were cut to the model's length{beyond}."
    if data.get("in_train"):
        yield (
            f"{data['in_train']:,} rows of {split} stand in the training data as well, "
            "so its scores are too high by some measure."
        )


def _use(record: RunRecord) -> str:
    rows = '[("a text", "its pair")]' if record.pairs else '["a text"]'
    python = (
        f"import bert_keras\n\nclassifier = bert_keras.TextClassifier.from_preset({record.run_path!r})\n"
        f"classifier.classify({rows})"
    )
    command = f"bert-keras predict --model {shlex.quote(record.run_path)} --input FILE"
    return use_blocks(record.name, python, command, record.served_path)
