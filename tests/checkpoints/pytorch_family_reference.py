"""Makes tests/checkpoints/pytorch_family_reference.npz: small random models of BERT's family, and of its other heads.

Made by `.venv-peers/bin/python tests/checkpoints/pytorch_family_reference.py
tests/checkpoints/pytorch_family_reference.npz`. The file is built like that of `pytorch_reference.py`.
"""

import sys
from typing import Any

import numpy as np
from pytorch_reference import INSIDE, LABELS, variant

BERT: dict[str, Any] = {
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 24,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
}
DISTILBERT: dict[str, Any] = {
    "vocab_size": 40,
    "dim": 16,
    "n_layers": 2,
    "n_heads": 2,
    "hidden_dim": 24,
    "max_position_embeddings": 32,
    "initializer_range": 0.3,
}
ELECTRA = BERT | {"embedding_size": 8}
CLASSIFIER = {"id2label": LABELS, "label2id": {name: place for place, name in LABELS.items()}}
VARIANTS: dict[str, dict[str, Any]] = {
    "distilbert_classifier": DISTILBERT
    | CLASSIFIER
    | {"architecture": "DistilBertForSequenceClassification", "seq_classif_dropout": 0.3},
    "distilbert_reader": DISTILBERT | {"architecture": "DistilBertForQuestionAnswering", "activation": "relu"},
    "distilbert_masked_lm": DISTILBERT | {"architecture": "DistilBertForMaskedLM", "activation": "relu"},
    "electra_classifier": ELECTRA
    | CLASSIFIER
    | {"architecture": "ElectraForSequenceClassification", "layer_norm_eps": 1e-5, "type_vocab_size": 3},
    "electra_reader": ELECTRA | {"architecture": "ElectraForQuestionAnswering", "embedding_size": 16},
    "electra_masked_lm": ELECTRA | {"architecture": "ElectraForMaskedLM", "hidden_act": "relu"},
    "bert_masked_lm": BERT
    | {"architecture": "BertForMaskedLM", "tie_word_embeddings": False, "hidden_act": "silu", "layer_norm_eps": 1e-5},
    "bert_pre_training": BERT | {"architecture": "BertForPreTraining", "hidden_act": "gelu_new"},
}
# Of the others the file keeps what comes out alone.
LOOKED_INTO = ("distilbert_classifier", "electra_classifier", "bert_masked_lm")


def main() -> None:
    """Writes the file that the command line names."""
    arrays: dict[str, np.ndarray] = {}
    for seed, (name, settings) in enumerate(VARIANTS.items()):
        left_out = () if name in LOOKED_INTO else tuple(f"output/{part}" for part in INSIDE)
        arrays |= {f"{name}/{part}": value for part, value in variant(settings, seed).items() if part not in left_out}
    np.savez_compressed(sys.argv[1], allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
