"""Writes adapters of this project as PEFT reads them."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints import bundled
from bert_keras.checkpoints.adapters.own import ADAPTER_CONFIG_FILE, Adapter, read_adapter
from bert_keras.checkpoints.adapters.peft_config import PEFT_CONFIG_FILE, PEFT_WEIGHTS_FILE
from bert_keras.checkpoints.adapters.peft_tensors import WRAPPER
from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import read_json, write_json
from bert_keras.checkpoints.hugging_face.families import FAMILIES
from bert_keras.checkpoints.hugging_face.folder import read_hugging_face
from bert_keras.checkpoints.hugging_face.tensor_names import PREFIXES, stored
from bert_keras.checkpoints.locate import kind, locate
from bert_keras.checkpoints.preset_names import HUGGING_FACE
from bert_keras.checkpoints.safetensors_files import write_safetensors
from bert_keras.errors import CheckpointError, InputError
from bert_keras.files.atomic import replaced_folder

# The names that Hugging Face has for the dense layers of an encoder layer.
_LAYERS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attention_output": "attention.output.dense",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
}
_UNWRITTEN = {
    "TextEncoder": "a text encoder",
    "TokenClassifier": "a token classifier",
    "MaskedLM": "a masked language model",
}


def save_peft(adapters: Any, folder: str | Path, base: str | Path | None = None) -> Path:
    """Writes adapter_config.json and adapter_model.safetensors, which PEFT loads over the base.

    Args:
        adapters: A `TextClassifier` or a `SpanExtractor` with adapters (`adapt`), or the folder of such adapters: what
            `save_to_preset` wrote of one, or a run of `--adapt lora`, in the half precision that it is kept in.
        folder: The folder to write to; replaced if it exists.
        base: The model that the adapters were trained over, as PEFT is to name it: a Hugging Face folder, whose weights
            are compared, or a name on the hub, which is believed. `None` means the one that they name.

    Returns:
        The folder. It holds no names of labels, as no adapter of PEFT does. PEFT is to load it with as many labels as
        the head has: `AutoPeftModelForSequenceClassification.from_pretrained(folder, num_labels=3)`; a reader with
        `AutoPeftModel`, since PEFT's own class for question answering hides the segments from the model.

    Raises:
        InputError: The model has no adapters, is no text classifier and no reader, or reads the mean of all tokens; or
            `None` is given and what they name is no Hugging Face model.
        CheckpointError: The base has other weights than those that the adapters were trained over.
        PresetError: There is no such folder.
    """
    adapter = _adapter_of(adapters)
    if adapter.task in _UNWRITTEN:
        raise InputError(
            "adapters of text classifiers and readers are written for PEFT, and these are of "
            f"{_UNWRITTEN[adapter.task]}; keep them as save_to_preset writes them, or save the whole model. Received: "
            f"{adapter.task}"
        )
    if adapter.settings.get("pooling", "cls") != "cls":
        raise InputError(
            "PEFT's classifiers read [CLS], and this one reads the mean of all tokens; keep the adapters as "
            f"save_to_preset writes them. Received: pooling {adapter.settings['pooling']!r}"
        )
    name, model_type = _base_of(adapter, base)
    config = _config(adapter, name, model_type)
    tensors = {WRAPPER + key: np.ascontiguousarray(value) for key, value in _tensors(adapter, model_type)}
    with replaced_folder(folder) as aside:
        write_safetensors(tensors, aside / PEFT_WEIGHTS_FILE, metadata={"format": "pt"})
        write_json(aside / PEFT_CONFIG_FILE, config)
    return Path(folder)


def _adapter_of(adapters: Any) -> Adapter:
    if isinstance(adapters, str | Path):
        found = locate(adapters)
        if not (found / ADAPTER_CONFIG_FILE).exists():
            raise InputError(
                f"{found}: no adapters of this project; name a run of --adapt lora. Received: {kind(found)}"
            )
        return read_adapter(found)
    if adapters.adapter_base is None:
        raise InputError(
            "the model has no adapters beside its weights: those that it was loaded with are merged into these. Name "
            "their folder instead, save_peft(FOLDER, NEW)"
        )
    adapter: Adapter = adapters.adapter()
    return adapter


def _base_of(adapter: Adapter, given: str | Path | None) -> tuple[str, str]:
    """Returns the name of the base for PEFT and its model type, after comparing its weights if it is a folder."""
    name = str(adapter.base if given is None else given)
    if name == bundled.DEFAULT_PRESET:
        return bundled.HUB_NAME, "bert"
    if Path(name).is_dir():
        found = locate(name)
        if kind(found) == "hugging_face":
            checkpoint = read_hugging_face(found)
            if _fingerprint(checkpoint) != adapter.base_weights:
                raise CheckpointError(
                    f"{found}: not the model that the adapters were trained over, its encoder has other weights. "
                    f"Received: base {name}; they name {adapter.base}"
                )
            return str(found), _model_type(found)
    elif given is not None or name.startswith(HUGGING_FACE):
        return name.removeprefix(HUGGING_FACE), _model_type_of_base(adapter)
    raise InputError(
        f"{name}: PEFT loads adapters over a Hugging Face model, and this is none. Save it as one, with "
        "bert_keras.checkpoints.save_hugging_face of a model that is loaded from it, and name that folder: "
        "save_peft(…, base=FOLDER)"
    )


def _model_type_of_base(adapter: Adapter) -> str:
    is_there = Path(adapter.base).is_dir() or adapter.base.startswith(HUGGING_FACE)
    folder = locate(adapter.base) if is_there else None
    return _model_type(folder) if folder is not None and kind(folder) == "hugging_face" else "bert"


def _model_type(folder: Path) -> str:
    return str(read_json(folder / "config.json").get("model_type", "bert"))


def _fingerprint(checkpoint: Checkpoint) -> str:
    """Returns what `encoder_fingerprint` returns of the encoder of a checkpoint, without building it."""
    digest = hashlib.blake2b(digest_size=16)
    for name in _encoder_names(checkpoint):
        if name in checkpoint.tensors:
            digest.update(name.encode() + np.ascontiguousarray(checkpoint.tensors[name], np.float32).tobytes())
    return digest.hexdigest()


def _encoder_names(checkpoint: Checkpoint) -> Iterator[str]:
    """Yields the names of an encoder's tensors, and of some that not all have, in the order of `weights.places`."""
    yield from (f"embeddings.{part}_embeddings.weight" for part in ("word", "position", "token_type"))
    norm = ("LayerNorm.weight", "LayerNorm.bias")
    yield from (f"embeddings.{part}" for part in norm)
    yield from ("embeddings_project.weight", "embeddings_project.bias")  # of ELECTRA
    for layer in (f"encoder.layer.{number}" for number in range(checkpoint.config["num_layers"])):
        for part, name in _LAYERS.items():
            yield from (f"{layer}.{name}.{weight}" for weight in ("weight", "bias"))
            if part in ("attention_output", "output"):
                yield from (f"{layer}.{name.removesuffix('dense')}{weight}" for weight in norm)


