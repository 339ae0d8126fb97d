"""The names of tensors: BERT's own stand for those of all model types that share its encoder."""

import re
from typing import Final

PREFIXES: Final = {"bert": "bert.", "distilbert": "distilbert.", "electra": "electra."}
"""The prefix of the encoder's tensors in a model with a head, by model type."""
# The layer norm weights of files that were converted from TensorFlow before 2019.
_OLD_NAMES = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}
_LAYER = re.compile(r"\.layer\.(\d+)\.")
# Ours, which are BERT's, and what another model type calls the same; N stands for the number of the layer.
_DISTILBERT = {
    "encoder.layer.N.attention.self.query": "transformer.layer.N.attention.q_lin",
    "encoder.layer.N.attention.self.key": "transformer.layer.N.attention.k_lin",
    "encoder.layer.N.attention.self.value": "transformer.layer.N.attention.v_lin",
    "encoder.layer.N.attention.output.dense": "transformer.layer.N.attention.out_lin",
    "encoder.layer.N.attention.output.LayerNorm": "transformer.layer.N.sa_layer_norm",
    "encoder.layer.N.intermediate.dense": "transformer.layer.N.ffn.lin1",
    "encoder.layer.N.output.dense": "transformer.layer.N.ffn.lin2",
    "encoder.layer.N.output.LayerNorm": "transformer.layer.N.output_layer_norm",
    "pooler.dense": "pre_classifier",
    "cls.predictions.transform.dense": "vocab_transform",
    "cls.predictions.transform.LayerNorm": "vocab_layer_norm",
    "cls.predictions.decoder.weight": "vocab_projector.weight",
    "cls.predictions.bias": "vocab_projector.bias",
}
_ELECTRA = {
    "pooler.dense": "classifier.dense",
    "classifier": "classifier.out_proj",
    "cls.predictions.transform.dense": "generator_predictions.dense",
    "cls.predictions.transform.LayerNorm": "generator_predictions.LayerNorm",
    "cls.predictions.decoder.weight": "generator_lm_head.weight",
    "cls.predictions.bias": "generator_lm_head.bias",
}
_BY_TYPE: Final[dict[str, dict[str, str]]] = {"bert": {}, "distilbert": _DISTILBERT, "electra": _ELECTRA}
_TO_OURS = {theirs: ours for names in _BY_TYPE.values() for ours, theirs in names.items()}
_OF_ENCODER = ("embeddings.", "embeddings_project.", "encoder.", "transformer.", "pooler.")


def canonical(name: str) -> str:
    """Returns BERT's name of a tensor of any model type, without the prefix of the encoder.

    Args:
        name: The name in the file, e.g. "distilbert.transformer.layer.3.attention.q_lin.weight".

    Returns:
        The name, e.g. "encoder.layer.3.attention.self.query.weight".
    """
    for prefix in PREFIXES.values():
        name = name.removeprefix(prefix)
    for old, new in _OLD_NAMES.items():
        name = name.replace(old, new)
    return _renamed(name, _TO_OURS)


def original(name: str, model_type: str) -> str:
    """Returns the name that a model type has for a tensor or a layer, without the prefix of the encoder.

    Args:
        name: BERT's name, e.g. "encoder.layer.3.attention.self.query.weight"; the parts behind the layer may be any.
        model_type: The `model_type` of config.json; of an unknown one the names are BERT's.

    Returns:
        The name, e.g. "transformer.layer.3.attention.q_lin.weight".
    """
    return _renamed(name, _BY_TYPE.get(model_type, {}))


def stored(name: str, model_type: str) -> str:
    """Returns the name of a tensor or a layer in a model with a head, as transformers and PEFT write it.

    Args:
        name: BERT's name, e.g. "encoder.layer.3.attention.self.query.weight".
        model_type: "bert", "distilbert" or "electra".

    Returns:
        The name, e.g. "distilbert.transformer.layer.3.attention.q_lin.weight".
    """
    theirs = original(name, model_type)
    return PREFIXES[model_type] + theirs if theirs.startswith(_OF_ENCODER) else theirs


def _renamed(name: str, names: dict[str, str]) -> str:
    layer = _LAYER.search(name)
    numbered = _LAYER.sub(".layer.N.", name, count=1)
    for old, new in names.items():
        if numbered == old or numbered.startswith(f"{old}."):
            renamed = new + numbered.removeprefix(old)
            return renamed.replace(".layer.N.", layer.group(), 1) if layer else renamed
    return name
