"""What every kind of checkpoint is read into."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.classification.task import Task
from bert_keras.errors import CheckpointError
from bert_keras.text.vocabulary import check_vocabulary

# The arguments of `BertBackbone` that say how it computes; a checkpoint's `config` has them all but the pooler's.
BACKBONE_SETTINGS = (
    "vocabulary_size",
    "num_layers",
    "num_heads",
    "hidden_dim",
    "intermediate_dim",
    "activation",
    "dropout",
    "attention_dropout",
    "max_sequence_length",
    "num_segments",
    "layer_norm_epsilon",
    "initializer_range",
    "pooler",
)
# Vocabularies may be shorter than the embedding where its rows were rounded up for the sake of matrix units.
_MOST_PADDING_ROWS = 127


@dataclass(frozen=True)
class Checkpoint:
    """Configuration, tokenizer and weights of a model, whatever files they came from.

    Attributes:
        folder: Where the files are; errors name it.
        config: Arguments for `BertBackbone`.
        tokenizer: Arguments for `BertTokenizer`: `vocabulary` (tokens by id), `lowercase`, `strip_accents`.
        tensors: Arrays under Hugging Face's names without the prefix `bert.`; kernels are `[outputs, inputs]`. May read
            lazily.
        labels: Names of the outputs of a text classifier's head; none for regression. None where there is no head.
        task: What the head answers.
        head_dropout: Dropout rate before the head.
    """

    folder: Path
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    tensors: Mapping[str, np.ndarray]
    labels: tuple[str, ...] | None = None
    task: Task = "single_label"
    head_dropout: float = 0.1

    def __post_init__(self) -> None:
        check_vocabulary(self.tokenizer["vocabulary"], str(self.folder))
        check_vocabulary_size(self.folder, len(self.tokenizer["vocabulary"]), self.config["vocabulary_size"])
        heads, hidden = self.config["num_heads"], self.config["hidden_dim"]
        if hidden % heads:
            raise CheckpointError(f"{self.folder}: {heads} attention heads do not divide a hidden size of {hidden}")


def check_vocabulary_size(folder: Path, tokens: int, rows: int) -> None:
    """Makes sure that each token has its row in the embedding.

    Args:
        folder: Where both come from.
        tokens: Size of the vocabulary.
        rows: Size of the embedding; it may be rounded up to a multiple of 8.

    Raises:
        CheckpointError: They differ.
    """
    padded = rows % 8 == 0 and 0 <= rows - tokens <= _MOST_PADDING_ROWS
    if tokens != rows and not padded:
        raise CheckpointError(
            f"{folder}: vocabulary and configuration differ. Received: {tokens:,} tokens, vocab_size {rows:,}; "
            "use the vocabulary that the model was trained with"
        )