def _tensors(adapter: Adapter, model_type: str) -> Iterator[tuple[str, np.ndarray]]:
    """Yields PEFT's names and the tensors, float32 `[outputs, inputs]`."""
    heads = {"head": _head(adapter), "pooler": "pooler.dense"}
    for name in adapter.tensors:
        layer, _, part = name.rpartition(".")
        value = np.asarray(adapter.tensors[name], np.float32)
        if layer in heads:
            yield f"{stored(heads[layer], model_type)}.{'weight' if part == 'kernel' else part}", value.T
        else:
            _, number, dense = layer.split(".")
            module = stored(f"encoder.layer.{number}.{_LAYERS[dense]}", model_type)
            yield f"{module}.{'lora_A' if part == 'down' else 'lora_B'}.weight", value.T


def _head(adapter: Adapter) -> str:
    return "classifier" if adapter.task == "TextClassifier" else "qa_outputs"


def _config(adapter: Adapter, base: str, model_type: str) -> dict[str, Any]:
    prefix = PREFIXES[model_type]
    layers = (stored(f"encoder.layer.0.{name}", model_type) for name in _LAYERS.values())
    trained = [name for name in ("head", "pooler") if f"{name}.kernel" in adapter.tensors]
    modules = (stored({"head": _head(adapter), "pooler": "pooler.dense"}[name], model_type) for name in trained)
    config: dict[str, Any] = {
        "peft_type": "LORA",
        "base_model_name_or_path": base,
        "inference_mode": True,
        "r": adapter.rank,
        "lora_alpha": int(adapter.alpha) if adapter.alpha.is_integer() else adapter.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": sorted({name.split(".0.", 1)[1] for name in layers}),
        "modules_to_save": list(dict.fromkeys(name.removeprefix(prefix).split(".")[0] for name in modules)),
        "task_type": "SEQ_CLS",
    }
    if adapter.task != "TextClassifier":
        # Without a task type PEFT hands all inputs on; its class for QUESTION_ANS leaves the segments out.
        config["task_type"] = None
        config["auto_mapping"] = {
            "base_model_class": f"{FAMILIES[model_type].title}ForQuestionAnswering",
            "parent_library": f"transformers.models.{model_type}.modeling_{model_type}",
        }
    return config
