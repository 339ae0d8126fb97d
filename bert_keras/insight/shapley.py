"""Shapley values: what each word adds to a target, averaged over the orders in which words could become known."""

import itertools
import math
from dataclasses import dataclass

import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.masking import masked_outputs
from bert_keras.insight.sentences import sentences_of
from bert_keras.insight.target import Target

BUDGET = 512
"""The default number of predictions."""
LONG = 128
"""The number of tokens above which sentences share in the target, and no longer words."""
_LEAST_PAIRS = 2  # a standard error needs two


@dataclass(frozen=True, slots=True)
class ShapleyValues:
    """What the words or sentences of a text add to a target.

    Attributes:
        parts: The words of each part, one word or those of a sentence.
        values: The value of each part, `[parts]` float32; their sum is `score - baseline_score`.
        errors: The standard error of each value over the sampled orders, `[parts]` float32; 0 where all subsets were
            predicted.
        score: The target of the row.
        baseline_score: The target with `[MASK]` for every word.
        predictions: The number of predictions that it took.
        exact: Whether all subsets were predicted, so that nothing was sampled.
        sentences: Whether the parts are sentences.
    """

    parts: tuple[np.ndarray, ...]
    values: np.ndarray
    errors: np.ndarray
    score: float
    baseline_score: float
    predictions: int
    exact: bool
    sentences: bool

    def of_tokens(self, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Spreads each part's value and standard error evenly over its tokens.

        Args:
            words: The number of the word that each token belongs to, -1 for special tokens, `[tokens]`.

        Returns:
            The values and the errors, each `[tokens]` float32; 0 for special tokens.
        """
        values, errors = np.zeros(len(words), np.float32), np.zeros(len(words), np.float32)
        for part, value, error in zip(self.parts, self.values, self.errors, strict=True):
            inside = np.isin(words, part)
            values[inside], errors[inside] = value / inside.sum(), error / inside.sum()
        return values, errors


def shapley_values(inspection: Inspection, target: Target, budget: int = BUDGET, seed: int = 0) -> ShapleyValues:
    """Estimates Shapley values by sampled permutations (Castro, Gómez and Tejada 2009).

    A subset of the words is worth the target with all other words replaced by `[MASK]`, the baseline of integrated
    gradients. Each permutation is taken together with its reverse, which cancels much of the sampling error (Mitchell,
    Cooper, Frank and Holmes 2022, "Sampling Permutations for Shapley Value Estimation"). Where the budget
    covers all subsets, they are enumerated instead. In rows of more than 128 tokens, sentences take the place of words.

    Args:
        inspection: The inspection of the row.
        target: The target to explain.
        budget: The number of predictions to stay below; two permutations with their reverses are the least.
        seed: The seed of the permutations.

    Returns:
        The values with their standard errors.

    Raises:
        InputError: The budget is below 1.
    """
    if budget < 1:
        raise InputError(f"the budget of Shapley values is a number of predictions from 1. Received: {budget}")
    tokens = inspection.tokens
    by_sentence = len(tokens) > LONG
    words = np.arange(int(tokens.words.max(initial=-1)) + 1)
    parts = tuple(each.words() for each in sentences_of(tokens)) if by_sentence else tuple(words[:, np.newaxis])
    count, game = len(parts), _Game(inspection, target, parts)
    exact = 2**count <= budget
    values, errors = (_enumerated(game, count), np.zeros(count)) if exact else _sampled(game, count, budget, seed)
    everything, nothing = game.worth(np.array([np.ones(count, bool), np.zeros(count, bool)])).tolist()
    return ShapleyValues(
        parts,
        values.astype(np.float32),
        errors.astype(np.float32),
        everything,
        nothing,
        game.predictions,
        exact,
        by_sentence,
    )


class _Game:
    """The worth of subsets of parts, each predicted once."""

    def __init__(self, inspection: Inspection, target: Target, parts: tuple[np.ndarray, ...]) -> None:
        self._inspection, self._target = inspection, target
        words = inspection.tokens.words
        self._inside = np.array([np.isin(words, part) for part in parts], bool).reshape(len(parts), len(words))
        self._known: dict[bytes, float] = {}

    @property
    def predictions(self) -> int:
        return len(self._known)

    def worth(self, subsets: np.ndarray) -> np.ndarray:
        """Returns the target with only some parts unmasked, `[subsets]` float64, from `[subsets, parts]` bool."""
        keys = [subset.tobytes() for subset in subsets]
        new = {key: subset for key, subset in zip(keys, subsets, strict=True) if key not in self._known}
        if new:
            hidden = ~np.array(list(new.values()), bool) @ self._inside
            scores = self._target.score(masked_outputs(self._inspection, hidden)).numpy()
            self._known |= dict(zip(new, scores.astype(np.float64).tolist(), strict=True))
        return np.array([self._known[key] for key in keys])


def _enumerated(game: _Game, count: int) -> np.ndarray:
    """Returns the exact values, by the formula over all subsets (Shapley 1953)."""
    subsets = np.array(list(itertools.product([False, True], repeat=count)), bool).reshape(2**count, count)
    worth = game.worth(subsets)
    values = np.zeros(count)
    for place in range(count):
        without = ~subsets[:, place]
        bit = 1 << (count - 1 - place)
        sizes = subsets[without].sum(axis=1)
        shares = np.array([1 / (count * math.comb(count - 1, int(size))) for size in sizes])
        indices = np.flatnonzero(without)
        values[place] = (shares * (worth[indices + bit] - worth[indices])).sum()
    return values


def _sampled(game: _Game, count: int, budget: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the mean over pairs of permutations and the standard error of that mean."""
    pairs = max(_LEAST_PAIRS, (budget - 2) // (2 * max(1, count - 1)))
    random = np.random.default_rng(seed)
    orders = [order for _ in range(pairs) for one in [random.permutation(count)] for order in (one, one[::-1])]
    ranks = np.argsort(np.array(orders), axis=1)
    # Row k of a permutation's subsets has the first k parts of its order.
    subsets = ranks[:, np.newaxis, :] < np.arange(count + 1)[:, np.newaxis]
    worth = game.worth(subsets.reshape(-1, count)).reshape(len(orders), count + 1)
    added = np.take_along_axis(np.diff(worth, axis=1), ranks, axis=1)
    of_pairs = added.reshape(pairs, 2, count).mean(axis=1)
    return of_pairs.mean(axis=0), of_pairs.std(axis=0, ddof=1) / math.sqrt(pairs)
