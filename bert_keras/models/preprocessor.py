"""What the preprocessors of all tasks share."""

from typing import Any

import keras_hub

from bert_keras.errors import InputError
from bert_keras.models.backbone import BertBackbone
from bert_keras.text import BertTokenizer, SpecialIds


class BertPreprocessor(keras_hub.models.Preprocessor):
    """Converts strings to the inputs of a backbone, with TensorFlow ops only: for `tf.data` and inside a SavedModel.

    Args:
        tokenizer: The tokenizer of the model.
        max_length: The maximum number of tokens per row, special tokens included.
        **kwargs: Further arguments of a Keras layer: `name`.
    """

    backbone_cls = BertBackbone
    tokenizer_cls = BertTokenizer

    def __init__(self, tokenizer: BertTokenizer, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.tokenizer = tokenizer
        self.max_length = max_length
        # KerasHub takes the second element of a tuple for labels; here it is a second text.
        self._call_accepts_labels = False
        self.built = True

    @property
    def settings(self) -> dict[str, int]:
        """The constructor's arguments, without the tokenizer."""
        return {"max_length": self.max_length}

    @property
    def special_ids(self) -> SpecialIds:
        """The ids of `[PAD]`, `[CLS]` and `[SEP]` in the tokenizer's vocabulary."""
        return SpecialIds(*(self.tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | self.settings


def fitting(max_length: int, positions: int) -> int:
    """Checks that a model has a position for each token of a row.

    Args:
        max_length: The maximum number of tokens per row.
        positions: The number of positions of the model.

    Returns:
        `max_length`.

    Raises:
        InputError: `max_length` exceeds the number of positions.
    """
    if max_length > positions:
        raise InputError(f"max_length is beyond the backbone's {positions} positions. Received: {max_length}")
    return max_length
