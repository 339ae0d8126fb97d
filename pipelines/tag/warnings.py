"""What is wrong with the entities of a split, told in lines of warning."""

from collections.abc import Iterator, Sequence

from bert_keras.data import MarkedText, WindowedTexts, look_alike
from bert_keras.files.messages import shown
from bert_keras.tagging import Span


def warnings_of(windowed: WindowedTexts) -> Iterator[str]:
    """Yields a line for each kind of trouble, with the first place.

    Args:
        windowed: The texts of a split.
    """
    for reason, count in windowed.source.left_out.items():
        yield f"texts left out: {count:,}, {reason}"
    counts = windowed.source.label_counts
    for names in look_alike(counts):
        shown_names = ", ".join(f"{name} ({counts[name]:,})" for name in names)
        yield f"types that look alike, and are learned apart: {shown_names}"
    yield from _told(windowed.widened, "entities that begin or end within a word, and are widened to it")
    yield from _told(windowed.overlapping, "entities left out, which overlap a longer one or an equal one before")
    yield from _told(windowed.wordless, "entities left out, which hold no word")
    if not any(windowed.gold):
        yield "no text has an entity, so that precision and recall say nothing"


def _told(spans: Sequence[tuple[MarkedText, Span]], what: str) -> Iterator[str]:
    if spans:
        text, span = spans[0]
        yield f'{what}: {len(spans):,}; first "{shown(text.text[span.start : span.end])}" ({span.label}), {text.place}'
