"""What masking does to a prediction, by word; in long texts by sentence, then by word in the sentences that count."""

from dataclasses import dataclass

import numpy as np

from bert_keras.insight.inspection import Inspection
from bert_keras.insight.masking import MaskedPredictions, drops_of, masked_outputs, masked_predictions
from bert_keras.insight.sentences import Sentence, sentences_of
from bert_keras.insight.target import Target

MOST_WORDS = 64
"""The number of words up to which each is masked by itself."""
_SEARCHED_WORDS = 24


@dataclass(frozen=True, slots=True)
class MaskedParts:
    """Predictions with words masked, and with sentences masked if the text is long.

    Attributes:
        predictions: The predictions with each word masked, of all words or of those in the searched sentences.
        sentences: The sentences; empty if each word was masked.
        sentence_drops: By how much the target falls with each sentence masked, `[sentences]` float32.
        searched: Whether the words of a sentence were masked one by one, `[sentences]` bool.
        note: A description of what was masked.
    """

    predictions: MaskedPredictions
    sentences: tuple[Sentence, ...]
    sentence_drops: np.ndarray
    searched: np.ndarray
    note: str


def masked_parts(inspection: Inspection, target: Target, every_word: bool = False) -> MaskedParts:
    """Predicts with the words of a text masked, each in turn.

    A pass for each word of a long text takes long, since both their number and their length grow. Beyond 64 words,
    each sentence is masked as a whole first, and words only in the sentences that change the target most.

    Args:
        inspection: The inspection with nothing masked.
        target: The target whose fall says which sentences count.
        every_word: Whether to mask each word whatever the length of the text.

    Returns:
        The predictions.
    """
    words = int(inspection.tokens.words.max(initial=-1)) + 1
    if every_word or words <= MOST_WORDS:
        none = np.zeros(0)
        note = f"Each of the {words} words was masked by itself."
        return MaskedParts(masked_predictions(inspection), (), none.astype(np.float32), none.astype(bool), note)
    sentences = tuple(sentences_of(inspection.tokens))
    places = inspection.tokens.words
    hidden = [(places >= each.first_word) & (places < each.end_word) for each in sentences]
    outputs = masked_outputs(inspection, np.array([np.zeros(len(places), bool), *hidden]))
    drops = drops_of(outputs, target)
    searched = _most_changing(sentences, drops)
    chosen = np.concatenate([each.words() for each, found in zip(sentences, searched, strict=True) if found])
    note = (
        f"Each of the {len(sentences)} sentences was masked as a whole, then word by word the {int(searched.sum())} "
        f"whose masking changed the target most: {len(chosen)} of {words} words."
    )
    return MaskedParts(masked_predictions(inspection, chosen.tolist()), sentences, drops, searched, note)


def _most_changing(sentences: tuple[Sentence, ...], drops: np.ndarray) -> np.ndarray:
    """Returns which sentences to search: those of the largest changes, as many as a number of words allows."""
    searched, words = np.zeros(len(sentences), bool), 0
    for place in np.argsort(-np.abs(drops), kind="stable").tolist():
        words += sentences[place].end_word - sentences[place].first_word
        if words > _SEARCHED_WORDS and searched.any():
            break
        searched[place] = True
    return searched
