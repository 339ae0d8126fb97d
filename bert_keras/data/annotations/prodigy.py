"""Rows as Prodigy exports them: an answer to each, accept, reject or ignore."""

from collections.abc import Hashable, Iterator, Sequence

from bert_keras.data.annotations.tool import NOT_ANNOTATED, Answer, Entry, Tool

_ANSWERS = {"accept": None, "reject": "rejected", "ignore": "ignored"}


class Prodigy(Tool):
    """A row for each answer, either to a label or to options of which some are accepted."""

    name = "Prodigy"

    @staticmethod
    def wrote(names: Sequence[str], entries: Sequence[Entry]) -> bool:
        """Returns whether an export has these columns and answers."""
        answers = {entry.get("answer") for entry in entries if isinstance(entry.get("answer"), str)}
        return (
            "answer" in names and bool(answers) and answers <= set(_ANSWERS) and bool({"label", "accept"} & set(names))
        )

    def columns(self, names: Sequence[str], entries: Sequence[Entry]) -> list[str]:
        """Returns the columns, with one of labels for accepted options."""
        return list(dict.fromkeys([*names, "label"]))

    def answers(self, entry: Entry, column: str) -> Iterator[Answer]:
        """Yields the answer of a row."""
        options = column == "label" and isinstance(entry.get("accept"), list)
        yield Answer(entry["accept"] if options else entry.get(column), self._left_out(entry))

    def key(self, entry: Entry) -> Hashable:
        """Returns the hash of the text."""
        hashed = entry.get("_input_hash")
        return None if hashed is None else str(hashed)

    @staticmethod
    def _left_out(entry: Entry) -> str | None:
        answer = entry.get("answer")
        return NOT_ANNOTATED if answer is None else _ANSWERS.get(str(answer), f"answered {answer!r:.40}")
