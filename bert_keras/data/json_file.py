"""Files of a single JSON value."""

import json
from typing import Any

from bert_keras.errors import DataError
from bert_keras.files.messages import shown
from bert_keras.files.text_file import TextFile

KINDS = (".json",)


class JsonFile(TextFile):
    """A file with a single JSON value, which is read as a whole."""

    def document(self) -> Any:
        """Reads and parses the file.

        Returns:
            The JSON value.

        Raises:
            DataError: The file cannot be read, or is not valid JSON; the message names line and column.
        """
        text = self.text()
        if not text.strip():
            raise DataError(f"{self.name}: the file is empty; expected JSON")
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise self._broken(text, error) from error
        except (ValueError, RecursionError) as error:  # an integer of thousands of digits; too deeply nested lists
            raise DataError(f"{self.name}: no valid JSON ({error}). Received: {shown(text)}") from error

    def _broken(self, text: str, error: json.JSONDecodeError) -> DataError:
        rest = shown(text[error.pos : error.pos + 80]) or "the end of the file; was it cut off?"
        advice = "; a file with an object in each line is named .jsonl" if error.msg == "Extra data" else ""
        wrong = f"no valid JSON ({error.msg} in column {error.colno:,})"
        return DataError(f"{self.name}, line {error.lineno}: {wrong}. Received: {rest}{advice}")
