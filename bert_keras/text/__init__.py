"""Strings -> token ids, as TensorFlow ops: the tokenizer with offsets, and packing."""

from bert_keras.text.packing import PADDED_LENGTHS, Packed, SpecialIds, pack, pad, padded_length
from bert_keras.text.passes import MOST_ROWS, passes_by_length
from bert_keras.text.tokenizer import BertTokenizer
from bert_keras.text.vocabulary import SPECIAL_TOKENS, check_vocabulary, read_vocabulary

__all__ = [
    "MOST_ROWS",
    "PADDED_LENGTHS",
    "SPECIAL_TOKENS",
    "BertTokenizer",
    "Packed",
    "SpecialIds",
    "check_vocabulary",
    "pack",
    "pad",
    "padded_length",
    "passes_by_length",
    "read_vocabulary",
]
