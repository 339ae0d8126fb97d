"""The words of many texts with what each adds to a label, for coloured texts in reports."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bert_keras.errors import InputError, LabelError
from bert_keras.insight.integrated_gradients import integrated_gradients_of_rows
from bert_keras.insight.masking_agreement import word_sums
from bert_keras.insight.sentences import word_spans
from bert_keras.insight.target import Target
from bert_keras.insight.tokens import Tokens, tokens_of
from bert_keras.models import TextClassifier
from bert_keras.models.classify_stream import TOKEN_BUDGET, TokenRows, run_by_length

_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class WordAttribution:
    """The words of a text with what each adds to the logit of a label, by integrated gradients.

    Attributes:
        label: The label that is explained; "" for a regression.
        words: The words, as they stand in the text.
        texts: The text of each word: 0 the first, 1 the second.
        starts: The first code point of each word in its text.
        ends: The end of each word in code points, exclusive.
        values: The signed contributions of the words, `[words]` float32.
        gap: The sum of the values minus the change of the logit from a text of `[MASK]`.
    """

    label: str
    words: tuple[str, ...]
    texts: tuple[int, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    values: np.ndarray
    gap: float


def word_attributions(
    classifier: TextClassifier, texts: Sequence[Any], labels: Iterable[str] | None = None
) -> list[WordAttribution]:
    """Computes what each word of many texts adds to a label.

    Args:
        classifier: The classifier, with a preprocessor.
        texts: The texts, or (text, pair) tuples.
        labels: The label to explain of each text; `None` means the predicted ones.

    Returns:
        The words of each text.

    Raises:
        InputError: There are texts without a label or labels without a text, or a text is no string.
        LabelError: The model does not have a label.
    """
    names = tuple(classifier.labels)
    rows = [(text, None) if isinstance(text, str) else tuple(text) for text in texts]
    given = [None] * len(rows) if labels is None else list(labels)
    if len(given) != len(rows):
        raise InputError(f"every text has a label to explain. Received: {len(rows)} texts, {len(given)} labels")
    unknown = next((name for name in given if name is not None and name not in names), None)
    if unknown is not None:
        raise LabelError(f"the model's labels are {', '.join(names) or 'none'}. Received: {unknown!r}")
    found: list[WordAttribution] = []
    for first in range(0, len(rows), _TOGETHER):
        found += _of_few(classifier, rows[first : first + _TOGETHER], given[first : first + _TOGETHER])
    return found


def _of_few(
    classifier: TextClassifier, rows: Sequence[tuple[str, str | None]], labels: Sequence[str | None]
) -> list[WordAttribution]:
    tokens = [tokens_of(classifier, *row) for row in rows]
    names = tuple(classifier.labels)
    predicted = _predicted(classifier, tokens)
    places = [own if name is None else names.index(name) for name, own in zip(labels, predicted, strict=True)]
    targets = [[Target(names[place] if names else "", (0,), place)] for place in places]
    found = integrated_gradients_of_rows(classifier, tokens, targets)
    return [
        _words(row, target.title, made.values, made.gap)
        for row, (target,), (made,) in zip(tokens, targets, found, strict=True)
    ]


def _predicted(classifier: TextClassifier, tokens: Sequence[Tokens]) -> list[int]:
    lengths = np.array([len(row) for row in tokens], np.int64)
    rows = TokenRows(
        np.concatenate([row.ids for row in tokens]), np.concatenate([row.segment_ids for row in tokens]), lengths
    )
    logits = run_by_length(lengths, TOKEN_BUDGET, lambda places: classifier.logits(rows.inputs(places)))
    return [int(place) for place in np.argmax(logits, axis=1)]


def _words(tokens: Tokens, label: str, values: np.ndarray, gap: float) -> WordAttribution:
    spans = word_spans(tokens)
    texts = (tokens.first, tokens.second or "")
    return WordAttribution(
        label,
        tuple(texts[text][start:end] for text, start, end in spans),
        tuple(text for text, _, _ in spans),
        tuple(start for _, start, _ in spans),
        tuple(end for _, _, end in spans),
        word_sums(values, tokens).astype(np.float32),
        gap,
    )
