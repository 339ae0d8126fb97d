"""The common form that checkpoints of all formats are read into."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.classification.task import Task
from bert_keras.errors import CheckpointError, VocabularyError
from bert_keras.text.tokenizer import BertTokenizer
from bert_keras.text.vocabulary import check_vocabulary

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
    "embedding_dim",
    "pooler_activation",
)
"""The arguments of `BertBackbone` that determine its outputs."""
# The embedding may have more rows than the vocabulary has tokens: some are rounded up, to suit matrix units.
_MOST_PADDING_ROWS = 127


@dataclass(frozen=True)
class Checkpoint:
    """The configuration, the tokenizer and the weights of a model, independent of their file format.

    Attributes:
        folder: The folder of the files, for error messages.
        config: The arguments of `BertBackbone`.
        tokenizer: The arguments of `BertTokenizer`: `vocabulary` (tokens by id), `lowercase` and `strip_accents`, or
            `rules`, and `added_tokens`, if there are any.
        tensors: The weights by Hugging Face's names without the prefix `bert.`; kernels are `[outputs, inputs]`. May be
            read lazily.
        labels: The names of the outputs of a text classifier's head; empty for regression. `None` means that there is
            no such head.
        task: The task of the head.
        head_dropout: The dropout rate before the head.
        max_length: The maximum number of tokens in a row that the tokenizer's files say; `None` if they say none.
        tokenizer_class: The class of the tokenizer.
        pairs: Whether the head was trained on pairs of texts.
        task_said: Whether the files say the task; otherwise it is what the tool that wrote them takes it for.
        other_head: What the files hold if it is neither a text classifier nor a span extractor, for messages; may be
            empty.
        model_type: The `model_type` of Hugging Face, whose names of tensors messages show.
        tied_embeddings: Whether a masked language model's head has the token embeddings as its kernel if it has no
            kernel of its own.
        tags: The names of the outputs of a token classifier's head. `None` means that there is no such head.
    """

    folder: Path
    config: dict[str, Any]
    tokenizer: dict[str, Any]
    tensors: Mapping[str, np.ndarray]
    labels: tuple[str, ...] | None = None
    task: Task = "single_label"
    head_dropout: float = 0.1
    max_length: int | None = None
    tokenizer_class: type[BertTokenizer] = BertTokenizer
    pairs: bool = False
    task_said: bool = True
    other_head: str = ""
    model_type: str = "bert"
    tied_embeddings: bool = True
    tags: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        check_vocabulary(self.tokenizer["vocabulary"], str(self.folder))
        check_vocabulary_size(self.folder, self._tokens(), self.config["vocabulary_size"])
        heads, hidden = self.config["num_heads"], self.config["hidden_dim"]
        if hidden % heads:
            raise CheckpointError(f"{self.folder}: {heads} attention heads do not divide a hidden size of {hidden}")

    @property
    def row_length(self) -> int:
        """The default length of rows: what the tokenizer's files say, but not more than there are positions."""
        positions: int = self.config["max_sequence_length"]
        return positions if self.max_length is None else min(self.max_length, positions)

    def make_tokenizer(self) -> BertTokenizer:
        """Returns the tokenizer that the model was trained with.

        Raises:
            CheckpointError: Its rules are not supported; the message names the file that says them.
        """
        try:
            return self.tokenizer_class(**self.tokenizer)
        except VocabularyError as error:
            path = self.folder / "tokenizer.json" if "rules" in self.tokenizer else self.folder
            raise CheckpointError(f"{path}: {error}") from error

    def _tokens(self) -> int:
        """Returns the number of tokens, those among them that were added to the vocabulary."""
        ids = (token.id + 1 for token in self.tokenizer.get("added_tokens", ()))
        return max([len(self.tokenizer["vocabulary"]), *ids])


def check_vocabulary_size(folder: Path, tokens: int, rows: int) -> None:
    """Checks that each token has a row in the embedding.

    Args:
        folder: The folder of the model, for error messages.
        tokens: The number of tokens in the vocabulary, added tokens included.
        rows: The number of rows of the embedding; it may be rounded up to a multiple of 8 by up to 127.

    Raises:
        CheckpointError: The numbers differ.
    """
    padded = rows % 8 == 0 and 0 <= rows - tokens <= _MOST_PADDING_ROWS
    if tokens != rows and not padded:
        raise CheckpointError(
            f"{folder}: vocabulary and configuration differ. Received: {tokens:,} tokens, vocab_size {rows:,}; "
            + _advice(tokens, rows)
        )


def _advice(tokens: int, rows: int) -> str:
    if tokens > rows:
        return (
            "a token without a row in the embedding cannot be read: remove the tokens that were added after training, "
            "or resize the embedding and train it"
        )
    return "use the vocabulary that the model was trained with, and the files of all tokens that were added to it"
