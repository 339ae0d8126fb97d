"""The settings of the encoder in config.json."""

from pathlib import Path
from typing import Any

from bert_keras.errors import CheckpointError

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
        check_setting(name, raw.get(name, default), default, path)
    return {ours: raw.get(theirs, default) for ours, (theirs, default) in SETTINGS.items()}


def check_setting(name: str, value: Any, default: Any, path: Path) -> None:
    """Checks that a setting has the kind of its default: a name, a number from 0 to 1, or otherwise a size."""
    if isinstance(default, str):
        fits, kind = isinstance(value, str), "a name"
    elif isinstance(default, float):
        fits, kind = type(value) in (int, float) and 0 <= value <= 1, "a number from 0 to 1"
    else:
        fits, kind = type(value) is int and value > 0, "a whole number above 0"
    if not fits:
        raise CheckpointError(f"{path}: {name} must be {kind}. Received: {value!r}")
