"""The page of a text encoder's training, `report.html`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from markupsafe import Markup

from bert_keras.reporting.length_pictures import length_figure
from bert_keras.reporting.page import picture, write_page
from bert_keras.reporting.portable import portable_record
from bert_keras.reporting.regression_pictures import scatter_figure
from bert_keras.reporting.run_parts import run_context
from bert_keras.reporting.vector_pictures import recall_figure, similarity_figure
from bert_keras.reporting.vector_record import DATA_COLUMNS, VectorRunRecord


def write_vector_page(record: VectorRunRecord, path: str | Path) -> None:
    """Writes the page of a run: scores, curves, data, similarities and recall before and after, hardest rows, usage.

    Args:
        record: The finished run.
        path: The HTML file to write; it needs no other file.
    """
    record = portable_record(record)
    context = run_context(record, DATA_COLUMNS) | {
        "purpose": record.purpose,
        "length_picture": picture(partial(length_figure, record.lengths, "texts"), "lengths of the texts"),
        "similarity_pictures": list(_similarities(record)),
        "found_pictures": list(_found(record)),
        "by_dimension": record.report["metrics"].get("by_dimension", []),
    }
    write_page(path, "vector_run.html", context)


def _similarities(record: VectorRunRecord) -> Iterator[Markup]:
    names = ("score above the median", "other pairs") if record.scored else ("belong together", "do not")
    both = record.before, record.after
    cosines = [of for found in both for of in (found.together, found.apart)]
    if any(not len(of) for of in cosines):
        return
    least = min(0.0, *(float(of.min()) for of in cosines))
    for when, found in zip(("before", "after"), both, strict=True):
        yield picture(partial(similarity_figure, when, found, names, least), f"cosines {when} the training")


def _found(record: VectorRunRecord) -> Iterator[Markup]:
    both = {"before": record.before.values, "after": record.after.values}
    if record.scored:
        for when, values in both.items():
            drawn = partial(scatter_figure, record.numbers, values, f"cosine by score, {when}", "score", "cosine")
            yield picture(drawn, f"cosine by score {when} the training")
        return
    places = {when: values[values > 0] for when, values in both.items()}
    if all(len(of) for of in places.values()):
        yield picture(partial(recall_figure, places), "recall before and after the training")
