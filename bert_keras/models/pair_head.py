"""The second head of BERT's pre-training, which tells of two texts whether they belong together."""

import keras

from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.models.initial_weights import random_weights

PAIR_HEAD = "cls.seq_relationship"
"""The name of the head in Hugging Face folders."""


def pair_dense(backbone: BertBackbone) -> keras.layers.Dense:
    """Returns a new dense layer for two float32 logits of pairs, over the pooled output of a backbone."""
    kernel = random_weights(backbone.initializer_range)
    dense = keras.layers.Dense(2, kernel_initializer=kernel, dtype="float32", name="pair_dense")
    dense.build((None, backbone.hidden_dim))
    return dense


def check_reads_pairs(backbone: BertBackbone) -> None:
    """Checks that a backbone has a pooler, and tells two texts apart.

    Raises:
        InputError: It does not.
    """
    if backbone.pooled_dense is None:
        raise InputError("a head of pairs reads the pooled output, and the backbone has no pooler")
    if backbone.num_segments < 2:
        raise InputError(
            f"the texts of a pair are told apart by their segments. Received: a backbone of {backbone.num_segments}"
        )
