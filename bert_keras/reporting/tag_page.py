"""The page of a token classifier's run, `report.html`."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from bert_keras.evaluation import hardest_rows
from bert_keras.reporting.confusion_picture import confusion_figure
from bert_keras.reporting.length_pictures import length_figure
from bert_keras.reporting.page import picture, write_page
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.run_parts import run_context
from bert_keras.reporting.tag_errors import KINDS, frequent_mistakes, marked_pieces, mistakes
from bert_keras.reporting.tag_record import DATA_COLUMNS, TaggedText, TagRunRecord

_MISTAKES, _EXAMPLES = 40, 40
_NO_ENTITY = "no entity"


def write_tag_page(record: TagRunRecord, texts: Sequence[TaggedText], path: str | Path) -> None:
    """Writes the page of a run: scores by type, curves, data, mistakes, hardest texts, model, usage.

    Args:
        record: The finished run.
        texts: All texts of the development split, at least one.
        path: The HTML file to write; it needs no other file.
    """
    record = portable_record(record)
    wrong = [text for text in texts if text.gold != text.found]
    hardest = hardest_rows(np.array([text.loss for text in wrong]), _EXAMPLES)
    kinds = Counter(mistake.kind for text in wrong for mistake in mistakes(text))
    context = run_context(record, DATA_COLUMNS) | {
        "texts": len(texts),
        "wrong": len(wrong),
        "entities": sum(len(text.gold) for text in texts),
        "length_picture": picture(partial(length_figure, record.lengths, "windows"), "lengths of the windows"),
        "by_type": sorted(record.metrics["by_type"], key=lambda row: row["f1"]),
        "confusion_picture": picture(
            partial(confusion_figure, record.confusion, [*record.labels, _NO_ENTITY]), "words by true and found type"
        ),
        "kinds": [(kind, about, kinds[kind]) for kind, about in KINDS.items() if kinds[kind]],
        "mistakes": frequent_mistakes(wrong, _MISTAKES),
        "examples": [(wrong[place], marked_pieces(wrong[place])) for place in hardest],
    }
    write_page(path, "tag_run.html", context)
