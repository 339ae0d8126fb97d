"""The exports of Argilla: flat rows with the responses of all people."""

from collections.abc import Iterator, Sequence
from typing import Any

from bert_keras.data.annotations.tool import Answer, Entry, Tool, as_list
from bert_keras.data.targets import WrongValue

_RESPONSES, _STATUS = ".responses", ".responses.status"
_SUBMITTED = "submitted"
_SEVERAL = "export the records with to_datasets(), or with to_list(flatten=True), which keep it"


class Argilla(Tool):
    """A row for each record, with a list of responses for each question, and a list of their states."""

    name = "Argilla"

    @staticmethod
    def wrote(names: Sequence[str]) -> bool:
        """Returns whether an export has these columns."""
        return any(name.endswith(_RESPONSES) for name in names) or {"fields", "responses", "suggestions"} <= set(names)

    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the columns, and one for each question."""
        questions = [name.removesuffix(_RESPONSES) for name in names if name.endswith(_RESPONSES)]
        fields = list(dict.fromkeys(name for entry in entries for name in _object(entry.get("fields"))))
        nested = list(dict.fromkeys(name for entry in entries for name in _object(entry.get("responses"))))
        return list(dict.fromkeys([*questions, *nested, *fields, *names]))

    def text(self, entry: Entry, column: str) -> Any:
        """Returns the value of a field."""
        return entry[column] if column in entry else _object(entry.get("fields")).get(column)

    def answers(self, entry: Entry, column: str) -> Iterator[Answer]:
        """Yields the responses to a question.

        Raises:
            WrongValue: The export does not say which responses were submitted.
        """
        if column in entry:
            yield Answer(entry[column])
            return
        responses = (
            as_list(entry.get(column + _RESPONSES), bare=True) or _object(entry.get("responses")).get(column) or []
        )
        states = as_list(entry.get(column + _STATUS), bare=True)
        if responses and (states is None or len(states) != len(responses)):
            raise WrongValue(
                f"{len(responses)} responses to {column!r} without their states, so that discarded ones look "
                f"submitted; {_SEVERAL}"
            )
        for value, state in zip(responses, states or (), strict=True):
            yield Answer(value, None if state == _SUBMITTED else f"a response that is {state}")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
