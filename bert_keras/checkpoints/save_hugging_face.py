"""Writes a model as a Hugging Face folder that transformers loads."""

import json
from pathlib import Path
from typing import Any

from safetensors.numpy import save_file

from bert_keras.atomic import replaced_folder
from bert_keras.checkpoints.hugging_face import CLASSIFIER_ARCHITECTURE, PROBLEM_TYPES, SETTINGS
from bert_keras.checkpoints.safetensors_files import SINGLE_FILE
from bert_keras.checkpoints.weights import dense, places


def save_hugging_face(classifier: Any, folder: str | Path) -> Path:
    """Writes config.json, model.safetensors, vocab.txt and tokenizer_config.json.

    Args:
        classifier: A `TextClassifier`, which becomes a `BertForSequenceClassification`.
        folder: Where to; replaced if it is there.

    Returns:
        The folder.
    """
    backbone, tokenizer = classifier.backbone, classifier.preprocessor.tokenizer
    tensors = {f"bert.{place.name}": place.read() for place in places(backbone)}
    tensors |= {place.name: place.read() for place in dense("classifier", classifier.output_dense, backbone.hidden_dim)}
    # A single number goes by the name that transformers itself would give it: it counts the outputs by their names.
    names = dict(enumerate(classifier.labels or ("LABEL_0",)))
    config = {theirs: getattr(backbone, ours) for ours, (theirs, _) in SETTINGS.items()}
    config |= {
        "architectures": [CLASSIFIER_ARCHITECTURE],
        "model_type": "bert",
        "pad_token_id": tokenizer.token_to_id("[PAD]"),
        "classifier_dropout": classifier.dropout,
        "id2label": names,
        "label2id": {name: place for place, name in names.items()},
        "problem_type": PROBLEM_TYPES[classifier.task],
    }
    tokenizer_config = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": tokenizer.lowercase,
        "strip_accents": tokenizer.strip_accents,
        "model_max_length": backbone.max_sequence_length,
    }
    with replaced_folder(folder) as aside:
        save_file(tensors, aside / SINGLE_FILE, metadata={"format": "pt"})
        tokenizer.save_assets(str(aside))
        (aside / "vocabulary.txt").rename(aside / "vocab.txt")
        for name, content in (("config.json", config), ("tokenizer_config.json", tokenizer_config)):
            (aside / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return Path(folder)
