"""The settings of the encoder in config.json."""

from pathlib import Path
from typing import Any

from bert_keras.checkpoints.hugging_face.families import FAMILIES, Family
from bert_keras.errors import CheckpointError

# The settings of variants that are not supported, with the only accepted values.
_REFUSED = {
    "position_embedding_type": "absolute",
    "is_decoder": False,
    "add_cross_attention": False,
}
_RATE = 0.1  # a default of the kind that dropout rates are


def family_named(raw: dict[str, Any], path: Path) -> Family:
    """Returns the family that a configuration names; BERT if it names none, as the configuration of Google.

    Args:
        raw: The parsed configuration file.
        path: The path of the file, for error messages.

    Returns:
        The family.

    Raises:
        CheckpointError: The model type is another.
    """
    named = raw.get("model_type", "bert")
    if not isinstance(named, str) or named not in FAMILIES:
        known = ", ".join(FAMILIES)
        raise CheckpointError(
            f"{path}: model_type must be one of {known}: other models compute something else. Received: {named!r}"
        )
    return FAMILIES[named]


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
    family = family_named(raw, path)
    for name, ours in _REFUSED.items():
        if raw.get(name, ours) != ours:
            raise CheckpointError(f"{path}: {name} must be {ours!r} for a BERT encoder. Received: {raw[name]!r}")
    said = {}
    for ours, (name, default) in family.settings.items():
        said[ours] = raw.get(family.aliases.get(name, name), raw.get(name, default))
        check_setting(name, said[ours], default, path)
    return {"embedding_dim": None} | said | family.fixed


def head_dropout(raw: dict[str, Any], path: Path) -> float:
    """Returns the dropout rate before the last layer of a classifier.

    Args:
        raw: The parsed configuration file.
        path: The path of the file, for error messages.

    Returns:
        The rate; that of hidden states where the configuration says none.

    Raises:
        CheckpointError: It is not a number from 0 to 1.
    """
    family = family_named(raw, path)
    rate = raw.get(family.head_dropout, family.usual_head_dropout)
    if rate is None:
        return settings(raw, path)["dropout"]
    check_setting(family.head_dropout, rate, _RATE, path)
    return rate


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
