"""The parts that the pages of all kinds of runs share."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from markupsafe import Markup

from bert_keras.reporting.answer_record import AnswerRunRecord
from bert_keras.reporting.curve import Curve
from bert_keras.reporting.curve_pictures import curve_names, training_figure
from bert_keras.reporting.names import plain, title
from bert_keras.reporting.page import picture
from bert_keras.reporting.run_record import RunRecord
from bert_keras.reporting.tag_record import TagRunRecord
from bert_keras.reporting.vector_record import VectorRunRecord
from bert_keras.reporting.what_now import told_training, what_now


def run_context(
    record: RunRecord | AnswerRunRecord | TagRunRecord | VectorRunRecord, data_columns: Mapping[str, str]
) -> dict[str, Any]:
    """Returns the values with which `run_base.html` is filled.

    Args:
        record: The finished run.
        data_columns: The headings of the data table, each with its key in the report's `data`.
    """
    return {
        "record": record,
        "training_pictures": _training_pictures(record.train, record.dev),
        "data_columns": data_columns,
        "facts": _report_facts(record.report),
        "what_now": what_now(record.report),
    }


def _training_pictures(train: Mapping[str, Curve], dev: Mapping[str, Curve]) -> list[Markup]:
    return [
        picture(partial(training_figure, name, train.get(name), dev.get(name)), f"{title(name)} over the training")
        for name in curve_names(train, dev)
    ]


def _report_facts(report: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Returns the readable names and values of the report's `training`, `model` and `environment`."""
    parts = {part: report.get(part, {}) for part in ("training", "model", "environment")}
    parts["training"] = told_training(parts["training"])
    return {part: dict(_flat(of)) for part, of in parts.items()}


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yields readable names and values, those of nested mappings too; lists and the history are shown elsewhere."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            if name != "history":
                yield from _flat(value, f"{before}{title(name)}: ")
        elif not isinstance(value, list):
            yield before + title(name), plain(value)
