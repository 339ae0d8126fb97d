"""The words of texts in a report, by what each adds to the most probable label."""

from collections.abc import Sequence

import numpy as np

from bert_keras.insight import WordAttribution, word_attributions
from bert_keras.insight.tokens import tokens_of
from bert_keras.models import TextClassifier
from bert_keras.reporting import RowText, Words, divided_words

# Integrated gradients take some twenty passes over each text: so many tokens take a fraction of a training's time.
_MOST_TOKENS = 1024


def coloured_words(model: TextClassifier, rows: Sequence[RowText]) -> list[list[Words] | None]:
    """Divides the texts of some rows into words and what stands between them.

    Args:
        model: The model.
        rows: The rows, the most important first.

    Returns:
        For each row the words of its text and of its pair, each with its share of the greatest contribution to the
        most probable label's logit, from -1 to 1; `None` for rows beyond what is computed in reasonable time.
    """
    inputs = [row.text if row.pair is None else (row.text, row.pair) for row in rows]
    lengths = np.cumsum([len(tokens_of(model, row.text, row.pair)) for row in rows])
    few = int(np.searchsorted(lengths, _MOST_TOKENS, side="right"))
    found = word_attributions(model, inputs[:few]) if few else []
    coloured: list[list[Words] | None] = [
        [_of_text(text, of, place) for place, text in enumerate((row.text, row.pair)) if text is not None]
        for row, of in zip(rows, found, strict=False)
    ]
    return coloured + [None] * (len(rows) - few)


def _of_text(text: str, found: WordAttribution, place: int) -> Words:
    words = zip(found.texts, found.starts, found.ends, found.values.tolist(), strict=True)
    own = [(start, end, value) for of, start, end, value in words if of == place]
    greatest = float(np.abs(found.values).max(initial=0))  # of both texts of a pair
    return divided_words(
        text, [(start, end) for start, end, _ in own], np.array([value for *_, value in own]), greatest
    )
