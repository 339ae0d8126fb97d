"""The pre-tokenizer of a tokenizer: where normalised texts are split into words, and which characters are in none."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from bert_keras.text.character_steps import Characters, before, changes_after
from bert_keras.text.characters import IDEOGRAPH, PUNCTUATION, WHITESPACE, WORD
from bert_keras.text.word_rules import WordRules, steps


class PreTokenizer:
    """The pre-tokenizer of word rules, in TensorFlow ops.

    Args:
        rules: The rules.
        isolated_ideographs: Whether each CJK ideograph is a word, where a BertPreTokenizer splits.
    """

    def __init__(self, rules: WordRules, isolated_ideographs: bool = False) -> None:
        self._steps = steps(rules.pre_tokenizer, "pretokenizers")
        self._isolated = PUNCTUATION | (IDEOGRAPH if isolated_ideographs else 0)

    def __call__(self, characters: Characters) -> tuple[Characters, tf.Tensor]:
        """Splits texts into words.

        Returns:
            The characters of all words, and whether each begins a word.
        """
        first = characters.begins()
        for step in self._steps:
            kept, begins = self._split(step, characters)
            first |= begins | before(~kept)
            characters, first = characters.keep(kept), tf.boolean_mask(first, kept)
        return characters, first

    def _split(self, step: Mapping[str, Any], characters: Characters) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns which characters a step keeps, and before which it splits."""
        white, punctuation = (characters.classes & bit > 0 for bit in (WHITESPACE, PUNCTUATION))
        kind, none = step["type"], tf.zeros_like(white)
        if kind == "BertPreTokenizer":
            isolated = characters.classes & self._isolated > 0
            return ~white, isolated | before(isolated)
        if kind == "Whitespace":
            return ~white, changes_after(characters.classes & WORD)
        if kind == "WhitespaceSplit":
            return ~white, none
        behavior = step.get("behavior", "Isolated")
        if behavior == "Removed":
            return ~punctuation, none
        begins = {
            "Isolated": punctuation | before(punctuation),
            "MergedWithPrevious": before(punctuation),
            "MergedWithNext": punctuation,
            "Contiguous": changes_after(punctuation),
        }
        return ~none, begins[behavior]
