"""An encoder that tells what it was asked for."""

from collections.abc import Sequence

import numpy as np

from bert_keras.retrieval import ParagraphEncoder


class CountingEncoder(ParagraphEncoder):
    """Keeps the paragraphs whose vectors were asked for."""

    def __init__(self, preset: str) -> None:
        super().__init__(preset)
        self.encoded: list[str] = []

    def encode(self, paragraphs: Sequence[str]) -> np.ndarray:
        self.encoded += paragraphs
        return super().encode(paragraphs)
