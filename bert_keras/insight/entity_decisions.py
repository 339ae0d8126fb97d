"""What a token classifier decides of the words of a text: the types of the entities, found ones and missed ones."""

from collections.abc import Sequence

import numpy as np

from bert_keras.insight.decision import Decision
from bert_keras.insight.tagged_text import TaggedText
from bert_keras.models import Entity
from bert_keras.tagging.alignment import Span
from bert_keras.tagging.scheme import TagScheme

MOST_ENTITIES = 12
"""The maximum number of entities of a text whose types are explained."""
_NONE = ("no entity", "O")  # the first that is no type of the model


def entity_decisions(
    text: str, tagged: TaggedText, scheme: TagScheme, logits: np.ndarray, true: Sequence[Span] | None = None
) -> tuple[Decision, ...]:
    """Returns what is decided of the entities of a text that the inspected window decides whole.

    A type is as probable as the tags that say it are, on average over the words; so is an entity that was found.

    Args:
        text: The text.
        tagged: The same text with its entities.
        scheme: The meaning of the tags.
        logits: The logits of all tokens of the window's row, `[tokens, tags]`.
        true: The entities that there are, with the bounds of words; `None` if they are not known.

    Returns:
        The decisions about the entities that were found, and about those that none of them overlaps, at most
        `MOST_ENTITIES`; those that are wrong first, else in the order of the text. Without any, that about the word
        which is nearest to being an entity.
    """
    spans = [(span, True) for span in tagged.entities] + [(span, False) for span in missed(tagged.entities, true)]
    decided = [
        _decision(text, tagged, scheme, logits, tagged.words(span.start, span.end), true, span.label if found else None)
        for span, found in sorted(spans, key=lambda each: each[0].start)
        if tagged.decided(tagged.words(span.start, span.end))
    ]
    decided.sort(key=lambda each: each.true in (None, each.labels[each.predicted]))
    return tuple(decided[:MOST_ENTITIES]) or (_nearest(text, tagged, scheme, logits, true),)


def missed(entities: Sequence[Entity], true: Sequence[Span] | None) -> list[Span]:
    """Returns the true entities that none that was found overlaps."""
    return [
        span for span in true or () if not any(span.start < each.end and each.start < span.end for each in entities)
    ]


def truth_at(start: int, end: int, text: str, true: Sequence[Span] | None, none: str) -> str | None:
    """Returns what is true of a span: a type, none, or which other span is an entity; `None` if it is not known."""
    if true is None:
        return None
    exact = next((span.label for span in true if (span.start, span.end) == (start, end)), None)
    other = next((span for span in true if span.start < end and start < span.end), None)
    if exact is not None or other is None:
        return exact or none
    return f"{other.label}: “{text[other.start : other.end]}”"


def none_label(scheme: TagScheme) -> str:
    """Returns the label of what is no entity."""
    return next(name for name in _NONE if name not in scheme.types)


def _nearest(
    text: str, tagged: TaggedText, scheme: TagScheme, logits: np.ndarray, true: Sequence[Span] | None
) -> Decision:
    """Returns the decision about the word, of those that the window decides, for which an entity is most probable."""
    words = np.flatnonzero(tagged.columns >= 0)
    of_words = logits[tagged.columns[words]].astype(np.float64)
    inside = np.array(scheme.type_of) >= 0
    odds = np.logaddexp.reduce(of_words[:, inside], axis=1) - np.logaddexp.reduce(of_words, axis=1)
    word = int(words[np.argmax(odds)])
    return _decision(text, tagged, scheme, logits, range(word, word + 1), true, None)


def _decision(
    text: str,
    tagged: TaggedText,
    scheme: TagScheme,
    logits: np.ndarray,
    words: range,
    true: Sequence[Span] | None,
    found: str | None,
) -> Decision:
    reads = tagged.columns[words.start : words.stop]
    start, end = int(tagged.starts[words.start]), int(tagged.ends[words.stop - 1])
    none, read = none_label(scheme), logits[reads]
    labels = ([] if scheme.outside is None else [none]) + list(scheme.types)
    ways = [np.full(len(reads), scheme.outside, np.int32)] if scheme.outside is not None else []
    ways += [scheme.encode(len(reads), [(0, len(reads) - 1, place)]) for place in range(len(scheme.types))]
    if found is not None:  # an entity may be said by other tags than those it would be taught with
        ways[labels.index(found)] = read.argmax(axis=-1).astype(np.int32)
    made = Decision(
        text[start:end],
        start,
        end,
        tuple(reads.tolist()),
        tuple(labels),
        np.array(ways, np.int32),
        read,
        0,
        truth_at(start, end, text, true, none),
    )
    return made.deciding_for(int(np.argmax(made.probabilities)) if found is None else labels.index(found))
