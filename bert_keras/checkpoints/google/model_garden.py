"""Checkpoints of TF Model Garden (tf-models-official), object-based, beside a bert_config.json or params.yaml."""

import re
from pathlib import Path
from typing import Any

import yaml

from bert_keras.checkpoints.google.tensors import VALUE
from bert_keras.errors import CheckpointError

PARAMS_FILE = "params.yaml"
"""The configuration that Model Garden's training writes."""
# The two encoders: BertEncoder numbers its layers, BertEncoderV2 names them.
_POSITIONS = re.compile(r"(.+)/(layer_with_weights-1|_position_embedding_layer)/embeddings")
_NUMBERED_BEFORE = 4
_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": ("layer_with_weights-0", "_embedding_layer", "embeddings"),
    "embeddings.position_embeddings.weight": ("layer_with_weights-1", "_position_embedding_layer", "embeddings"),
    "embeddings.token_type_embeddings.weight": ("layer_with_weights-2", "_type_embedding_layer", "embeddings"),
    "embeddings.LayerNorm.weight": ("layer_with_weights-3", "_embedding_norm_layer", "gamma"),
    "embeddings.LayerNorm.bias": ("layer_with_weights-3", "_embedding_norm_layer", "beta"),
}
_LAYER = {
    "attention.self.query": "_attention_layer/_query_dense",
    "attention.self.key": "_attention_layer/_key_dense",
    "attention.self.value": "_attention_layer/_value_dense",
    "attention.output.dense": "_attention_layer/_output_dense",
    "attention.output.LayerNorm": "_attention_layer_norm",
    "intermediate.dense": "_intermediate_dense",
    "output.dense": "_output_dense",
    "output.LayerNorm": "_output_layer_norm",
}
# Model Garden's names of the settings in Google's bert_config.json.
_SETTINGS = {
    "vocab_size": "vocab_size",
    "hidden_size": "hidden_size",
    "num_hidden_layers": "num_layers",
    "num_attention_heads": "num_attention_heads",
    "hidden_act": "hidden_activation",
    "intermediate_size": "intermediate_size",
    "hidden_dropout_prob": "dropout_rate",
    "attention_probs_dropout_prob": "attention_dropout_rate",
    "max_position_embeddings": "max_position_embeddings",
    "type_vocab_size": "type_vocab_size",
    "initializer_range": "initializer_range",
}


def is_model_garden(stored: list[str]) -> bool:
    """Returns whether a checkpoint is object-based."""
    return any(name.endswith(VALUE) for name in stored)


def model_garden_names(stored: list[str]) -> dict[str, str]:
    """Returns the names of the variables by Hugging Face's names, without those of the optimizer.

    Args:
        stored: The names in the checkpoint, e.g. "encoder/_transformer_layers/0/_output_dense/kernel" with the end that
            all variables of such a checkpoint have.

    Returns:
        The names; empty if there is no encoder. The dense layer of a classification head is the pooler, and replaces
        that of the encoder, which such a head does not use.
    """
    known = {name.removesuffix(VALUE) for name in stored if name.endswith(VALUE) and "OPTIMIZER_SLOT" not in name}
    anchors = [found for name in sorted(known) if (found := _POSITIONS.fullmatch(name))]
    if not anchors:
        return {}
    prefix, named = anchors[0][1], anchors[0][2].startswith("_")
    names = {ours: f"{prefix}/{of[named]}/{of[2]}" for ours, of in _EMBEDDINGS.items()}
    if names["embeddings.word_embeddings.weight"] not in known:
        names["embeddings.word_embeddings.weight"] = "masked_lm/embedding_table"
    # A masked language model's head is left out: the checkpoint does not say its activation.
    names |= _layer_names(prefix, named, known) | _head_names(prefix, known)
    return {ours: theirs + VALUE for ours, theirs in names.items() if theirs in known}


def _layer_names(prefix: str, named: bool, known: set[str]) -> dict[str, str]:
    start = f"{prefix}/_transformer_layers/" if named else f"{prefix}/layer_with_weights-"
    first, number, names = (0 if named else _NUMBERED_BEFORE), 0, dict[str, str]()
    while any(name.startswith(f"{start}{first + number}/_attention_layer/") for name in known):
        for ours, theirs in _LAYER.items():
            ends = ("gamma", "beta") if ours.endswith("LayerNorm") else ("kernel", "bias")
            for end, part in zip(ends, ("weight", "bias"), strict=True):
                names[f"encoder.layer.{number}.{ours}.{part}"] = f"{start}{first + number}/{theirs}/{end}"
        number += 1
    pooler = f"{prefix}/_pooler_layer" if named else f"{start}{first + number}"
    return names | _dense("pooler.dense", pooler)


def _head_names(prefix: str, known: set[str]) -> dict[str, str]:
    """Returns the names of a classifier's or a span extractor's head."""
    beside = sorted(name for name in known if not name.startswith(f"{prefix}/") and name.endswith("/kernel"))
    outputs = [name for name in beside if name.endswith("/out_proj/kernel") and "/classification_heads/" not in name]
    spans = [name for name in beside if name.endswith("/layer_with_weights-1/layer_with_weights-0/kernel")]
    if len(outputs) == 1:
        head = outputs[0].removesuffix("/out_proj/kernel")
        inner = [
            name for name in beside if name in (f"{head}/dense/kernel", "sentence_prediction..pooler_dense/kernel")
        ]
        names = _dense("classifier", f"{head}/out_proj")
        return names | (_dense("pooler.dense", inner[0].removesuffix("/kernel")) if inner else {})
    return _dense("qa_outputs", spans[0].removesuffix("/kernel")) if len(spans) == 1 else {}


def _dense(ours: str, theirs: str) -> dict[str, str]:
    return {f"{ours}.weight": f"{theirs}/kernel", f"{ours}.bias": f"{theirs}/bias"}


def read_params(path: Path) -> dict[str, Any]:
    """Reads the settings of the encoder from params.yaml.

    Args:
        path: The file.

    Returns:
        The settings, by the names of bert_config.json.

    Raises:
        CheckpointError: The file is no YAML, or says no BERT.
    """
    try:
        params = yaml.safe_load(path.read_text(encoding="utf-8"))
        encoder = params["task"]["model"]["encoder"]
        kind = encoder.get("type", "bert")
        settings = encoder["bert"] if kind == "bert" else None
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"{path}: no task.model.encoder of TF Model Garden can be read ({reason})") from error
    if not isinstance(settings, dict):
        raise CheckpointError(f"{path}: the encoder's type must be bert. Received: {kind!r}")
    hidden, width = settings.get("hidden_size"), settings.get("embedding_size")
    if settings.get("norm_first") or width not in (None, hidden):
        raise CheckpointError(
            f"{path}: norm_first must be false and embedding_size that of hidden_size, {hidden}, as in BERT. "
            f"Received: {settings.get('norm_first')!r} and {width!r}"
        )
    return {ours: settings[theirs] for ours, theirs in _SETTINGS.items() if theirs in settings}
