"""Reads folders of sentence-transformers: modules.json, the encoder, the pooling and what follows it, the prompts."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.hugging_face.folder import read_hugging_face
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles
from bert_keras.errors import CheckpointError

MODULES_FILE = "modules.json"
"""The file that lists the modules of a model of sentence-transformers."""
SETTINGS_FILE = "config_sentence_transformers.json"
"""The file with the prompts, the kind of model and the activation of a cross-encoder."""
ENCODER_FILE = "sentence_bert_config.json"
"""The file beside the encoder with the maximum length of its rows."""
POOLING_FOLDER = "1_Pooling"
"""The folder of the pooling's settings."""
POOLINGS = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")
"""The ways of pooling, in the order in which vectors are joined where an old file names several."""
OLD_POOLINGS = (
    "pooling_mode_cls_token",
    "pooling_mode_max_tokens",
    "pooling_mode_mean_tokens",
    "pooling_mode_mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens",
    "pooling_mode_lasttoken",
)
"""The settings of old files, one for each way of pooling."""
ACTIVATIONS = {"Identity": "linear", "Tanh": "tanh", "ReLU": "relu", "GELU": "gelu", "Sigmoid": "sigmoid"}
"""The Keras names of the activations, by their class names in torch.nn."""
_VECTOR = "sentence_embedding"


@dataclass(frozen=True)
class VectorDense:
    """A dense layer on vectors.

    Attributes:
        kernel: The kernel, `[outputs, inputs]` float32.
        bias: The bias, `[outputs]` float32; zero if the layer has none.
        activation: The activation, by its Keras name.
    """

    kernel: np.ndarray
    bias: np.ndarray
    activation: str


@dataclass(frozen=True)
class SentenceModel:
    """The contents of a folder of sentence-transformers.

    Attributes:
        checkpoint: The encoder and the tokenizer; its `max_length` is that of the folder.
        pooling: The ways of pooling, of `POOLINGS`; the vectors of several are joined.
        include_prompt: Whether the tokens of a prompt are pooled, too.
        after: What follows the pooling, in order: dense layers, and "normalize" for a division by the vector's length.
        prompts: The texts that precede an input, by name.
        default_prompt: The name of the prompt for inputs without one; `None` means none.
    """

    checkpoint: Checkpoint
    pooling: tuple[str, ...]
    include_prompt: bool
    after: tuple[VectorDense | str, ...]
    prompts: dict[str, str]
    default_prompt: str | None


def is_sentence_model(folder: Path) -> bool:
    """Returns whether a folder has any file that only `SentenceTransformer.save_pretrained` writes."""
    return any((folder / name).exists() for name in (MODULES_FILE, POOLING_FOLDER, ENCODER_FILE))


def read_sentence_model(folder: Path) -> SentenceModel:
    """Reads a folder that `SentenceTransformer.save_pretrained` wrote.

    Args:
        folder: The folder.

    Returns:
        The model.

    Raises:
        PresetError: A file is missing.
        CheckpointError: A file is broken, or a module or a setting is not supported.
        VocabularyError: The vocabulary cannot be read.
    """
    if not (folder / MODULES_FILE).exists():
        raise missing(folder, f"{MODULES_FILE} of a model of sentence-transformers")
    (first, encoder), *others = _modules(folder)
    if first != "Transformer" or not others or others[0][0] != "Pooling":
        raise CheckpointError(
            f"{folder / MODULES_FILE}: the modules must begin with a Transformer and a Pooling. "
            f"Received: {', '.join([first, *(name for name, _ in others)])}"
        )
    pooling, include_prompt = _pooling(others[0][1] / "config.json")
    prompts, default_prompt = _prompts(folder)
    after = [_after(name, path) for name, path in others[1:] if name != "Dropout"]  # which is for training alone
    return SentenceModel(_encoder(encoder), pooling, include_prompt, tuple(after), prompts, default_prompt)


def is_mean_pooled(folder: Path) -> bool:
    """Returns whether a folder is a sentence encoder of sentence-transformers that takes the mean of its tokens.

    Args:
        folder: The folder of any preset.
    """
    if not (folder / MODULES_FILE).exists():
        return False
    try:
        named = dict(_modules(folder))
        return "Pooling" in named and _pooling(named["Pooling"] / "config.json")[0] == ("mean",)
    except CheckpointError:  # whoever loads it as a sentence encoder is told
        return False


