"""The table of suggestions: a row for each text, with a column to fill in."""

import csv
from collections.abc import Sequence
from pathlib import Path

from bert_keras.files import replaced_file
from bert_keras.labelling.suggestions import Suggestion

COLUMNS = ("label", "text", "suggested", "probability", "file", "line")
_DECIMALS = 4


def write_label_table(
    path: str | Path, suggestions: Sequence[Suggestion], texts: Sequence[str], places: Sequence[tuple[str, int]]
) -> None:
    """Writes the table that a person fills in and `classify` trains on, atomically: tab-separated, quoted as csv is.

    The column `label` is empty. `suggested` and `probability` are empty where nothing is known of labels.

    Args:
        path: The file to write.
        suggestions: The rows.
        texts: The texts of all rows.
        places: The file and the line of each.
    """
    with replaced_file(path) as aside, aside.open("w", encoding="utf-8", errors="replace", newline="") as file:
        # Names in quote marks say that fields are quoted, so that a backslash in a text is no escape.
        csv.writer(file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL).writerow(COLUMNS)
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        for each in suggestions:
            name, line = places[each.row]
            probability = "" if each.probability is None else f"{each.probability:.{_DECIMALS}f}"
            writer.writerow(["", texts[each.row], each.label or "", probability, name, str(line)])
