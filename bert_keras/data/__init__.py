"""Files -> examples -> batches."""

from bert_keras.data.encoded import Batch, Encoded, encode, evaluation_batches, ordered_batches, training_batches
from bert_keras.data.examples import Columns, Examples, label_indices, label_names, read_examples, read_text

__all__ = [
    "Batch",
    "Columns",
    "Encoded",
    "Examples",
    "encode",
    "evaluation_batches",
    "label_indices",
    "label_names",
    "ordered_batches",
    "read_examples",
    "read_text",
    "training_batches",
]
