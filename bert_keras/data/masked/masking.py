"""The choice of the tokens that a masked language model has to predict."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

MaskedUnit = Literal["word", "piece"]
"""What is masked as a whole: a word with all its pieces, or a piece by itself."""
NOT_MASKED = -1
"""The target of a token that is not to be predicted."""
_MASK, _OTHER = 0.8, 0.9  # the shares of masked tokens that become [MASK], and of those or of another token


@dataclass(frozen=True)
class Masking:
    """Masks tokens as BERT's pre-training does (Devlin et al. 2019, section 3.1).

    Of the tokens to predict 80 % become `[MASK]`, 10 % another token, and 10 % stay as they are. Special tokens, and
    words that the vocabulary does not have, are never predicted.

    Attributes:
        unit: What is masked as a whole.
        share: The share of the tokens that is masked.
        mask_id: The id of `[MASK]`.
        special: Whether each token is a special one, by token id, `[vocabulary]` bool.
        continues: Whether each token continues a word, by token id, `[vocabulary]` bool.
    """

    unit: MaskedUnit
    share: float
    mask_id: int
    special: np.ndarray
    continues: np.ndarray

    def __call__(self, token_ids: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Masks a row.

        Args:
            token_ids: The token ids with special tokens, `[tokens]`.
            random: The source of random numbers.

        Returns:
            The token ids to read, and the targets: the ids to predict, and `NOT_MASKED` elsewhere; both `[tokens]`
            int32. At least one word is masked, unless there is none.
        """
        ids, targets = token_ids.astype(np.int32), np.full(len(token_ids), NOT_MASKED, np.int32)
        chosen = self._chosen(token_ids, random)
        targets[chosen] = ids[chosen]
        luck, others = random.random(len(chosen)), self._others(len(chosen), random)
        ids[chosen] = np.where(luck < _MASK, self.mask_id, np.where(luck < _OTHER, others, ids[chosen]))
        return ids, targets

    def _chosen(self, token_ids: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Returns the places of the tokens to predict: words drawn until the share is reached, or one."""
        places = np.flatnonzero(~self.special[token_ids])
        if not len(places):
            return places
        begins = np.ones(len(places), bool)
        if self.unit == "word":
            follows = np.diff(places, prepend=-2) == 1
            begins = ~(self.continues[token_ids[places]] & follows)
        word = np.cumsum(begins) - 1
        sizes = np.bincount(word)
        order = random.permutation(len(sizes))
        count = np.searchsorted(np.cumsum(sizes[order]), round(self.share * len(places)), side="right")
        masked = np.zeros(len(sizes), bool)
        masked[order[: max(1, count)]] = True
        return places[masked[word]]

    def _others(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Draws tokens that are not special."""
        ordinary = np.flatnonzero(~self.special).astype(np.int32)
        return ordinary[random.integers(len(ordinary), size=count)]
