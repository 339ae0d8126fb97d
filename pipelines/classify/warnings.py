"""The warnings about a classifier's data, a line each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras.data import Encoded, NearDuplicates, Overlap, Signs, Spellings, look_alike
from bert_keras.files import shown, where

_MANY_UNKNOWN = 0.1  # of the tokens
_MANY_REPEATED, _FEWEST_ROWS = 0.1, 20
_LABELS_SHOWN = 5
_BETWEEN_LABELS = ("|", ",", ";", "#")
_SHOWN = 40  # characters of a text


def warnings_of(
    split: str, rows: Encoded, overlap: Overlap, signs: Signs, near: NearDuplicates | None, text: Callable[[Any], str]
) -> Iterator[str]:
    """Yields the warnings about a split.

    Args:
        split: The name of the split.
        rows: The rows.
        overlap: The rows that occur twice, or in train too.
        signs: The signs of trouble in the rows.
        near: The rows that are nearly the same as rows of train; `None` for train itself.
        text: A function that returns the text at a place, a file and line.

    Yields:
        A line for each kind of trouble, with the number of rows and the place of the first.
    """
    found = (
        (overlap.duplicates, "stand there twice or more", overlap.first_duplicate),
        (overlap.contradictions, "stand there before with another label", overlap.first_contradiction),
        (overlap.in_train, "stand in train too, which flatters the scores", overlap.first_in_train),
        (signs.html, "have tags of HTML, which are read as words", signs.first_html),
        (signs.missing_values, "have a text such as 'nan' or 'NULL': a missing value?", signs.first_missing_value),
    )
    for count, what, first in found:
        if count and first is not None:
            yield f"{split}: {count:,} rows {what}; first {where(*first)}"
    if signs.unknown_share >= _MANY_UNKNOWN and signs.first_unknown_token is not None:
        yield (
            f"{split}: {signs.unknown_share:.0%} of the tokens are [UNK], all the same to the model; take a model of "
            f"this language (--model); first {where(*signs.first_unknown_token)}"
        )
    most, first = overlap.most_frequent, overlap.first_most_frequent
    if len(rows) >= _FEWEST_ROWS and most >= _MANY_REPEATED * len(rows) and first is not None:
        yield f"{split}: {most:,} of {len(rows):,} rows have one text, {text(first)[:_SHOWN]!r}; first {where(*first)}"
    if near is not None and near.first is not None and near.first_of_train is not None:
        yield (
            f"{split}: {near.rows:,} rows are nearly those of train, which flatters the scores; "
            f"first {where(*near.first)}, like {where(*near.first_of_train)}"
        )


def measured_on(encoded: Mapping[str, Encoded], unlabelled: Encoded) -> Iterator[str]:
    """Yields the warning about rows of dev and test that are among those without labels."""
    for split, rows in encoded.items():
        known = 0 if split == "train" else int(np.isin(rows.hashes, unlabelled.hashes).sum())
        if known:
            yield f"{split}: {known:,} rows stand among those without labels too, which may flatter the scores"


def near_measured(split: str, near: NearDuplicates) -> Iterator[str]:
    """Yields the warning about rows of dev and test that are nearly those without labels."""
    if near.first is not None and near.first_of_train is not None:
        yield (
            f"{split}: {near.rows:,} rows are nearly those without labels, which may flatter the scores; "
            f"first {where(*near.first)}, like {where(*near.first_of_train)}"
        )


def rare_labels(labels: Mapping[str, int]) -> Iterator[str]:
    """Yields the warning about the labels of at most two rows of train, if there are any."""
    if labels:
        named = ", ".join(f"{shown(label)} ({count})" for label, count in list(labels.items())[:_LABELS_SHOWN])
        more = f" and {len(labels) - _LABELS_SHOWN:,} more" if len(labels) > _LABELS_SHOWN else ""
        count = "1 label has" if len(labels) == 1 else f"{len(labels):,} labels have"
        yield f"train: {count} two rows or fewer, too few to learn from: {named}{more}"


def labels_alone(count: int) -> Iterator[str]:
    """Yields the warning about labels with a single row, which few_shot cannot contrast."""
    what = "1 label has a single row, which has" if count == 1 else f"{count:,} labels have a single row, which have"
    yield f"train: {what} no other to come together with; the contrast only keeps it apart from other labels"


def counts_of_labels(splits: Iterable[Encoded], labels: Sequence[str], merged: bool) -> Counter[str]:
    """Returns the number of rows of each label as the files spell it.

    Args:
        splits: The rows of all splits.
        labels: The labels that are learned.
        merged: Whether labels that look alike are one.
    """
    # What is one label without being told to, such as 1 and 1.0, needs no warning.
    same, counts = Spellings(labels), Counter[str]()
    for rows in splits:
        for name, count in rows.name_counts().items():
            counts[name if merged else same.label(name) or name] += count
    return counts


def spellings_of_labels(counts: Mapping[str, int], merged: bool) -> Iterator[str]:
    """Yields a line about labels that look alike, if there are any.

    Args:
        counts: The number of rows of each label as the files spell it.
        merged: Whether labels that look alike are one.

    Yields:
        The line, with the spellings and their numbers of rows.
    """
    groups = look_alike(counts)
    if groups:
        shown_groups = (
            " and ".join(f"{name!r} ({counts[name]:,})" for name in group) for group in groups[:_LABELS_SHOWN]
        )
        more = f" and {len(groups) - _LABELS_SHOWN:,} more" if len(groups) > _LABELS_SHOWN else ""
        what = "are taken as one each" if merged else "are different labels; --merge_labels takes them as one"
        yield f"labels that look alike {what}: {'; '.join(shown_groups)}{more}"


def joined_labels(counts: Mapping[str, int]) -> Iterator[str]:
    """Yields a line if labels look like several in one field: parts of them are labels too."""
    joined = [name for name in counts if any(_is_joined(name, mark, counts) for mark in _BETWEEN_LABELS)]
    if joined:
        named = ", ".join(repr(name) for name in joined[:_LABELS_SHOWN])
        more = f" and {len(joined) - _LABELS_SHOWN:,} more" if len(joined) > _LABELS_SHOWN else ""
        yield f"labels that look like several in one field: {named}{more}; is it --task multi_label?"


def _is_joined(name: str, mark: str, counts: Mapping[str, int]) -> bool:
    parts = [part.strip() for part in name.split(mark)]
    return len(parts) > 1 and all(parts) and any(part in counts for part in parts)


def not_compared(split: str, rows: Encoded, train: Encoded, near: NearDuplicates) -> Iterator[str]:
    """Yields a line if not all rows were compared to find near duplicates."""
    if near.compared < len(rows) or near.compared_with < len(train):
        yield (
            f"near duplicates of train in {split}: {near.compared:,} of {len(rows):,} rows were compared with "
            f"{near.compared_with:,} of {len(train):,}, evenly spread"
        )
