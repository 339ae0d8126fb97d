"""The tensors of a model with a PEFT adapter merged into them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property

import numpy as np

from bert_keras.checkpoints.adapters.peft_config import PEFT_WEIGHTS_FILE, PeftConfig
from bert_keras.checkpoints.adapters.peft_targets import is_target, scale
from bert_keras.checkpoints.adapters.peft_update import Update
from bert_keras.checkpoints.hugging_face.tensor_names import canonical, original, stored
from bert_keras.checkpoints.lazy_tensors import LazyTensors
from bert_keras.errors import CheckpointError

WORDS = "embeddings.word_embeddings.weight"
"""The name of the token embeddings."""
SEGMENTS = "embeddings.token_type_embeddings.weight"
"""The name of the segment embeddings."""
WRAPPER = "base_model.model."
"""What PEFT writes before the name of a module."""
# The parts of an update, by the ends of their names in the file.
_PARTS = {
    "lora_A.weight": "down",
    "lora_B.weight": "up",
    "lora_B.bias": "bias",
    "lora_embedding_A": "down",
    "lora_embedding_B": "up",
    "lora_magnitude_vector": "lengths",
    "lora_magnitude_vector.weight": "lengths",
    "token_adapter.trainable_tokens_delta": "rows",
}
_PART = re.compile(rf"(.+)\.({'|'.join(map(re.escape, _PARTS))})")
# The beginnings of the names of the heads' tensors, by the end of the class name of transformers.
_HEADS = {
    "ForSequenceClassification": ("classifier.",),
    "ForQuestionAnswering": ("qa_outputs.",),
    "ForMaskedLM": ("cls.predictions.",),
}
_ALL_HEADS = ("classifier.", "qa_outputs.", "cls.", "discriminator_predictions.", "sequence_summary.")
_POOLER = "pooler.dense."
# Copies that PEFT writes of modules that were trained themselves: the values before, or the same again.
_COPY = re.compile(r"\.(original_module|modules_to_save)(\.default)?\.")
_BASE_LAYER = re.compile(r"\.(token_adapter\.)?base_layer\.(?=[^.]+$)")


class PeftTensors(LazyTensors):
    """The tensors of a model with an adapter merged into them, read one at a time, by BERT's names.

    Args:
        config: The settings of the adapter.
        model_class: The end of the class name of transformers' model.
        model_type: The model type of the base.
        base: The tensors of the base, by BERT's names.
        adapter: The tensors of the adapter, by the names in its file.
        one_segment: Whether the first segment's embedding stands for all segments.

    Raises:
        CheckpointError: The adapter's tensors do not fit its settings or the base.
    """

    def __init__(
        self,
        config: PeftConfig,
        model_class: str,
        model_type: str,
        base: Mapping[str, np.ndarray],
        adapter: Mapping[str, np.ndarray],
        one_segment: bool = False,
    ) -> None:
        self._config, self._model_class, self._model_type = config, model_class, model_type
        self._file = config.path.with_name(PEFT_WEIGHTS_FILE)
        self._base_tensors, self._adapter, self._one_segment = base, adapter, one_segment
        self._heads = _HEADS.get(model_class, ())
        dropped = tuple(head for head in _ALL_HEADS if head not in self._heads)
        self._base = {name: name for name in base if name.startswith(self._heads) or not name.startswith(dropped)}
        self._replaced: dict[str, str] = {}
        self._updates: dict[str, Update] = {}
        for name in adapter:
            self._take(name)
        self._number_rows()
        self._check_all()

    @cached_property
    def _stored(self) -> Mapping[str, str]:
        return self._base | self._replaced

    def __getitem__(self, name: str) -> np.ndarray:
        tensor = self._adapter[self._replaced[name]] if name in self._replaced else self._base_tensors[self._base[name]]
        if name == SEGMENTS and self._one_segment:
            tensor = np.repeat(tensor[:1], len(tensor), axis=0)
        module, _, part = name.rpartition(".")
        update = self._updates.get(module)
        if update is None:
            return tensor
        return update.of_bias(tensor) if part == "bias" else update.of_kernel(tensor)

    def _take(self, name: str) -> None:
        """Notes what a tensor of the adapter is for."""
        inside = name.removeprefix(WRAPPER)
        if found := _PART.fullmatch(inside):
            module, part = found[1], _PARTS[found[2]]
            update = self._updates.get(_layer(module)) or self._new_update(module, found[2].startswith("lora_emb"))
            self._updates[_layer(module)] = replace(update, parts=update.parts | {part: name})
        elif copied := _COPY.search(inside):
            plain = inside[: copied.start()] + "." + inside[copied.end() :]
            if not any(prefix + plain in self._adapter for prefix in (WRAPPER, "")):
                raise self._unfit(name)
        else:
            plain = canonical(_BASE_LAYER.sub(".", inside))
            if plain not in self._base and not plain.startswith((_POOLER, *self._heads)):
                raise self._unfit(name)
            self._replaced[plain] = name

    def _new_update(self, module: str, embedding: bool) -> Update:
        return Update(module, self._file, self._adapter, *scale(self._config, module), embedding=embedding)

    def _number_rows(self) -> None:
        """Gives each update of single rows the numbers of these rows, and checks that there is one for each."""
        updates = {layer: update for layer, update in self._updates.items() if "rows" in update.parts}
        for name, rows in self._config.tokens.items():
            layer = next((layer for layer, update in updates.items() if f".{update.module}".endswith(f".{name}")), None)
            if layer is None:
                raise CheckpointError(
                    f"{self._file}: no rows for trainable_token_indices of {name}. Received: {len(self._adapter)} "
                    "tensors; copy both files again"
                )
            self._updates[layer] = replace(updates.pop(layer), rows=rows)
        for update in updates.values():
            raise self._unfit(update.parts["rows"])

    def _check_all(self) -> None:
        if self._model_class == "ForMaskedLM" and (WORDS in self._replaced or _layer(WORDS) in self._updates):
            raise CheckpointError(
                f"{self._file}: the head of a masked language model has the token embeddings of the base, and this "
                f"adapter changes them. Received: tensors for {_layer(WORDS)}; adapters of other modules can be loaded"
            )
        for layer, update in self._updates.items():
            self._check_update(layer, update)
        absent = sorted(set(self._wanted()) - self._updates.keys())
        if absent:
            raise CheckpointError(
                f"{self._file}: {len(absent)} modules that target_modules of {self._config.path.name} names have no "
                f"tensors, first {absent[0]}. Received: {len(self._adapter)} tensors; is the base the model that the "
                "adapter was trained over, and the file whole?"
            )

    def _check_update(self, layer: str, update: Update) -> None:
        parts = update.parts.keys()
        if f"{layer}.weight" not in self._stored or (
            parts != {"rows"} and not is_target(self._config, update.module, self._model_class)
        ):
            raise self._unfit(next(iter(update.parts.values())))
        needed = {"rows"} if parts == {"rows"} else {"down", "up"}
        if needed != {"rows"}:
            needed |= {"lengths"} if self._config.dora else set()
            needed |= {"bias"} if self._config.bias and not update.embedding else set()
        if parts != needed:
            received = ", ".join(sorted(name.removeprefix(WRAPPER) for name in update.parts.values()))
            raise CheckpointError(
                f"{self._file}: the tensors of a module do not fit the settings of {self._config.path.name}. Received: "
                f"{received}; copy both files again"
            )

    def _wanted(self) -> Iterator[str]:
        """Yields the layers that the settings name, of those that the model has."""
        named = stored if self._has_prefix() else original
        parts = ("embeddings", "encoder", *(("pooler",) if self._has_pooler() else ()))
        for name in self._stored:
            layer, _, part = name.rpartition(".")
            if part != "weight" or "LayerNorm" in layer or not layer.startswith(parts):
                continue
            if is_target(self._config, named(layer, self._model_type), self._model_class):
                yield layer

    def _has_pooler(self) -> bool:
        """Returns whether transformers' model has a dense layer between the encoder and the head."""
        plain = self._model_class == "Model" and self._model_type == "bert"
        return plain or self._model_class == "ForSequenceClassification"

    def _has_prefix(self) -> bool:
        """Returns whether the adapter names the encoder as transformers does in models with a head."""
        prefix = stored("embeddings.", self._model_type).removesuffix("embeddings.")
        return any(name.removeprefix(WRAPPER).startswith(prefix) for name in self._adapter)

    def _unfit(self, name: str) -> CheckpointError:
        return CheckpointError(
            f"{self._file}: a tensor fits no module of the base or none that {self._config.path.name} names. Received: "
            f"{name}; is the base the model that the adapter was trained over? Name another with --base (base=)"
        )


def _layer(module: str) -> str:
    """Returns BERT's name of a module."""
    return canonical(f"{module.removesuffix('.weight')}.weight").removesuffix(".weight")
