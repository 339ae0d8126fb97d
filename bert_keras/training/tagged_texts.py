"""The texts of a split with their entities and those that a token classifier finds, for reports."""

import numpy as np

from bert_keras.data import WindowedTexts
from bert_keras.reporting import TaggedText
from bert_keras.tagging import Span, WordSpan
from bert_keras.training.predict_tags import FoundTags


def tagged_texts(windowed: WindowedTexts, found: FoundTags) -> list[TaggedText]:
    """Returns the texts of a split.

    Args:
        windowed: The texts.
        found: The result of `predict_tags`.

    Returns:
        The texts with their entities, those that are found, and their losses.
    """
    edges = windowed.word_edges()
    starts, ends = windowed.words.starts, windowed.words.ends

    def spans(of: tuple[WordSpan, ...], begin: int) -> tuple[Span, ...]:
        return tuple(Span(int(starts[begin + span.first]), int(ends[begin + span.last]), span.label) for span in of)

    return [
        TaggedText(
            text.text,
            text.place,
            spans(gold, begin),
            spans(predicted, begin),
            float(np.mean(found.losses[begin:end], dtype=np.float64)) if end > begin else 0.0,
        )
        for text, gold, predicted, begin, end in zip(
            windowed.source.texts,
            windowed.gold,
            found.entities(windowed),
            edges[:-1].tolist(),
            edges[1:].tolist(),
            strict=True,
        )
    ]
