"""The page of wrongly answered questions, `errors.html`."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bert_keras.reporting.answer_examples import ERROR_KINDS, ErrorKind, answer_example, error_kind, hardest_questions
from bert_keras.reporting.answer_record import AnsweredQuestion
from bert_keras.reporting.page import write_page

_MOST_SHOWN = 200


def write_answer_errors_page(questions: Sequence[AnsweredQuestion], path: str | Path, title: str) -> None:
    """Writes the wrong answers by kind of error, highest loss first, with gold and predicted answers marked.

    Args:
        questions: All evaluated questions, right ones included.
        path: The HTML file to write; it needs no other file.
        title: The title of the page.
    """
    by_kind: dict[ErrorKind, list[AnsweredQuestion]] = {kind: [] for kind in ERROR_KINDS}
    for question in questions:
        kind = error_kind(question)
        if kind is not None:
            by_kind[kind].append(question)
    counts = {kind: len(of) for kind, of in by_kind.items()}
    shown = {
        kind: [answer_example(question) for question in hardest_questions(by_kind[kind], share)]
        for kind, share in _shares(counts, _MOST_SHOWN).items()
    }
    context = {
        "title": title,
        "asked": len(questions),
        "wrong": sum(counts.values()),
        "shown": sum(map(len, shown.values())),
        "counts": counts,
        "examples": shown,
        "may_decline": any(not question.gold for question in questions),
    }
    write_page(path, "answer_errors.html", context)


def _shares(counts: Mapping[ErrorKind, int], most: int) -> dict[ErrorKind, int]:
    """Returns how many errors of each kind to show: equal shares, and what a rare kind leaves goes to the others."""
    shares, kinds = {}, sorted(counts, key=counts.__getitem__)
    for place, kind in enumerate(kinds):
        shares[kind] = min(counts[kind], most // (len(kinds) - place))
        most -= shares[kind]
    return {kind: shares[kind] for kind in counts}
