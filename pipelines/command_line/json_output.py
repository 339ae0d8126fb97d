"""JSON files that a program writes."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bert_keras.files import replaced_file


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Writes a JSON file as a whole or not at all.

    Args:
        path: The file.
        content: What it holds. A byte that is not UTF-8, as names of files may have, becomes a question mark.

    Raises:
        OSError: The file cannot be written.
    """
    with replaced_file(path) as aside:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        aside.write_text(text, encoding="utf-8", errors="replace")
