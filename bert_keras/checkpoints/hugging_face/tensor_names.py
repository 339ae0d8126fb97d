"""The names of tensors: those of BERT, without the prefix that models with a head have."""

from typing import Final

PREFIXES: Final = {"bert": "bert."}
"""The prefix of the encoder's tensors in a model with a head, by model type."""
# The layer norm weights of files that were converted from TensorFlow before 2019.
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
_OF_ENCODER = ("embeddings.", "encoder.", "pooler.")


def canonical(name: str) -> str:
    """Returns BERT's name of a tensor, without the prefix of the encoder.

    Args:
        name: The name in the file, e.g. "bert.encoder.layer.3.attention.self.query.weight".

    Returns:
        The name, e.g. "encoder.layer.3.attention.self.query.weight".
    """
    for prefix in PREFIXES.values():
        name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES.items():
        name = name.replace(old, new)
    return name


def original(name: str, model_type: str) -> str:
    """Returns the name that a model type has for a tensor or a layer, without the prefix of the encoder."""
    return name


def stored(name: str, model_type: str) -> str:
    """Returns the name of a tensor or a layer in a model with a head, as transformers and PEFT write it."""
    theirs = original(name, model_type)
    return PREFIXES[model_type] + theirs if theirs.startswith(_OF_ENCODER) else theirs
