"""What models are trained on."""

from typing import TypeAlias

from bert_keras.data import Encoded, MaskedRows, PairRows, TaughtRows, TextGroups

TrainRows: TypeAlias = Encoded | TaughtRows | TextGroups | MaskedRows | PairRows
"""Rows of a classifier, a span extractor or a token classifier; of a classifier with a teacher; of a text encoder; of a
masked language model, with or without pairs."""
