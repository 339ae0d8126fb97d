"""The exports of doccano: JSONL and CSV."""

from collections.abc import Iterator, Sequence

from bert_keras.data.annotations.tool import Answer, Entry, Tool
from bert_keras.data.targets import WrongValue
from bert_keras.files.messages import shown_value

_JOINED = "#"


class Doccano(Tool):
    """A row for each text, with a list of labels, which CSV joins with "#"."""

    name = "doccano"

    @staticmethod
    def wrote(names: Sequence[str]) -> bool:
        """Returns whether an export has these columns."""
        return {"id", "text", "label", "Comments"} <= set(names)

    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the columns."""
        return list(names)

    def answers(self, entry: Entry, column: str) -> Iterator[Answer]:
        """Yields the answer of a row.

        Raises:
            WrongValue: Names that hold "#" were joined, so that they cannot be told apart.
        """
        value = entry.get(column)
        if column != "label" or not isinstance(value, str):
            yield Answer(value)
            return
        names = value.split(_JOINED) if value else []
        if not all(names):
            raise WrongValue(
                f"labels joined with {_JOINED!r} whose names hold it too. Received: {shown_value(value)}; "
                "export JSONL from doccano"
            )
        yield Answer(names)
