"""The modules that a PEFT adapter changes, by the rules of PEFT 0.21.

The rules are those of `check_target_module_exists` and `get_pattern_key`. A regular expression of a list of names may
match the end of a module's name from a dot on, one of `target_modules` must match all of it.
"""

import re
from collections.abc import Mapping
from typing import TypeVar

from bert_keras.checkpoints.adapters.peft_config import PeftConfig
from bert_keras.errors import CheckpointError

_ALL_LINEAR = "all-linear"
_HEADS = ("classifier", "score")  # which all-linear leaves out of a classifier
Value = TypeVar("Value", int, float)


def is_target(config: PeftConfig, module: str, model_class: str | None) -> bool:
    """Returns whether an adapter has an update of a module.

    Args:
        config: The settings of the adapter.
        module: The name of a dense layer or an embedding in transformers' model.
        model_class: The end of that model's class name.

    Returns:
        Whether PEFT gives the module an update.

    Raises:
        CheckpointError: A regular expression is not valid.
    """
    if _matches_excluded(config, module):
        return False
    if isinstance(config.targets, str):
        if config.targets.lower() == _ALL_LINEAR:
            head = model_class == "ForSequenceClassification" and module.split(".")[0] in _HEADS
            return not module.endswith("_embeddings") and not head
        return _match(config, config.targets, module, full=True)
    # A whole name counts whatever its layer, as in PEFT.
    return module in config.targets or (_ends_with_any(module, config.targets) and _is_in_layers(config, module))


def scale(config: PeftConfig, module: str) -> tuple[int, float]:
    """Returns the rank and the scale of the update of a module.

    Args:
        config: The settings of the adapter.
        module: The name of the module in transformers' model.

    Returns:
        The rank, and the factor of the product of the two matrices.

    Raises:
        CheckpointError: A regular expression is not valid.
    """
    rank = _of_pattern(config, config.rank_pattern, module, config.rank)
    alpha = _of_pattern(config, config.alpha_pattern, module, config.alpha)
    return rank, alpha / (rank**0.5 if config.rank_stabilized else rank)


def _matches_excluded(config: PeftConfig, module: str) -> bool:
    if isinstance(config.excluded, str) and config.excluded:
        excluded = _match(config, config.excluded, module, full=True)
    else:
        excluded = _ends_with_any(module, config.excluded)
    return excluded or any(_match(config, rf"(^|.*\.){name}($|\..*)", module) for name in config.saved)


def _ends_with_any(module: str, names: str | tuple[str, ...]) -> bool:
    return any(module == name or module.endswith(f".{name}") for name in names)


def _is_in_layers(config: PeftConfig, module: str) -> bool:
    if config.layers is None:
        return True
    patterns = [rf"(?:^|.*?\.){name}\.(\d+)\." for name in config.layers_pattern] or [r".*?\.[^.]*\.(\d+)\."]
    for pattern in patterns:
        if found := _search(config, pattern, module):
            return int(found[1]) in config.layers
    return False


def _of_pattern(config: PeftConfig, values: Mapping[str, Value], module: str, usual: Value) -> Value:
    # The first pattern that matches counts, as in PEFT.
    return next(
        (value for name, value in values.items() if _match(config, rf"(.*\.)?({name})$", module)),
        usual,
    )


def _match(config: PeftConfig, pattern: str, module: str, full: bool = False) -> bool:
    return _search(config, pattern, module, full) is not None


def _search(config: PeftConfig, pattern: str, module: str, full: bool = False) -> re.Match[str] | None:
    try:
        return re.fullmatch(pattern, module) if full else re.match(pattern, module)
    except re.error as error:
        raise CheckpointError(
            f"{config.path}: no valid regular expression ({error}). Received: {pattern!r:.80}"
        ) from error
