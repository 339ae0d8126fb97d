"""Reads Hugging Face folders: config.json, safetensors, and vocab.txt or tokenizer.json."""

from pathlib import Path
from typing import Any

from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing, read_json
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles
from bert_keras.classification.task import TASKS, Task
from bert_keras.errors import CheckpointError
from bert_keras.text import read_vocabulary

CLASSIFIER_ARCHITECTURE, SPAN_ARCHITECTURE = "BertForSequenceClassification", "BertForQuestionAnswering"
"""The class names of transformers for the two tasks."""
SPAN_HEAD = "qa_outputs.weight"
"""The name of the kernel of a span extractor's head."""
PROBLEM_TYPES: dict[Task, str] = {task: task if task == "regression" else f"{task}_classification" for task in TASKS}
"""The `problem_type` of each task in config.json."""
SETTINGS: dict[str, tuple[str, Any]] = {
    "vocabulary_size": ("vocab_size", None),
    "num_layers": ("num_hidden_layers", None),
    "num_heads": ("num_attention_heads", None),
    "hidden_dim": ("hidden_size", None),
    "intermediate_dim": ("intermediate_size", None),
    "activation": ("hidden_act", "gelu"),
    "dropout": ("hidden_dropout_prob", 0.1),
    "attention_dropout": ("attention_probs_dropout_prob", 0.1),
    "max_sequence_length": ("max_position_embeddings", 512),
    "num_segments": ("type_vocab_size", 2),
    "layer_norm_epsilon": ("layer_norm_eps", 1e-12),
    "initializer_range": ("initializer_range", 0.02),
}
"""The arguments of `BertBackbone`: Hugging Face's name of each, and the default of transformers (`None`: required)."""
# The settings of BERT variants that are not supported, with the only accepted values.
_REFUSED = {
    "model_type": "bert",
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}


def read_hugging_face(folder: Path) -> Checkpoint:
    """Reads a folder that the `save_pretrained` of transformers wrote.

    Args:
        folder: The folder.

    Returns:
        The checkpoint, with labels if the model is a `BertForSequenceClassification`.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken, hold no BERT, or are inconsistent.
        VocabularyError: The vocabulary cannot be read.
    """
    raw = read_json(folder / "config.json")
    tensors = SafetensorsFiles(folder)
    config = settings(raw, folder / "config.json") | {"pooler": "pooler.dense.weight" in tensors}
    dropout = raw.get("classifier_dropout")
    if dropout is not None:
        _check_setting("classifier_dropout", dropout, 0.1, folder / "config.json")
    task, labels = _head(raw, tensors, folder)
    return Checkpoint(
        folder=folder,
        config=config,
        tokenizer=_tokenizer(folder),
        tensors=tensors,
        labels=labels,
        task=task,
        head_dropout=config["dropout"] if dropout is None else dropout,
    )


def settings(raw: dict[str, Any], path: Path) -> dict[str, Any]:
    """Translates a configuration of Hugging Face or Google to the arguments of `BertBackbone`.

    Args:
        raw: The parsed configuration file.
        path: The path of the file, for error messages.

    Returns:
        All arguments of `BertBackbone` that determine its outputs, except `pooler`.

    Raises:
        CheckpointError: A setting is missing, invalid, or not supported.
    """
    for name, ours in _REFUSED.items():
        if raw.get(name, ours) != ours:
            raise CheckpointError(f"{path}: {name} must be {ours!r} for a BERT encoder. Received: {raw[name]!r}")
    for name, default in SETTINGS.values():
        _check_setting(name, raw.get(name, default), default, path)
    return {ours: raw.get(theirs, default) for ours, (theirs, default) in SETTINGS.items()}


def is_cased(vocabulary: list[str]) -> bool:
    """Returns whether a vocabulary is cased.

    Args:
        vocabulary: The tokens, by id.

    Returns:
        Whether any token that does not start with `[` contains a capital letter from A to Z.
    """
    return any(any("A" <= c <= "Z" for c in token) for token in vocabulary if not token.startswith("["))


