"""What all tasks share: compiling, training, saving and loading a backbone with a head."""

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import keras
import keras_hub
import numpy as np
import tensorflow as tf

from bert_keras import checkpoints
from bert_keras.errors import CheckpointError, InputError
from bert_keras.files.room import check_room
from bert_keras.models.backbone import NO_WEIGHT_DECAY, BertBackbone
from bert_keras.models.forward_pass import ForwardPass
from bert_keras.models.initial_weights import weights_follow
from bert_keras.models.low_rank import add_low_rank, check_can_add, freeze_beside_low_rank, low_rank_of
from bert_keras.models.preprocessor import BertPreprocessor, fitting
from bert_keras.models.token_rows import mean_rows, set_token_rows, token_rows, with_new_rows
from bert_keras.text import BertTokenizer, VocabularyChange

_STORED_BESIDE = 4096  # bytes of names and tables of HDF5 for each weight, at most


class BertTask(keras_hub.models.Task):
    """A backbone with a head, used like any task of KerasHub.

    Attributes:
        logits: The model without dropout as a function of preprocessed inputs, a `ForwardPass`.
        adapter_base: The preset that the adapters are trained on; `None` if there are no adapters.
        base_of_adapter_base: The model below that preset, if it is an adapter that was loaded over another model than
            the one it names.
        reads_pooler: Whether the head uses the pooled output.
        output_dense: The dense layer of the head.
        architecture: The end of the class name that transformers has for such a task.
    """

    backbone_cls = BertBackbone
    adapter_base: str | None = None
    base_of_adapter_base: str | None = None
    reads_pooler: bool
    output_dense: keras.layers.Dense
    architecture: str

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments, without the backbone and the preprocessor."""
        raise TypeError(f"{type(self).__name__} has no settings")

    def get_config(self) -> dict[str, Any]:
        """Returns the constructor's arguments."""
        return super().get_config() | self.settings

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trace()

    def _set_parts(self, backbone: BertBackbone, preprocessor: BertPreprocessor | None) -> None:
        """Sets the backbone and the preprocessor, and checks that they fit."""
        if preprocessor is not None:
            fitting(preprocessor.max_length, backbone.max_sequence_length)
        self.backbone = backbone
        self.preprocessor: Any = preprocessor  # a property of KerasHub's, without a type

    def _check_preprocessor(self, method: str) -> None:
        if self.preprocessor is None:
            raise InputError(f"{method}() takes strings, and the model has no preprocessor to tokenize them")

    def head_places(self) -> list[checkpoints.Place]:
        """Returns the weights of the head, without the pooler, by BERT's names in Hugging Face folders."""
        raise TypeError(f"{type(self).__name__} says no names for the weights of its head")

    def trace(self) -> None:
        """Creates `logits` again, because a traced graph keeps the structure that the model had when it was traced."""
        self.logits = ForwardPass(lambda inputs: self(inputs, training=False), layers=self.backbone.dense_layers())

    def adapt(self, base: str, rank: int = 16, alpha: float | None = None, *, base_of_base: str | None = None) -> None:
        """Adds low-rank adapters to the encoder's dense layers, to be trained instead of these (Hu et al. 2021).

        From then on only the adapters, the head and, if the task uses it, the pooler are trained. `save_to_preset`
        writes only these weights, and `from_preset` loads them as an ordinary model with the adapters merged.

        Args:
            base: The preset that this task was loaded from, by a name that will still be valid when the adapters are
                loaded.
            rank: The rank of the adapters.
            alpha: The scale of the adapters, times the rank. `None` means twice the rank.
            base_of_base: The `base` that this task was loaded with, if that preset is itself an adapter.

        Raises:
            InputError: The rank is below 1, the model already has adapters, or `fit` has trained it.
        """
        self.check_can_adapt(rank)
        base_weights = checkpoints.encoder_fingerprint(self.backbone)
        add_low_rank(self.backbone, rank, 2.0 * rank if alpha is None else float(alpha))
        freeze_beside_low_rank(self.backbone)
        self.adapter_base, self.base_of_adapter_base, self._base_weights = base, base_of_base, base_weights
        self.trace()
        self.train_function = self.test_function = self.predict_function = None  # these were traced without adapters

    def check_can_adapt(self, rank: int) -> None:
        """Raises `InputError` where `adapt` would."""
        if self.optimizer is not None and self.optimizer.built:
            raise InputError(
                "the model is no longer the preset that adapters would stand over; save what was trained, and load that"
            )
        check_can_add(self.backbone, rank)

    def add_tokens(self, tokens: Sequence[Any]) -> int:
        """Adds tokens to the tokenizer, e.g. entity markers, and rows for them to the embedding, in place.

        Outputs for texts without the tokens stay the same. Train the model before its outputs for texts with them mean
        something. `save_to_preset` and `save_hugging_face` save the tokens with the model.

        Args:
            tokens: The tokens, which are found whole in texts: texts, as for `add_tokens` of transformers, or
                `bert_keras.text.AddedToken` or mappings with flags such as `lstrip`. One that the tokenizer has keeps
                its id, and is found by its new flags.

        Returns:
            The number of tokens that are new or have other flags.

        Raises:
            InputError: The model has no preprocessor, has adapters, or `fit` has trained it.
            VocabularyError: A token is empty or malformed.
        """
        self._check_tokens_can_change("add_tokens")
        before = self.preprocessor.tokenizer
        # A tokenizer of its own: others may use the one there is with an embedding that does not grow.
        tokenizer = type(before).from_config(before.get_config())
        tokenizer.set_vocabulary(before.word_pieces)
        new = tokenizer.add_tokens(tokens)
        if new:
            known, count = before.vocabulary_size(), tokenizer.vocabulary_size()
            self._set_tokens(tokenizer, lambda table: with_new_rows(table, known, count))
        return new

    def change_vocabulary(self, change: VocabularyChange) -> None:
        """Takes over another vocabulary, in place; each token's row is the mean of those it is made of.

        Args:
            change: The change of the model's tokenizer, as `bert_keras.text.only_tokens` or `with_words` returns it.

        Raises:
            InputError: The model has no preprocessor, has adapters, or `fit` has trained it.
        """
        self._check_tokens_can_change("change_vocabulary")
        self._set_tokens(change.tokenizer, lambda table: mean_rows(table, change.made_of))

    def _set_tokens(self, tokenizer: BertTokenizer, change: Callable[[np.ndarray], np.ndarray]) -> None:
        """Replaces the tokenizer, and each table of tokens by what becomes of it."""
        set_token_rows(self.backbone, change(token_rows(self.backbone)))
        self.preprocessor = type(self.preprocessor)(tokenizer, **self.preprocessor.settings)
        self.trace()
        self.train_function = self.test_function = self.predict_function = None  # traced with the old embedding

    def _check_tokens_can_change(self, method: str) -> None:
        self._check_preprocessor(method)
        if self.adapter_base is not None:
            raise InputError(
                "the embedding is frozen beside adapters; change its tokens first, save the model, and adapt that"
            )
        if self.optimizer is not None and self.optimizer.built:
            raise InputError(
                "the optimizer knows an embedding of the old tokens; change them before fit, or save what was trained, "
                "and load that"
            )

    def save_to_preset(self, preset_dir: str, max_shard_size: float = 10) -> None:
        """Writes a preset; of a model with adapters only the trained weights, a few megabytes.

        Args:
            preset_dir: The folder to write to.
            max_shard_size: The maximum size of a weights file, in gigabytes.

        Raises:
            InputError: The model has adapters, and the folder is that of the preset they are trained on.
            OSError: The folder cannot be written, or there is no room for the weights.
        """
        folder = Path(preset_dir)
        if self.adapter_base is None:
            folder.mkdir(parents=True, exist_ok=True)
            check_room(folder, sum(map(_stored_bytes, self.weights)))
            super().save_to_preset(preset_dir, max_shard_size=max_shard_size)
            for name in (checkpoints.ADAPTER_CONFIG_FILE, checkpoints.ADAPTER_WEIGHTS_FILE):
                (folder / name).unlink(missing_ok=True)  # left by a model that was saved here before
            return
        if (
            folder.is_dir()
            and Path(self.adapter_base).is_dir()
            and checkpoints.locate(self.adapter_base).samefile(folder)
        ):
            raise InputError(f"{folder}: the adapters stand over the preset in it; save them to a folder of their own")
        folder.mkdir(parents=True, exist_ok=True)
        checkpoints.write_adapter(self.adapter(), folder)

    def adapter(self) -> checkpoints.Adapter:
        """Returns what is trained of a model with adapters, as `save_to_preset` writes it.

        Raises:
            InputError: The model has no adapters.
        """
        if self.adapter_base is None:
            raise InputError("the model has no adapters; add them with adapt()")
        adapters = low_rank_of(self.backbone)
        first = next(iter(adapters.values()))
        trained = {
            f"{name}.{part}": getattr(layer, part) for name, layer in adapters.items() for part in ("down", "up")
        }
        return checkpoints.Adapter(
            base=self.adapter_base,
            base_weights=self._base_weights,
            task=type(self).__name__,
            settings=self.settings,
            preprocessor={} if self.preprocessor is None else self.preprocessor.settings,
            rank=first.rank,
            alpha=first.alpha,
            tensors={name: variable.value.numpy() for name, variable in (trained | self._adapted_head()).items()},
            base_of_base=self.base_of_adapter_base,
        )

    @classmethod
    def _reads_pooler(cls, settings: Mapping[str, Any]) -> bool:
        """Returns `reads_pooler` of a task with these settings."""
        return cls.reads_pooler

    def _adapted_head(self) -> dict[str, Any]:
        """Returns the variables that are trained beside the adapters, by tensor name."""
        pooler = self.backbone.pooled_dense if self.reads_pooler else None
        of_pooler = {} if pooler is None else {"pooler.kernel": pooler.kernel, "pooler.bias": pooler.bias}
        return self._head_variables() | of_pooler

    def _head_variables(self) -> dict[str, Any]:
        """Returns the variables of the head, without the pooler, by tensor name."""
        return {"head.kernel": self.output_dense.kernel, "head.bias": self.output_dense.bias}

    @classmethod
    def _from_adapter(cls, folder: Path, load_weights: bool, dtype: Any, base: str | None) -> Self:
        adapter = checkpoints.read_adapter(folder)
        if adapter.task != cls.__name__:
            raise CheckpointError(
                f"{folder}: the adapter is of another task; load it as {adapter.task}. Received: {cls.__name__}"
            )
        # The base may have no pooler; the adapter then contains one.
        with_pooler = {"pooler": True} if cls._reads_pooler(adapter.settings) else {}
        backbone = BertBackbone.from_preset(str(folder), load_weights, base=base, dtype=dtype, **with_pooler)
        preprocessor = cls.preprocessor_cls.from_preset(str(folder), base=base)
        config = folder / checkpoints.ADAPTER_CONFIG_FILE
        try:
            task = cls(backbone, preprocessor=preprocessor, **adapter.settings)
        except TypeError as error:
            raise CheckpointError(f"{config}: settings do not fit a {cls.__name__} ({error})") from error
        unknown = sorted(adapter.settings.keys() - task.settings.keys())  # which Keras accepts silently
        if unknown:
            raise CheckpointError(
                f"{config}: settings must be {', '.join(task.settings)}. Received: {', '.join(unknown)}"
            )
        if load_weights:
            checkpoints.assign_adapted(folder, adapter, task._head_variables())
        return task

    def compile(self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any) -> None:
        """Configures training.

        Args:
            optimizer: The optimizer. "auto" means AdamW with learning rate 5e-5, weight decay 0.01 (not on biases and
                layer norms) and gradients clipped to a global norm of 1, as BERT is usually fine-tuned.
            loss: The loss. "auto" means the default of the task.
            metrics: The metrics. "auto" means the default of the task.
            **kwargs: Further arguments of `keras.Model.compile`.
        """
        if optimizer == "auto":
            optimizer = keras.optimizers.AdamW(5e-5, weight_decay=0.01, global_clipnorm=1.0)
            optimizer.exclude_from_weight_decay(var_names=list(NO_WEIGHT_DECAY))
        loss = self.usual_loss() if loss == "auto" else loss
        metrics = self.usual_metrics() if metrics == "auto" else metrics
        # Batches differ in length, and XLA would compile again for each length.
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **({"jit_compile": False} | kwargs))

    def usual_loss(self) -> Any:
        """Returns the default loss of `compile`."""
        raise TypeError(f"{type(self).__name__} says no loss of its own")

    def usual_metrics(self) -> Any:
        """Returns the default metrics of `compile`."""
        return None

    def fit(self, x: Any = None, y: Any = None, **kwargs: Any) -> keras.callbacks.History:
        """Trains the model; see `keras.Model.fit`.

        Args:
            x: A batched dataset of inputs and targets, in training order; or the inputs.
            y: The targets, if `x` has none.
            **kwargs: Further arguments of `keras.Model.fit`.

        Returns:
            The history.
        """
        if isinstance(x, tf.data.Dataset):
            # Keras cannot shuffle a dataset, and warns about it at each call.
            kwargs.setdefault("shuffle", False)
        self._build_optimizer()
        return super().fit(x, y, **kwargs)

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Trains the model on a batch; see `keras.Model.train_on_batch`."""
        self._build_optimizer()
        return super().train_on_batch(*args, **kwargs)

    def _build_optimizer(self) -> None:
        """Makes the optimizer's variables; made within the first step, they let TensorFlow trace that step twice."""
        if self.optimizer is not None and not self.optimizer.built:
            with self.distribute_strategy.scope():
                self.optimizer.build(self.trainable_variables)

    def save_task_weights(self, filepath: str) -> None:
        """Saves the head's weights, without the optimizer state that Keras would add (twice the size of the model)."""
        keras.saving.save_weights(self, filepath, objects_to_skip=self._not_of_the_head())

    def load_task_weights(self, filepath: str) -> None:
        """Loads a file that `save_task_weights` wrote."""
        keras.saving.load_weights(self, filepath, objects_to_skip=self._not_of_the_head())

    def _not_of_the_head(self) -> list[Any]:
        return [*self.backbone._flatten_layers(), *([self.optimizer] if self.optimizer else [])]

    @classmethod
    def _from_own_preset(cls, folder: Path, load_weights: bool, dtype: Any) -> Self:
        checkpoints.check_task_files(folder)
        saved = checkpoints.task_of(folder)
        if saved != cls.__name__:
            raise CheckpointError(
                f"{folder}: the preset is of another task; load it as {saved}. Received: {cls.__name__}"
            )
        with checkpoints.reading(folder), weights_follow() if load_weights else contextlib.nullcontext():
            # Always passed, because KerasHub 0.32 otherwise fails on presets that were saved with a mixed policy.
            dtype = dtype or keras.config.dtype_policy().name
            task = super().from_preset(str(folder), load_weights=load_weights, dtype=dtype)
        if task.preprocessor is not None:
            tokens = task.preprocessor.tokenizer.vocabulary_size()
            checkpoints.check_vocabulary_size(folder, tokens, task.backbone.vocabulary_size)
        return task


def _stored_bytes(weight: keras.Variable) -> int:
    return math.prod(weight.shape) * tf.as_dtype(weight.dtype).size + _STORED_BESIDE