def _modules(folder: Path) -> list[tuple[str, Path]]:
    """Returns the class name and the folder of each module."""
    path = folder / MODULES_FILE
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        # Only the last part of a path counts, so that the list cannot name files outside of the folder.
        found = [(str(entry["type"]), folder / Path(str(entry.get("path", ""))).name) for entry in listed]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{path}: no list of modules of sentence-transformers ({error})") from error
    for name, _ in found:
        if not name.startswith("sentence_transformers."):
            raise CheckpointError(f"{path}: a module of code of its own is not supported. Received: {name}")
    if not found:
        raise CheckpointError(f"{path}: no modules. Received: an empty list")
    return [(name.rpartition(".")[2], path) for name, path in found]


def _encoder(folder: Path) -> Checkpoint:
    settings = _optional(folder / ENCODER_FILE)
    task = settings.get("transformer_task", "feature-extraction")
    output = settings.get("module_output_name", "token_embeddings")
    if task != "feature-extraction" or output != "token_embeddings":
        raise CheckpointError(
            f"{folder / 'sentence_bert_config.json'}: the encoder must give token embeddings. "
            f"Received: transformer_task {task!r}, module_output_name {output!r}"
        )
    checkpoint = read_hugging_face(folder)
    if settings.get("do_lower_case") and not checkpoint.tokenizer.get("lowercase"):
        raise CheckpointError(
            f"{folder / 'sentence_bert_config.json'}: do_lower_case before a tokenizer that keeps case is not "
            "supported. Received: true"
        )
    limits = settings.get("max_seq_length"), _optional(folder / "tokenizer_config.json").get("model_max_length")
    limit = next((limit for limit in limits if type(limit) is int), None)
    return replace(checkpoint, max_length=limit)


def _pooling(path: Path) -> tuple[tuple[str, ...], bool]:
    raw = read_json(path)
    modes = raw.get("pooling_mode")
    if modes is None:
        modes = [ours for ours, old in zip(POOLINGS, OLD_POOLINGS, strict=True) if raw.get(old)]
    modes = (modes,) if isinstance(modes, str) else modes
    if not isinstance(modes, list | tuple) or not modes or any(mode not in POOLINGS for mode in modes):
        raise CheckpointError(f"{path}: pooling_mode must be of {', '.join(POOLINGS)}. Received: {modes!r}")
    return tuple(modes), raw.get("include_prompt", True) is not False


def _after(name: str, folder: Path) -> VectorDense | str:
    raw = _optional(folder / "config.json")
    ends = {raw.get(end, _VECTOR) for end in ("module_input_name", "module_output_name")}
    if name not in ("Normalize", "Dense") or ends != {_VECTOR} or raw.get("use_residual"):
        what = name if name not in ("Normalize", "Dense") else f"{name} on {', '.join(sorted(map(str, ends)))}"
        raise CheckpointError(
            f"{folder}: after the pooling there may be Dense (without a residual) and Normalize on the sentence's "
            f"vector alone. Received: {what}"
        )
    return "normalize" if name == "Normalize" else _dense(raw, folder)


def _dense(raw: dict[str, Any], folder: Path) -> VectorDense:
    named = str(raw.get("activation_function", "torch.nn.modules.activation.Tanh"))
    activation = ACTIVATIONS.get(named.rpartition(".")[2])
    if activation is None or not named.startswith("torch.nn."):
        raise CheckpointError(
            f"{folder / 'config.json'}: activation_function must be one of {', '.join(ACTIVATIONS)} of torch.nn. "
            f"Received: {named}"
        )
    tensors = SafetensorsFiles(folder)
    if "linear.weight" not in tensors:
        raise CheckpointError(f"{folder}: there is no tensor linear.weight. Received: {', '.join(tensors)}")
    kernel = tensors["linear.weight"]
    bias = tensors["linear.bias"] if "linear.bias" in tensors else np.zeros(len(kernel), np.float32)
    return VectorDense(kernel, bias, activation)


def _prompts(folder: Path) -> tuple[dict[str, str], str | None]:
    path = folder / SETTINGS_FILE
    raw = _optional(path)
    prompts, default = raw.get("prompts") or {}, raw.get("default_prompt_name")
    if not isinstance(prompts, dict) or not all(isinstance(text, str) for text in prompts.values()):
        raise CheckpointError(f"{path}: prompts must be texts by name. Received: {prompts!r:.80}")
    if default is not None and default not in prompts:
        raise CheckpointError(f"{path}: default_prompt_name must be one of {list(prompts)}. Received: {default!r}")
    return prompts, default


def _optional(path: Path) -> dict[str, Any]:
    return read_json(path) if path.exists() else {}
