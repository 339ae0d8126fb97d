"""What a model of pairs can learn from raw text."""

from typing import Literal

PairKind = Literal["next_sentence", "sentence_order"]
"""What is told of two texts: whether the second follows the first, or whether both are in their order."""
PAIR_LABELS: dict[PairKind, tuple[str, str]] = {
    "next_sentence": ("is_next", "not_next"),
    "sentence_order": ("in_order", "swapped"),
}
"""The names of the outputs of such a head: of texts as they stood in a document, and of others."""
