"""The exports of Label Studio: CSV, TSV and JSON_MIN with a row for each annotation, JSON with one for each task."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from bert_keras.data.annotations.tool import Answer, Entry, Tool, as_list
from bert_keras.data.column_names import LABEL_COLUMNS, TEXT_COLUMNS

_OWN = ("annotation_id", "annotator", "created_at", "updated_at", "lead_time", "id")
# What the results of a task of texts hold; others mark regions.
_VALUES = ("choices", "rating", "number", "taxonomy", "pairwise")
NOT_ANNOTATED = "not annotated"
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
        rest = [name for name in names if name not in _OWN and not name.startswith("_data_")]
        lowered = {name.strip().lower() for name in rest}
        self._alias = None
        if not lowered & set(LABEL_COLUMNS):
            controls = [name for name in rest if self._is_control(name, entries)]
            others = [name for name in rest if name.strip().lower() not in TEXT_COLUMNS]
            found = controls if len(controls) == 1 else others
            self._alias = found[0] if len(found) == 1 else None
        return [*rest, "label"] if self._alias else rest

    def answers(self, entry: Entry, column: str) -> Iterator[Answer]:
        """Yields the answer of a row; a task that nobody has annotated is a row too."""
        if entry.get("_skipped"):
            yield Answer(None, SKIPPED)
        elif self.seen(entry):
            yield Answer(as_list(entry.get(self._alias if self._alias and column == "label" else column)))

    def seen(self, entry: Entry) -> bool:
        """Returns whether the row is an annotation."""
        return entry.get("annotation_id") not in (None, "") and not entry.get("_skipped")

    def key(self, entry: Entry) -> Hashable:
        """Returns the id of the task."""
        return str(entry.get("id"))

    @staticmethod
    def _is_control(name: str, entries: Sequence[Entry]) -> bool:
        """Returns whether a column holds choices, or is missing where nothing was chosen."""
        values = [entry.get(name) for entry in entries]
        choices = any(
            isinstance(value, dict) or (isinstance(value, str) and value.startswith('{"choices"')) for value in values
        )
        return choices or any(name not in entry for entry in entries)


class LabelStudioTasks(LabelStudioRows):
    """A row for each task, with its data and the annotations of all people."""

    @staticmethod
    def wrote(names: Sequence[str]) -> bool:
        """Returns whether an export has these columns."""
        return {"data", "annotations"} <= set(names)

    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the keys of the data, and the controls."""
        rows = [row for entry in entries for row in self.rows(entry)]
        return super().columns(list(dict.fromkeys(name for row in rows for name in row if name != "_skipped")), rows)

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
                "_skipped": bool(each.get("was_cancelled")),
            }
            for place, each in enumerate(found, 1)
        ]
        return rows or [task]


def _controls(annotation: Entry) -> dict[str, Any]:
    """Returns the values of the controls of an annotation by their names."""
    controls: dict[str, Any] = {}
    for result in annotation.get("result") or ():
        value = result.get("value") if isinstance(result, dict) else None
        kind = next((kind for kind in _VALUES if isinstance(value, dict) and kind in value), None)
        if kind is not None:
            controls[str(result.get("from_name"))] = value[kind]
    return controls
