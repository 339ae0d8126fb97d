"""Reads adapters that PEFT wrote, with the model that they were trained over."""

import dataclasses
import functools
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bert_keras.checkpoints.adapters.peft_config import (
    PEFT_CONFIG_FILE,
    PEFT_WEIGHTS_FILE,
    PeftConfig,
    read_peft_config,
)
from bert_keras.checkpoints.adapters.peft_tensors import SEGMENTS, WORDS, WRAPPER, PeftTensors
from bert_keras.checkpoints.checkpoint import Checkpoint
from bert_keras.checkpoints.files import missing
from bert_keras.checkpoints.hugging_face.families import FAMILIES
from bert_keras.checkpoints.hugging_face.folder import read_hugging_face
from bert_keras.checkpoints.safetensors_files import SafetensorsFiles
from bert_keras.errors import CheckpointError

_log = logging.getLogger(__name__)
_PICKLED = "adapter_model.bin"
_TOKENIZER_FILES = ("vocab.txt", "tokenizer.json")
_CLASSIFIER = "classifier.weight"


def read_peft(folder: Path, base: Path) -> Checkpoint:
    """Reads a model with a PEFT adapter merged into its weights.

    Args:
        folder: The folder of the adapter.
        base: The Hugging Face folder of the model that it was trained over; `folder` itself if both are in one.

    Returns:
        The checkpoint. The head is the adapter's if it has one, else that of the base. An adapter holds no names of
        labels: they are those of the base's configuration if their number fits, else LABEL_0, LABEL_1 and so on. The
        tokenizer is the adapter's if it holds one.

    Raises:
        PresetError: A file is missing.
        CheckpointError: The files are broken or do not fit each other, or the adapter is of a kind that is not computed
            here exactly.
        VocabularyError: The vocabulary cannot be read.
    """
    config, tensors = read_peft_config(folder), _tensors(folder)
    if base == folder:
        _tell_of_adapter_beside(folder)

    def merged(raw: dict[str, Any], weights: Mapping[str, np.ndarray]) -> tuple[dict[str, Any], PeftTensors]:
        model_class = config.model_class or _class_of_base(raw, config, tensors)
        segments = len(weights[SEGMENTS]) if SEGMENTS in weights else 1
        one_segment = base != folder and config.task_type == "QUESTION_ANS" and segments > 1
        if one_segment:
            _tell_of_one_segment(config.path)
        model_type = str(raw.get("model_type", "bert"))
        adapted = PeftTensors(config, model_class, model_type, weights, tensors, one_segment)
        _check_head(config, model_class, adapted)
        return _adapted_config(raw, model_class, adapted), adapted

    with_tokenizer = any((folder / name).exists() for name in _TOKENIZER_FILES)
    checkpoint = read_hugging_face(base, merged, folder if with_tokenizer else base)
    return dataclasses.replace(checkpoint, folder=folder)


def _tensors(folder: Path) -> SafetensorsFiles:
    if not (folder / PEFT_WEIGHTS_FILE).exists():
        if (folder / _PICKLED).exists():
            raise CheckpointError(
                f"{folder / _PICKLED}: the adapter is pickled, and unpickling runs whatever code the file holds. "
                'Convert it where you trust it, in its folder: python -c "import torch, safetensors.torch as s; '
                f"s.save_file(torch.load('{_PICKLED}', weights_only=True), '{PEFT_WEIGHTS_FILE}')\""
            )
        raise missing(folder, PEFT_WEIGHTS_FILE)
    return SafetensorsFiles(folder, PEFT_WEIGHTS_FILE, named=str)


def _class_of_base(raw: dict[str, Any], config: PeftConfig, tensors: Mapping[str, np.ndarray]) -> str:
    """Returns the end of the class name of the model below an adapter that does not say which it was trained in."""
    heads = {name.removeprefix(WRAPPER).split(".")[0] for name in tensors}
    if "qa_outputs" in heads:
        return "ForQuestionAnswering"
    classes = raw.get("architectures")
    named = str(classes[0]) if isinstance(classes, list) and classes else ""
    ends = ["ForSequenceClassification", "ForTokenClassification"]
    ends += [] if "classifier" in heads else ["ForQuestionAnswering", "ForMaskedLM", "Model"]
    found = next((end for end in ends if named.endswith(end)), None)
    if found is None:
        raise CheckpointError(
            f"{config.path}: neither task_type nor auto_mapping says what the adapter was trained for, and its base is "
            f"{named or 'without architectures'}. Received: task_type null; set it to SEQ_CLS, QUESTION_ANS, TOKEN_CLS "
            "or FEATURE_EXTRACTION"
        )
    return found


@functools.cache  # said once for a folder, which programs read several times
def _tell_of_adapter_beside(folder: Path) -> None:
    _log.warning(
        "%s: the adapter in %s is applied to the model beside it, as transformers does when it loads this folder; move "
        "it away to load the model alone",
        folder,
        PEFT_CONFIG_FILE,
    )


@functools.cache
def _tell_of_one_segment(path: Path) -> None:
    # PeftModelForQuestionAnswering.forward of peft 0.21 takes token_type_ids and does not hand them on: training and
    # prediction see the first segment alone.
    _log.warning(
        "%s: PEFT hides the segments from a model of the task type QUESTION_ANS, in training too, so that question and "
        "context are one segment here as well; if the adapter was trained without PEFT's own model class (with "
        "add_adapter of transformers), set task_type to null in this file",
        path,
    )


def _check_head(config: PeftConfig, model_class: str, tensors: Mapping[str, np.ndarray]) -> None:
    needed = {
        "ForSequenceClassification": (_CLASSIFIER, "pooler.dense.weight"),
        "ForQuestionAnswering": ("qa_outputs.weight",),
        "ForTokenClassification": (_CLASSIFIER,),
    }
    absent = [name for name in needed.get(model_class, ()) if name not in tensors]
    if absent:
        raise CheckpointError(
            f"{config.path.parent}: neither the adapter nor its base has a tensor {absent[0]}, which PEFT gives "
            f"new random values at each loading. Received: {len(tensors)} tensors; name the model that the adapter was "
            "trained over with --base (base=)"
        )


def _adapted_config(raw: dict[str, Any], model_class: str, tensors: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Returns the configuration of the base, changed to what the adapter made of it."""
    changed = dict(raw)
    changed["architectures"] = [FAMILIES[str(raw.get("model_type", "bert"))].title + model_class]
    changed["vocab_size"] = len(tensors[WORDS]) if WORDS in tensors else raw.get("vocab_size")
    if model_class in ("ForSequenceClassification", "ForTokenClassification"):
        rows = len(tensors[_CLASSIFIER])
        names = raw.get("id2label")
        known = len(names) if isinstance(names, dict) else 2  # transformers' own number of labels
        if known != rows:  # the head is not the one that the configuration describes
            for name in ("id2label", "label2id", "problem_type"):
                changed.pop(name, None)
    return changed
