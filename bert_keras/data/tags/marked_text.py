"""A text with its entities, as a file holds it."""

from dataclasses import dataclass

from bert_keras.tagging.alignment import Span


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with its entities.

    Attributes:
        text: The text.
        spans: The entities, in code points of the text; they may overlap.
        place: Where it is, e.g. "train.jsonl, line 7".
    """

    text: str
    spans: tuple[Span, ...]
    place: str
