"""One layer of BERT: KerasHub's, with dropouts of attention and of hidden states set apart."""

from typing import Any

import keras
import keras_hub


@keras.saving.register_keras_serializable(package="bert_keras")
class EncoderLayer(keras_hub.layers.TransformerEncoder):
    """A transformer encoder layer whose attention has a dropout rate of its own, as BERT's configuration has.

    Args:
        attention_dropout: Rate at which attention weights are dropped in training.
        **kwargs: As of `keras_hub.layers.TransformerEncoder`; `dropout` is the rate for hidden states.
    """

    def __init__(self, *, attention_dropout: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dropout: float
        self.attention_dropout = attention_dropout

    def build(self, inputs_shape: tuple[int | None, ...]) -> None:
        """Creates the weights."""
        hidden_dropout, self.dropout = self.dropout, self.attention_dropout
        super().build(inputs_shape)
        self.dropout = hidden_dropout
        for name in ("self_attention_dropout", "feedforward_dropout"):
            setattr(self, f"_{name}", keras.layers.Dropout(hidden_dropout, dtype=self.dtype_policy, name=name))

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | {"attention_dropout": self.attention_dropout}
