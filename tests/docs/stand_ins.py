"""Tiny models of random weights, which stand for the default weights and for the reader on pages that train."""

import re
from collections.abc import Iterable
from pathlib import Path

import keras
from safetensors.numpy import load_file, save_file
from sentence_folders import as_sentence_model

from bert_keras import BertBackbone, BertTokenizer, SpanExtractor, TextClassifier, checkpoints
from bert_keras.models import SpanExtractorPreprocessor, TextClassifierPreprocessor
from bert_keras.text import SPECIAL_TOKENS

_SIZES = {"num_layers": 2, "num_heads": 2, "hidden_dim": 16, "intermediate_dim": 32}


def write_encoder(folder: Path, texts: Iterable[str]) -> Path:
    """Writes a folder of sentence-transformers with an encoder of 512 positions.

    Args:
        folder: Where to.
        texts: Those whose words are its vocabulary; other words are spelt.

    Returns:
        The folder.
    """
    tokenizer = BertTokenizer(_vocabulary(texts), lowercase=True)
    classifier = TextClassifier(_backbone(tokenizer), ["a", "b"], TextClassifierPreprocessor(tokenizer, 512))
    checkpoints.save_hugging_face(classifier, folder)
    path = folder / "model.safetensors"
    save_file({name: tensor for name, tensor in load_file(path).items() if "classifier" not in name}, path)
    return as_sentence_model(folder)


def write_reader(folder: Path, texts: Iterable[str]) -> Path:
    """Writes a preset that answers questions; see `write_encoder`."""
    tokenizer = BertTokenizer(_vocabulary(texts), lowercase=True)
    preprocessor = SpanExtractorPreprocessor(tokenizer)
    SpanExtractor(_backbone(tokenizer), preprocessor, null_threshold=0.0).save_to_preset(str(folder))
    return folder


def _backbone(tokenizer: BertTokenizer) -> BertBackbone:
    keras.utils.set_random_seed(0)
    return BertBackbone(vocabulary_size=tokenizer.vocabulary_size(), max_sequence_length=512, **_SIZES)


def _vocabulary(texts: Iterable[str]) -> list[str]:
    words = sorted({word for text in texts for word in re.findall(r"\w+|[^\w\s]", text.lower())})
    letters = sorted(set("".join(words)))
    return list(dict.fromkeys([*SPECIAL_TOKENS, *words, *letters, *(f"##{letter}" for letter in letters)]))
