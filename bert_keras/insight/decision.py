"""A decision of a model that has outputs for each token: which token a mask stands for, or what an entity is."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """A decision, made at one token or at the first tokens of several words.

    Attributes:
        title: What is decided about: "mask 1", or the words of an entity.
        start: The index of the first code point in the text.
        end: The index after the last one.
        reads: The places of the tokens whose outputs decide, in the row.
        labels: What could be decided: tokens, the most probable first; or types of entities and none.
        outputs: The output that speaks for each label at each of these tokens, `[labels, reads]` int32.
        logits: All outputs at these tokens, `[reads, outputs]` float32.
        predicted: The index of the label that is decided for.
        true: The true label, or what else is true; `None` if it is not known.
    """

    title: str
    start: int
    end: int
    reads: tuple[int, ...]
    labels: tuple[str, ...]
    outputs: np.ndarray
    logits: np.ndarray
    predicted: int
    true: str | None = None

    @property
    def scores(self) -> np.ndarray:
        """The logit of each label, the mean over the tokens, `[labels]` float32."""
        return self._means(self.logits[np.newaxis])[0].astype(np.float32)

    @property
    def probabilities(self) -> np.ndarray:
        """The probability of each label, the mean over the tokens, `[labels]` float32."""
        return self.probabilities_of(self.logits[np.newaxis])[0]

    def probabilities_of(self, logits: np.ndarray) -> np.ndarray:
        """Returns the probability of each label in other rows with the same tokens at these places.

        Args:
            logits: All outputs at the tokens that decide, `[rows, reads, outputs]`.

        Returns:
            The probabilities, `[rows, labels]` float32.
        """
        powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
        return self._means(powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)

    def deciding_for(self, predicted: int) -> "Decision":
        """Returns the same decision with another result, the index of a label."""
        return replace(self, predicted=predicted)

    def _means(self, values: np.ndarray) -> np.ndarray:
        means: np.ndarray = values[:, np.arange(len(self.reads)), self.outputs].mean(axis=-1, dtype=np.float64)
        return means
