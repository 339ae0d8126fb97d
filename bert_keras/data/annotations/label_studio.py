"""The exports of Label Studio: CSV, TSV and JSON_MIN with a row for each annotation, JSON with one for each task."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from bert_keras.data.annotations.tool import Answer, Entry, Tool, as_list
from bert_keras.data.columns import LABEL_COLUMNS, TEXT_COLUMNS

_OWN = ("annotation_id", "annotator", "created_at", "updated_at", "lead_time", "id")
# What the results of a task of texts hold; others mark regions.
_VALUES = ("choices", "rating", "number", "taxonomy", "pairwise")
_SKIPPED, _CONTROLS = "_skipped", "_controls"
_MARKS = (_SKIPPED, _CONTROLS)  # keys that `LabelStudioTasks.rows` adds to rows
SKIPPED = "skipped by its annotator"


class LabelStudioRows(Tool):
    """A row for each annotation, whose control is a column."""

    name = "Label Studio"

    @staticmethod
    def wrote(names: Sequence[str]) -> bool:
        """Returns whether an export has these columns."""
        return {"annotation_id", "annotator", "lead_time"} <= set(names)

    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the columns; a control that is the only one is the column of labels, whatever its name."""
        rest = self._candidates(names, entries)
        self._alias: dict[str, str] = {}
        if not any(map(_is_usual, rest)):
            controls = [name for name in rest if any(self._is_control(name, entry) for entry in entries)]
            others = [name for name in rest if name.strip().lower() not in TEXT_COLUMNS]
            found = controls if len(controls) == 1 else others
            if len(found) == 1:
                # Under a usual name that no column has, so that a name that the user gives is never another column.
                self._alias = {next(name for name in LABEL_COLUMNS if name not in names): found[0]}
        return [*rest, *self._alias]

    def answers(self, entry: Entry, column: str) -> Iterator[Answer]:
        """Yields the answer of a row; a task that nobody has annotated is a row too."""
        if entry.get(_SKIPPED):
            yield Answer(None, SKIPPED)
        elif entry.get("annotation_id") not in (None, ""):
            yield Answer(as_list(entry.get(self._alias.get(column, column))))

    def key(self, entry: Entry) -> Hashable:
        """Returns the id of the task."""
        return str(entry.get("id"))

    def _candidates(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the columns of data and controls."""
        return [name for name in names if name not in _OWN and not name.startswith("_data_")]

    def _is_control(self, name: str, entry: Entry) -> bool:
        """Returns whether a row shows that a column holds choices."""
        value = entry.get(name)
        return isinstance(value, dict) or (isinstance(value, str) and value.startswith('{"choices"'))


class LabelStudioTasks(LabelStudioRows):
    """A row for each task, with its data and the annotations of all people."""

    @staticmethod
    def wrote(names: Sequence[str]) -> bool:
        """Returns whether an export has these columns."""
        return {"data", "annotations"} <= set(names)

    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the keys of the data, and the controls."""
        return super().columns(list(dict.fromkeys(name for row in entries for name in row)), entries)

    def rows(self, entry: Entry) -> Iterable[Entry]:
        """Returns a row for each annotation of a task; one without `annotation_id` if there are none."""
        data = entry.get("data")
        task = {**(data if isinstance(data, dict) else {}), "id": entry.get("id")}
        annotations = entry.get("annotations")
        found = [each for each in annotations if isinstance(each, dict)] if isinstance(annotations, list) else []
        rows = [
            {
                **task,
                **_controls(each),
                "annotation_id": each.get("id", place),
                _SKIPPED: bool(each.get("was_cancelled")),
                _CONTROLS: frozenset(_controls(each)),
            }
            for place, each in enumerate(found, 1)
        ]
        return rows or [task]

    def _candidates(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the columns of data and controls; labels among the data, which were imported, are no annotations."""
        candidates = [name for name in super()._candidates(names, entries) if name not in _MARKS]
        controls = {name for row in entries for name in row.get(_CONTROLS, ())}
        return [name for name in candidates if name in controls or not (controls and _is_usual(name))]

    def _is_control(self, name: str, entry: Entry) -> bool:
        """Returns whether a column was a control of the annotation in a row."""
        return name in entry.get(_CONTROLS, ())


def _is_usual(name: str) -> bool:
    """Returns whether a column of this name is taken for that of the labels."""
    return name.strip().lower() in LABEL_COLUMNS


def _controls(annotation: Entry) -> dict[str, Any]:
    """Returns the values of the controls of an annotation by their names."""
    controls: dict[str, Any] = {}
    for result in annotation.get("result") or ():
        value = result.get("value") if isinstance(result, dict) else None
        kind = next((kind for kind in _VALUES if isinstance(value, dict) and kind in value), None)
        if kind is not None:
            controls[str(result.get("from_name"))] = value[kind]
    return controls
