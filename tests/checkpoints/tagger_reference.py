"""Makes tests/checkpoints/tagger_reference.npz: small random token classifiers and their logits in PyTorch.

Made by `.venv-peers/bin/python tests/checkpoints/tagger_reference.py tests/checkpoints/tagger_reference.npz`. The file
is built like that of `pytorch_reference.py`.
"""

import sys
from typing import Any

import numpy as np
from pytorch_family_reference import BERT, DISTILBERT, ELECTRA
from pytorch_reference import INSIDE, variant

TAGS = {0: "O", 1: "B-PER", 2: "I-PER", 3: "B-LOC", 4: "I-LOC"}
NAMED = {"id2label": TAGS, "label2id": {name: place for place, name in TAGS.items()}}
VARIANTS: dict[str, dict[str, Any]] = {
    "bert": BERT | NAMED | {"architecture": "BertForTokenClassification", "classifier_dropout": 0.3},
    "distilbert": DISTILBERT | NAMED | {"architecture": "DistilBertForTokenClassification"},
    "electra": ELECTRA | NAMED | {"architecture": "ElectraForTokenClassification", "hidden_act": "gelu_new"},
}
KEPT = ("output/logits",)
LOOKED_INTO = {"bert": tuple(f"output/{part}" for part in INSIDE)}


def main() -> None:
    """Writes the file that the command line names."""
    arrays: dict[str, np.ndarray] = {}
    for seed, (name, settings) in enumerate(VARIANTS.items()):
        arrays |= {
            f"{name}/{part}": value
            for part, value in variant(settings, seed).items()
            if part in KEPT + LOOKED_INTO.get(name, ()) or not part.startswith("output/")
        }
    np.savez_compressed(sys.argv[1], allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
