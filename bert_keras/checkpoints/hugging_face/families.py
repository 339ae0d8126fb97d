"""The model types that `BertBackbone` computes exactly, and how their config.json names its arguments."""

from dataclasses import dataclass
from typing import Any

Settings = dict[str, tuple[str, Any]]


@dataclass(frozen=True)
class Family:
    """A model type.

    Attributes:
        model_type: The `model_type` of config.json.
        title: The beginning of its class names, e.g. "DistilBert" of `DistilBertForSequenceClassification`.
        settings: The arguments of `BertBackbone` that config.json says: its name of each, and the default of
            transformers (`None`: required).
        fixed: The arguments that are the same in all models of the type.
        aliases: Other names of settings, by the name in `settings`; where both are there, these count in transformers.
        head_dropout: The setting of the dropout rate before a classifier's last layer.
        usual_head_dropout: Its default; `None` means the dropout rate of hidden states.
    """

    model_type: str
    title: str
    settings: Settings
    fixed: dict[str, Any]
    aliases: dict[str, str]
    head_dropout: str
    usual_head_dropout: float | None


_BERT: Settings = {
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
_DISTILBERT: Settings = {
    "vocabulary_size": ("vocab_size", None),
    "num_layers": ("n_layers", None),
    "num_heads": ("n_heads", None),
    "hidden_dim": ("dim", None),
    "intermediate_dim": ("hidden_dim", None),
    "activation": ("activation", "gelu"),
    "dropout": ("dropout", 0.1),
    "attention_dropout": ("attention_dropout", 0.1),
    "max_sequence_length": ("max_position_embeddings", 512),
    "initializer_range": ("initializer_range", 0.02),
}
# The attribute_map of transformers' DistilBertConfig.
_ALIASES = {"dim": "hidden_size", "n_heads": "num_attention_heads", "n_layers": "num_hidden_layers"}

FAMILIES: dict[str, Family] = {
    family.model_type: family
    for family in (
        Family("bert", "Bert", _BERT, {"pooler_activation": "tanh"}, {}, "classifier_dropout", None),
        Family(
            "distilbert",
            "DistilBert",
            _DISTILBERT,
            {"num_segments": 0, "layer_norm_epsilon": 1e-12, "pooler_activation": "relu"},
            _ALIASES,
            "seq_classif_dropout",
            0.2,
        ),
        Family(
            "electra",
            "Electra",
            _BERT | {"embedding_dim": ("embedding_size", 128)},
            {"pooler_activation": "gelu"},
            {},
            "classifier_dropout",
            None,
        ),
    )
}
"""The families by `model_type`."""


def family_of(backbone: Any) -> Family | None:
    """Returns the family whose models compute what a backbone computes.

    Args:
        backbone: A `BertBackbone`.

    Returns:
        The family; `None` if transformers has no such model.
    """
    embedding_dim = getattr(backbone, "embedding_dim", None) or backbone.hidden_dim
    for family in FAMILIES.values():
        narrow = "embedding_dim" in family.settings or embedding_dim == backbone.hidden_dim
        segments = "num_segments" in family.fixed or backbone.num_segments > 0
        if narrow and segments and all(getattr(backbone, name) == value for name, value in family.fixed.items()):
            return family
    return None