def _check_setting(name: str, value: Any, default: Any, path: Path) -> None:
    """Checks that a setting has the kind of its default: a name, a number from 0 to 1, or otherwise a size."""
    if isinstance(default, str):
        fits, kind = isinstance(value, str), "a name"
    elif isinstance(default, float):
        fits, kind = type(value) in (int, float) and 0 <= value <= 1, "a number from 0 to 1"
    else:
        fits, kind = type(value) is int and value > 0, "a whole number above 0"
    if not fits:
        raise CheckpointError(f"{path}: {name} must be {kind}. Received: {value!r}")


def _tokenizer(folder: Path) -> dict[str, Any]:
    plain, fast = folder / "vocab.txt", folder / "tokenizer.json"
    if not plain.exists() and not fast.exists():
        raise missing(folder, "vocab.txt or tokenizer.json")
    vocabulary = read_vocabulary(plain if plain.exists() else fast)
    normalizer = read_json(fast).get("normalizer") if fast.exists() else None
    normalizer = normalizer if isinstance(normalizer, dict) else {}
    config = read_json(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").exists() else {}
    lowercase = config.get("do_lower_case", normalizer.get("lowercase"))
    if not config.get("tokenize_chinese_chars", normalizer.get("handle_chinese_chars", True)):
        raise CheckpointError(
            f"{folder}: tokenize_chinese_chars false is not supported: ideographs are words of their own here"
        )
    return {
        "vocabulary": vocabulary,
        "lowercase": not is_cased(vocabulary) if lowercase is None else lowercase,
        "strip_accents": config.get("strip_accents", normalizer.get("strip_accents")),
    }


def _head(raw: dict[str, Any], tensors: SafetensorsFiles, folder: Path) -> tuple[Task, tuple[str, ...] | None]:
    """Returns the task and the labels of the head: no labels for regression, `None` if there is no classifier head."""
    named = str(raw.get("architectures"))
    for architecture, tensor in ((CLASSIFIER_ARCHITECTURE, "classifier.weight"), (SPAN_ARCHITECTURE, SPAN_HEAD)):
        if architecture in named and tensor not in tensors:
            raise CheckpointError(f"{folder}: config.json says {architecture}, but there is no tensor {tensor}")
    if CLASSIFIER_ARCHITECTURE not in named:
        return "single_label", None
    rows = len(tensors["classifier.weight"])
    task = _task(raw, rows, folder)
    return task, () if task == "regression" else _labels(raw, rows, folder)


def _task(raw: dict[str, Any], rows: int, folder: Path) -> Task:
    # Without a problem_type, transformers takes one output for regression, and several for a single label.
    problem = raw.get("problem_type") or ("regression" if rows == 1 else PROBLEM_TYPES["single_label"])
    task = next((task for task, name in PROBLEM_TYPES.items() if name == problem), None)
    fitting = {"single_label": rows > 1, "multi_label": rows > 0, "regression": rows == 1}
    if task is None or not fitting[task]:
        raise CheckpointError(
            f"{folder}: a head must choose one label among several, or any of its labels, or give a single number. "
            f"Received: problem_type {problem!r}, {rows} outputs"
        )
    return task


def _labels(raw: dict[str, Any], rows: int, folder: Path) -> tuple[str, ...]:
    names = raw.get("id2label") or {str(place): f"LABEL_{place}" for place in range(rows)}
    ids = sorted(str(place) for place in range(rows))
    if (
        not isinstance(names, dict)
        or sorted(names) != ids
        or len({name for name in names.values() if isinstance(name, str)}) != rows
    ):
        raise CheckpointError(
            f"{folder}: id2label does not fit the head, it must name each output. Received: labels {names}, {rows} "
            "outputs"
        )
    return tuple(names[str(place)] for place in range(rows))
