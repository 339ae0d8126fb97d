"""Where tokens stand in their texts, for the way back from tokens to code points."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TokenPlaces:
    """Where the tokens of the contexts of several questions stand, end to end.

    Attributes:
        starts: First code point of each token, `[tokens]`.
        ends: One past its last, `[tokens]`.
        firsts: Place of the first token of each question's context, `[questions]`.
    """

    starts: np.ndarray
    ends: np.ndarray
    firsts: np.ndarray
