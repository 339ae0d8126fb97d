"""The settings of a PEFT adapter, adapter_config.json; what is not computed here as PEFT does is refused by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bert_keras.checkpoints.files import read_json
from bert_keras.errors import CheckpointError

PEFT_CONFIG_FILE = "adapter_config.json"
"""The file of a PEFT adapter that names its base and holds its settings."""
PEFT_WEIGHTS_FILE = "adapter_model.safetensors"
"""The file of a PEFT adapter that holds what was trained."""
# Kinds that PEFT merges into the weights, after which the model is like any other.
_MERGED = ("ADALORA", "BOFT", "IA3", "LOHA", "LOKR", "OFT", "VERA")
# Settings without an influence on what a finished adapter computes: of training, of the first values, or said again by
# the tensors. fan_in_fan_out counts for Conv1D alone, which no BERT has.
_WITHOUT_INFLUENCE = {
    "auto_mapping",
    "bias",
    "corda_config",
    "ensure_weight_tying",
    "eva_config",
    "fan_in_fan_out",
    "inference_mode",
    "loftq_config",
    "lora_dropout",
    "lora_ga_config",
    "megatron_core",
    "peft_type",
    "peft_version",
    "qalora_group_size",
    "revision",
    "runtime_config",
    "task_type",
}
_READ = {
    "alpha_pattern",
    "base_model_name_or_path",
    "exclude_modules",
    "init_lora_weights",
    "layers_pattern",
    "layers_to_transform",
    "lora_alpha",
    "lora_bias",
    "modules_to_save",
    "r",
    "rank_pattern",
    "target_modules",
    "trainable_token_indices",
    "use_dora",
    "use_rslora",
}
# The first values that leave the weights of the base as they are; the others subtract something from them at loading.
_FIRST_VALUES = (True, False, "gaussian", "eva", "orthogonal", "mica")
# The ends of transformers' class names, by task type.
_CLASSES = {
    "SEQ_CLS": "ForSequenceClassification",
    "QUESTION_ANS": "ForQuestionAnswering",
    "TOKEN_CLS": "ForTokenClassification",
    "FEATURE_EXTRACTION": "Model",
}


@dataclass(frozen=True)
class PeftConfig:
    """The settings of a LoRA adapter that determine what it computes.

    Attributes:
        path: The file, for error messages.
        base: The name of the model that the adapter was trained over; `None` if none is named.
        revision: The revision of that model on the hub; `None` means the newest.
        task_type: The task type of PEFT; `None` if none is named.
        model_class: The end of the class name of transformers that the adapter was trained in, e.g.
            "ForSequenceClassification"; `None` if the file does not say.
        rank: The rank of the update of a module that no pattern names.
        alpha: The scale of such an update, times the rank.
        rank_pattern: The ranks of other modules, by regular expressions.
        alpha_pattern: The alphas of other modules, by regular expressions.
        rank_stabilized: Whether alpha is divided by the root of the rank, not by the rank (Kalajdzievski 2023).
        dora: Whether the rows of each changed kernel have learned lengths (Liu et al. 2024).
        bias: Whether updates have a bias.
        targets: The modules that have updates: names, or a regular expression.
        excluded: The modules among these that have none.
        layers: The numbers of the layers with updates; `None` means all.
        layers_pattern: The names of the lists of layers that these numbers count in.
        saved: The modules that were trained themselves.
        tokens: The rows of embeddings that were trained themselves, by the name of the embedding.
    """

    path: Path
    base: str | None
    revision: str | None
    task_type: str | None
    model_class: str | None
    rank: int
    alpha: float
    rank_pattern: dict[str, int]
    alpha_pattern: dict[str, float]
    rank_stabilized: bool
    dora: bool
    bias: bool
    targets: tuple[str, ...] | str
    excluded: tuple[str, ...] | str
    layers: tuple[int, ...] | None
    layers_pattern: tuple[str, ...]
    saved: tuple[str, ...]
    tokens: dict[str, tuple[int, ...]]


def read_peft_config(folder: Path) -> PeftConfig:
    """Reads the settings of an adapter.

    Args:
        folder: The folder with `adapter_config.json`.

    Returns:
        The settings.

    Raises:
        CheckpointError: The file is broken, or the adapter is of a kind that is not computed here exactly.
    """
    path = folder / PEFT_CONFIG_FILE
    raw = read_json(path)
    _check_kind(raw, path)
    take = _Values(raw, path)
    return PeftConfig(
        path=path,
        base=take("base_model_name_or_path", "a name or null", _or_none(str), None) or None,
        revision=take("revision", "a name or null", _or_none(str), None),
        task_type=raw.get("task_type"),
        model_class=_model_class(raw, path),
        rank=take("r", "a whole number above 0", _is_count, 8),
        alpha=take("lora_alpha", "a number", _is_number, 8),
        rank_pattern=take("rank_pattern", "an object of whole numbers above 0", _object_of(_is_count), {}) or {},
        alpha_pattern=take("alpha_pattern", "an object of numbers", _object_of(_is_number), {}) or {},
        rank_stabilized=take("use_rslora", "true or false", _is_flag, False),
        dora=take("use_dora", "true or false", _is_flag, False),
        bias=take("lora_bias", "true or false", _is_flag, False),
        targets=_names(take("target_modules", "names or a regular expression", _are_names, None)),
        excluded=_names(take("exclude_modules", "names or a regular expression", _or_none(_are_names), None)),
        layers=_layers(take("layers_to_transform", "whole numbers", _or_none(_are_layers), None)),
        layers_pattern=_listed(take("layers_pattern", "names", _or_none(_are_names), None)),
        saved=_listed(take("modules_to_save", "names", _or_none(_are_names), None)),
        tokens=_tokens(take("trainable_token_indices", "token ids", _or_none(_are_tokens), None)),
    )


def _check_kind(raw: dict[str, Any], path: Path) -> None:
    kind = raw.get("peft_type")
    if kind != "LORA":
        advice = f"; {_merged(raw)}" if kind in _MERGED else ""
        raise CheckpointError(
            f"{path}: peft_type must be LORA, the kind that is computed here exactly. Received: {kind!r:.60}{advice}"
        )
    for name in sorted(raw.keys() - _WITHOUT_INFLUENCE - _READ):
        if raw[name] not in (None, False) and raw[name] != {} and raw[name] != []:
            raise CheckpointError(
                f"{path}: {name} may change what the adapter computes, and is not computed here. Received: "
                f"{raw[name]!r:.60}; adapters without it can be loaded"
            )
    if isinstance(raw.get("target_modules"), str) and raw.get("layers_to_transform") is not None:
        raise CheckpointError(
            f"{path}: layers_to_transform needs a list of target_modules, as in PEFT. Received: "
            f"{raw['target_modules']!r:.60}"
        )
    first = raw.get("init_lora_weights", True)
    if (first.lower() if isinstance(first, str) else first) not in _FIRST_VALUES:
        raise CheckpointError(
            f"{path}: init_lora_weights changes the weights of the base when the adapter is loaded. Received: "
            f"{first!r:.60}; {_merged(raw)}"
        )


def _merged(raw: dict[str, Any]) -> str:
    """Returns what a user of PEFT does with an adapter that is refused here."""
    task_classes = {
        "SEQ_CLS": ("ForSequenceClassification", ", num_labels=N"),
        "QUESTION_ANS": ("ForQuestionAnswering", ""),
        "TOKEN_CLS": ("ForTokenClassification", ", num_labels=N"),
        "FEATURE_EXTRACTION": ("ForFeatureExtraction", ""),
    }
    end, labels = task_classes.get(str(raw.get("task_type")), ("", ""))
    return (
        f"merge it where you have PEFT, AutoPeftModel{end}.from_pretrained(FOLDER{labels}).merge_and_unload()"
        ".save_pretrained(NEW), copy the tokenizer of the base to NEW, and name NEW"
    )


def _model_class(raw: dict[str, Any], path: Path) -> str | None:
    kind, mapping = raw.get("task_type"), raw.get("auto_mapping")
    if kind is not None:
        if kind not in _CLASSES:
            raise CheckpointError(
                f"{path}: task_type must be one of {', '.join(_CLASSES)}, or null: other models are no encoders. "
                f"Received: {kind!r:.60}"
            )
        return _CLASSES[kind]
    named = str(mapping.get("base_model_class")) if isinstance(mapping, dict) else ""
    return next((end for end in (*_CLASSES.values(), "ForMaskedLM") if named.endswith(end)), None)


@dataclass(frozen=True)
class _Values:
    """The values of a configuration, taken one by one with a check of each."""

    raw: dict[str, Any]
    path: Path

    def __call__(self, name: str, kind: str, fits: Callable[[Any], bool], default: Any) -> Any:
        value = self.raw.get(name, default)
        if not fits(value):
            raise CheckpointError(f"{self.path}: {name} must be {kind}. Received: {value!r:.60}")
        return value


def _or_none(fits: Any) -> Callable[[Any], bool]:
    check = (lambda value: isinstance(value, fits)) if isinstance(fits, type) else fits
    return lambda value: value is None or check(value)


def _object_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or (isinstance(value, dict) and all(map(fits, value.values())))


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return type(value) is int and value > 0


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _are_names(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(name, str) for name in value))


def _are_layers(value: Any) -> bool:
    return type(value) is int or (isinstance(value, list) and all(type(number) is int for number in value))


def _are_tokens(value: Any) -> bool:
    lists = value.values() if isinstance(value, dict) else [value]
    return all(isinstance(ids, list) and all(type(row) is int and row >= 0 for row in ids) for ids in lists)


def _names(value: str | list[str] | None) -> tuple[str, ...] | str:
    return value if isinstance(value, str) else tuple(value or ())


def _listed(value: str | list[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _layers(value: int | list[int] | None) -> tuple[int, ...] | None:
    # An empty list means all, as in PEFT.
    return (value,) if isinstance(value, int) else tuple(value) if value else None


def _tokens(value: list[int] | dict[str, list[int]] | None) -> dict[str, tuple[int, ...]]:
    named = value if isinstance(value, dict) else {"word_embeddings": value or []}
    return {name: tuple(rows) for name, rows in named.items() if rows}
