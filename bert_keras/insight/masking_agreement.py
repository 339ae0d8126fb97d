"""How well attributions hold: their rank correlation with what masking each word really does."""

import numpy as np
from scipy import stats

from bert_keras.insight.tokens import Tokens

FEWEST_WORDS = 3


def word_sums(values: np.ndarray, tokens: Tokens) -> np.ndarray:
    """Returns values of words, the sums over their pieces, without special tokens.

    Args:
        values: The values of tokens, `[..., tokens]`.
        tokens: The tokens of the row.

    Returns:
        The values, `[..., words]` float64.
    """
    count = int(tokens.words.max(initial=-1)) + 1
    of_word = (tokens.words[:, np.newaxis] == np.arange(count)).astype(np.float64)
    sums: np.ndarray = values.astype(np.float64) @ of_word
    return sums


def masking_correlation(
    values: np.ndarray, tokens: Tokens, words: np.ndarray, drops: np.ndarray, signed: bool
) -> np.ndarray:
    """Computes Spearman's rank correlation of attributions with the fall of the target when a word is masked.

    Signed attributions are compared with the signed fall: they claim to know which words speak against the target.
    Others claim how much a word counts, not for what, and are compared with the magnitude of the fall.

    Args:
        values: The attributions, `[layers or 1, tokens]`.
        tokens: The tokens of the row.
        words: The numbers of the masked words, `[words]`.
        drops: The fall of the target with each of them masked, `[words]`.
        signed: Whether the attributions are signed.

    Returns:
        The correlations, `[layers or 1]` float32; NaN where there are fewer than three words or no ranks.
    """
    effects = np.asarray(drops, np.float64) if signed else np.abs(np.asarray(drops, np.float64))
    rows = word_sums(values, tokens)[:, words]
    return np.array([_spearman(row, effects) for row in rows], np.float32)


def _spearman(values: np.ndarray, effects: np.ndarray) -> float:
    if len(values) < FEWEST_WORDS or np.ptp(values) == 0 or np.ptp(effects) == 0:
        return float("nan")
    return float(stats.spearmanr(values, effects).statistic)
