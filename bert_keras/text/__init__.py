"""Strings -> token ids, as TensorFlow ops: the tokenizer with offsets, packing, windows of long texts."""

from bert_keras.text.packing import PADDED_LENGTHS, Packed, SpecialIds, pack, pad, padded_length
from bert_keras.text.passes import MOST_ROWS, passes_by_length
from bert_keras.text.tokenizer import BertTokenizer
from bert_keras.text.vocabulary import SPECIAL_TOKENS, check_vocabulary, read_vocabulary
from bert_keras.text.windows import AROUND, Windows, cut_windows, pack_windows, spans_in_windows, token_spans

__all__ = [
    "AROUND",
    "MOST_ROWS",
    "PADDED_LENGTHS",
    "SPECIAL_TOKENS",
    "BertTokenizer",
    "Packed",
    "SpecialIds",
    "Windows",
    "check_vocabulary",
    "cut_windows",
    "pack",
    "pack_windows",
    "pad",
    "padded_length",
    "passes_by_length",
    "read_vocabulary",
    "spans_in_windows",
    "token_spans",
]
