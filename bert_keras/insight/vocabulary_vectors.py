"""Input embeddings as points: those of the vocabulary, of positions and of segments."""

import re
import unicodedata
from collections.abc import Sequence

import keras
import numpy as np

from bert_keras.errors import InputError
from bert_keras.insight.embedding_set import Column, EmbeddingSet
from bert_keras.models import BertBackbone, BertTask
from bert_keras.text import SPECIAL_TOKENS

_GROUP = "vocabulary"
_UNUSED = re.compile(r"\[unused\d+\]")
_SEGMENTS = ("A", "B")


def vocabulary_vectors(model: BertTask) -> EmbeddingSet:
    """Returns the token embeddings of a model.

    Args:
        model: A task with a preprocessor, whose tokenizer names the tokens.

    Returns:
        A point for each token, coloured by its kind: word, piece of a word, number, sign, special, added or unused.

    Raises:
        InputError: The model has no preprocessor.
    """
    if model.preprocessor is None:
        raise InputError("the model has no preprocessor, and nothing else says what its tokens are")
    tokenizer = model.preprocessor.tokenizer
    tokens, added = tokenizer.get_vocabulary(), {token.content for token in tokenizer.added_tokens}
    vectors = _array(model.backbone.token_embedding.embeddings)[: len(tokens)]
    columns: dict[str, Column] = {
        "token": tokens,
        "kind": ["added" if token in added else token_kind(token, tokenizer.prefix) for token in tokens],
        "id": [float(place) for place in range(len(tokens))],
        "characters": [float(len(token.removeprefix(tokenizer.prefix))) for token in tokens],
    }
    return EmbeddingSet("tokens", vectors, columns, "kind", group=_GROUP)


def input_vectors(model: BertTask) -> EmbeddingSet:
    """Returns the position and segment embeddings of a model, which are in the same space as token embeddings.

    Args:
        model: The task.

    Returns:
        A point for each position, coloured by its number, and a point for each segment, if there are any.
    """
    backbone: BertBackbone = model.backbone
    positions, segment_embedding = _array(backbone.position_embedding.position_embeddings), backbone.segment_embedding
    segments = positions[:0] if segment_embedding is None else _array(segment_embedding.embeddings)
    named = [f"segment {_segment_name(place)}" for place in range(len(segments))]
    columns: dict[str, Column] = {
        "embedding": [f"position {place}" for place in range(len(positions))] + named,
        "kind": ["position"] * len(positions) + ["segment"] * len(segments),
        "position": [float(place) for place in range(len(positions))] + [0.0] * len(segments),
    }
    name = "positions and segments" if len(segments) else "positions"
    return EmbeddingSet(name, np.concatenate([positions, segments]), columns, "position", group=_GROUP)


def token_kind(token: str, prefix: str = "##") -> str:
    """Returns the kind of a token.

    Args:
        token: The token as written in the vocabulary.
        prefix: The mark of tokens that continue a word.

    Returns:
        "special", "unused", "piece" (of a word, with the prefix), "number", "sign" or "word".
    """
    if token in SPECIAL_TOKENS:
        return "special"
    if _UNUSED.fullmatch(token):
        return "unused"
    if prefix and token.startswith(prefix) and token != prefix:
        return "piece"
    if any(unicodedata.category(sign)[0] == "L" for sign in token):
        return "word"
    return "number" if any(unicodedata.category(sign)[0] == "N" for sign in token) else "sign"


def _segment_name(place: int) -> str:
    return _SEGMENTS[place] if place < len(_SEGMENTS) else str(place)


def _array(weights: keras.Variable | Sequence[float]) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(weights), np.float32)
