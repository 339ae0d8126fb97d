"""Paths as reports and model cards show them, which are read on other machines: never absolute."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from bert_keras.reporting.answer_record import AnswerRunRecord
from bert_keras.reporting.masked_record import MaskedRunRecord
from bert_keras.reporting.run_record import RunRecord
from bert_keras.reporting.tag_record import TagRunRecord
from bert_keras.reporting.vector_record import VectorRunRecord

_Record = TypeVar("_Record", RunRecord, AnswerRunRecord, TagRunRecord, VectorRunRecord, MaskedRunRecord)


def portable(path: str) -> str:
    """Returns a path as seen from the working directory; outside of it, the last two parts of an absolute one.

    Args:
        path: The path, perhaps with more behind it, such as a line; or the name of a preset.
    """
    given = Path(path)
    if not given.is_absolute():
        return path
    here = Path.cwd()
    return str(given.relative_to(here) if given.is_relative_to(here) else Path(*given.parts[1:][-2:]))


def portable_record(record: _Record) -> _Record:
    """Returns a finished run with the paths in its report and in its commands made portable."""
    served = None if record.served_path is None else portable(record.served_path)
    return dataclasses.replace(
        record, report=_report(record.report), run_path=portable(record.run_path), served_path=served
    )


def _report(report: Mapping[str, Any]) -> dict[str, Any]:
    data = {
        split: {**of, "file": portable(of["file"])} if isinstance(of, Mapping) and "file" in of else of
        for split, of in report.get("data", {}).items()
    }
    model = dict(report.get("model", {}))
    if "preset" in model:
        model["preset"] = portable(str(model["preset"]))
    if isinstance(model.get("adapter"), Mapping):
        adapter = dict(model["adapter"])
        model["adapter"] = adapter | ({"base": portable(str(adapter["base"]))} if "base" in adapter else {})
    taught = report.get("teacher")
    teacher = {} if taught is None else {"teacher": {**taught, "preset": portable(str(taught["preset"]))}}
    return {**report, "data": data, "model": model, **teacher}
