"""Writes a model as a Hugging Face folder that transformers loads."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.files import write_json
from bert_keras.checkpoints.hugging_face.families import Family, family_of
from bert_keras.checkpoints.hugging_face.head import CLASSIFIER, ENCODER, MASKED_LM, PRE_TRAINING, PROBLEM_TYPES, TOKENS
from bert_keras.checkpoints.hugging_face.save_tokenizer import write_tokenizer
from bert_keras.checkpoints.hugging_face.tensor_names import stored
from bert_keras.checkpoints.safetensors_files import SINGLE_FILE, write_safetensors
from bert_keras.checkpoints.sentence_transformers.save import write_modules
from bert_keras.checkpoints.weights import places
from bert_keras.errors import InputError
from bert_keras.files.atomic import replaced_folder
from bert_keras.text import KerasHubTokenizer

_log = logging.getLogger(__name__)


def save_hugging_face(task: Any, folder: str | Path) -> Path:
    """Writes config.json, model.safetensors and the files of the tokenizer.

    The tokenizer is a vocab.txt and a tokenizer_config.json; with added tokens, or rules that are not those of the BERT
    release, also a tokenizer.json. transformers 4.57 and 5 read them with equal ids. `model_max_length` is the
    preprocessor's. The temperature of a calibrated classifier is folded into the weights of its head, so that the
    probabilities are the same; thresholds by label have no place there, and are left out with a warning.

    Args:
        task: A `TextClassifier`, which becomes a `BertForSequenceClassification`, a `SpanExtractor`, which becomes a
            `BertForQuestionAnswering`, a `TokenClassifier`, which becomes a `BertForTokenClassification`, a `MaskedLM`,
            which becomes a `BertForMaskedLM` or, with a next-sentence head, a `BertForPreTraining`, or a `TextEncoder`,
            which becomes a `BertModel` within a folder of sentence-transformers; of DistilBERT or ELECTRA the classes
            of these. Adapters must be merged: save the model with `save_to_preset` and load that.
        folder: The folder to write to; replaced if it exists.

    Returns:
        The folder.

    Raises:
        InputError: The model has adapters, or no preprocessor, or transformers has no model that computes the same.
    """
    if task.adapter_base is not None:
        raise InputError("the model has adapters beside its weights; save_to_preset it, and load what was saved")
    if task.preprocessor is None:
        raise InputError("a Hugging Face folder holds a vocabulary, and the model has no preprocessor with a tokenizer")
    if isinstance(task.preprocessor.tokenizer, KerasHubTokenizer):
        raise InputError(
            "the tokenizer is KerasHub's, which transformers cannot express; save_to_preset the model, or export it"
        )
    if task.architecture == CLASSIFIER and task.pooling != "cls":
        raise InputError(
            "transformers' classifiers read [CLS], and this one reads the mean of all tokens; save_to_preset it, or "
            f"export it. Received: pooling {task.pooling!r}"
        )
    family = _family(task.backbone)
    if task.architecture == PRE_TRAINING and (family.model_type != "bert" or task.pairs != "next_sentence"):
        raise InputError(
            f"transformers has no {family.title} with a head of {task.pairs.replace('_', ' ')}; take it off "
            "(models.with_pairs(model, None)), or save_to_preset the model"
        )
    if getattr(task, "thresholds", None) is not None:
        _log.warning("%s: transformers predicts labels from 0.5, and the model's own thresholds are left out", folder)
    tensors, config = _tensors(task, family), _config(task, family)
    with replaced_folder(folder) as aside:
        write_safetensors(tensors, aside / SINGLE_FILE, metadata={"format": "pt"})
        write_json(aside / "config.json", config)
        write_tokenizer(task.preprocessor.tokenizer, task.preprocessor.max_length, family, aside)
        if task.architecture == ENCODER:
            write_modules(task, aside)
    return Path(folder)


def _family(backbone: Any) -> Family:
    family = family_of(backbone)
    if family is None:
        names = ("num_segments", "embedding_dim", "pooler_activation", "layer_norm_epsilon")
        raise InputError(
            "transformers has no model type with the settings of this backbone; save_to_preset it. Received: "
            + ", ".join(f"{name} {getattr(backbone, name)!r}" for name in names)
        )
    return family


def _tensors(task: Any, family: Family) -> dict[str, np.ndarray]:
    encoder = (place for place in places(task.backbone) if task.reads_pooler or not place.name.startswith("pooler."))
    tensors = {stored(place.name, family.model_type): place.read() for place in encoder}
    # transformers knows no temperature: logits that are divided by it give the same probabilities.
    calibration = getattr(task, "calibration", None)
    temperature = np.float32(1 if calibration is None else calibration.temperature)
    # Of all model types alike, though ELECTRA's classifiers of texts have another name for it.
    of_tokens = task.architecture == TOKENS
    tensors |= {
        place.name if of_tokens else stored(place.name, family.model_type): place.read() / temperature
        for place in task.head_places()
    }
    if task.architecture in (MASKED_LM, PRE_TRAINING) and not task.tied and family.model_type == "bert":
        # What transformers adds is the decoder's own bias, unless it is tied to the other.
        tensors["cls.predictions.decoder.bias"] = tensors["cls.predictions.bias"].copy()
    return tensors


def _config(task: Any, family: Family) -> dict[str, Any]:
    backbone = task.backbone
    config = {theirs: getattr(backbone, ours) for ours, (theirs, _) in family.settings.items()}
    if "embedding_dim" in family.settings:
        config[family.settings["embedding_dim"][0]] = backbone.embedding_dim or backbone.hidden_dim
    config |= {"model_type": family.model_type, "pad_token_id": task.preprocessor.tokenizer.token_to_id("[PAD]")}
    config["architectures"] = [family.title + task.architecture]
    if task.architecture in (MASKED_LM, PRE_TRAINING):
        return config | {"tie_word_embeddings": task.tied}
    if task.architecture == TOKENS:
        return config | _of_outputs(task.tags, task.dropout, family)
    return config | (_of_classifier(task, family) if task.architecture == CLASSIFIER else {})


def _of_outputs(names: Sequence[str], dropout: float, family: Family) -> dict[str, Any]:
    """Returns the settings in config.json of a head whose outputs have names."""
    of_places = dict(enumerate(names))
    label2id = {name: place for place, name in of_places.items()}
    return {family.head_dropout: dropout, "id2label": of_places, "label2id": label2id}


def _of_classifier(classifier: Any, family: Family) -> dict[str, Any]:
    """Returns the settings of a classifier's head in config.json."""
    # Regression gets transformers' default label, because transformers counts the outputs by their labels.
    names = _of_outputs(classifier.labels or ("LABEL_0",), classifier.dropout, family)
    return names | {"problem_type": PROBLEM_TYPES[classifier.task]}
