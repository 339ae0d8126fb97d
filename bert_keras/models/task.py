"""What the tasks on a backbone share: how they are compiled, fitted, kept and read again."""

from pathlib import Path
from typing import Any, Self

import keras
import keras_hub
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.models.backbone import NO_WEIGHT_DECAY, BertBackbone

_INPUTS = {name: tf.TensorSpec([None, None], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}


class BertTask(keras_hub.models.Task):
    """A backbone with a head, used like any task of KerasHub.

    Attributes:
        logits: The model without dropout as a graph of its own; takes prepared inputs.
    """

    backbone_cls = BertBackbone

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logits = tf.function(lambda inputs: self(inputs, training=False), input_signature=[_INPUTS])

    def compile(self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any) -> None:
        """Configures training.

        Args:
            optimizer: "auto" is AdamW at 5e-5 with weight decay 0.01 (not on biases and layer norms) and gradients clipped to a
                norm of 1, as BERT is fine-tuned.
            loss: "auto" is that of the task.
            metrics: "auto" is that of the task.
            **kwargs: Of `keras.Model.compile`.
        """
        if optimizer == "auto":
            optimizer = keras.optimizers.AdamW(5e-5, weight_decay=0.01, global_clipnorm=1.0)
            optimizer.exclude_from_weight_decay(var_names=list(NO_WEIGHT_DECAY))
        loss = self.usual_loss() if loss == "auto" else loss
        metrics = self.usual_metrics() if metrics == "auto" else metrics
        # Batches differ in length, and XLA would compile anew for each length.
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **({"jit_compile": False} | kwargs))

    def usual_loss(self) -> Any:
        """Makes the loss that `compile` takes by itself."""
        raise TypeError(f"{type(self).__name__} says no loss of its own")

    def usual_metrics(self) -> Any:
        """Makes the metrics that `compile` takes by itself."""
        return None

    def fit(self, x: Any = None, y: Any = None, **kwargs: Any) -> keras.callbacks.History:
        """Trains, as `keras.Model.fit`.

        Args:
            x: A batched dataset of inputs and targets, in the order to train in; or inputs.
            y: Targets, where `x` has none.
            **kwargs: Of `keras.Model.fit`.

        Returns:
            The history.
        """
        if isinstance(x, tf.data.Dataset):
            kwargs.setdefault("shuffle", False)  # Keras cannot shuffle a dataset, and warns at each call that it does not
        return super().fit(x, y, **kwargs)

    def save_task_weights(self, filepath: str) -> None:
        """Saves the head's weights, without the optimizer's state that Keras would add (twice the size of the model)."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_the_head())

    def load_task_weights(self, filepath: str) -> None:
        """Loads what `save_task_weights` wrote."""
        keras.saving.load_weights(self, filepath, objects_to_skip=self._not_of_the_head())

    def _not_of_the_head(self) -> list[Any]:
        return [*self.backbone._flatten_layers(), *([self.optimizer] if self.optimizer else [])]

    @classmethod
    def _from_own_preset(cls, folder: Path, load_weights: bool, dtype: Any) -> Self:
        checkpoints.check_task_files(folder)
        with checkpoints.reading(folder):
            # Always said: left to itself, KerasHub 0.32 fails on presets that were saved with a mixed policy.
            dtype = dtype or keras.config.dtype_policy().name
            task = super().from_preset(str(folder), load_weights=load_weights, dtype=dtype)
        if task.preprocessor is not None:
            tokens = task.preprocessor.tokenizer.vocabulary_size()
            checkpoints.check_vocabulary_size(folder, tokens, task.backbone.vocabulary_size)
        return task
