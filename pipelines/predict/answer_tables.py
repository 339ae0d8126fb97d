"""The answers of a model as Arrow tables, with the fields of the JSON lines that `predict` writes."""

import dataclasses
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, TypeAlias

import pyarrow as pa

from bert_keras.corpus import Predict
from bert_keras.errors import InputError
from bert_keras.models import (
    MaskFiller,
    SpanExtractor,
    TextClassifier,
    TextEncoder,
    TokenClassifier,
    load_text_encoder,
)
from bert_keras.models.classify_stream import Row
from bert_keras.serving import SavedClassifier, SavedEncoder, SavedExtractor, SavedTagger

from ..inputs.questions import Asked, answers_to
from .config import PredictConfig
from .lines import loaded_model
from .masks import TOP, masks_of

Kind: TypeAlias = Literal["labels", "answers", "vectors"]
_SPAN = {
    "text": pa.string(),
    "start": pa.int64(),
    "end": pa.int64(),
    "score": pa.float64(),
    "sentence_start": pa.int64(),
    "sentence_end": pa.int64(),
}
_ENTITY = pa.struct(
    {"text": pa.string(), "label": pa.string(), "start": pa.int64(), "end": pa.int64(), "score": pa.float64()}
)
_MASK = pa.struct({"start": pa.int64(), "tokens": pa.list_(pa.string()), "probabilities": pa.list_(pa.float64())})
_ANSWER = pa.schema(
    {
        "id": pa.string(),
        "question": pa.string(),
        "answer": pa.string(),
        **{name: _SPAN[name] for name in ("start", "end", "score")},
        "null_odds": pa.float64(),
        "n_best": pa.list_(pa.struct(_SPAN)),
        **{name: _SPAN[name] for name in ("sentence_start", "sentence_end")},
        "sentence": pa.string(),
    }
)


def predictor(config: PredictConfig, kind: Kind, pairs: bool, model: str) -> Predict:
    """Loads a model.

    Args:
        config: The options.
        kind: What the model gives.
        pairs: Whether the rows are pairs of texts, which a table without rows has to know.
        model: Its name or folder, instead of the one in the options.

    Returns:
        A function from rows to a table of answers: texts or pairs to labels, entities, masks or vectors, `Asked` to
        answers.

    Raises:
        BertKerasError: The model cannot be loaded, or an option is none of its.
    """
    config = dataclasses.replace(config, model=model)
    if kind == "vectors":
        encoder = SavedEncoder.find(model) or load_text_encoder(model, dtype="float32")
        return partial(_vectors, encoder, config.token_budget)
    loaded = loaded_model(config)
    if isinstance(loaded, SpanExtractor | SavedExtractor):
        return partial(_answers, loaded, config.token_budget)
    if isinstance(loaded, TokenClassifier | SavedTagger):
        return partial(_entities, loaded, config.token_budget)
    if isinstance(loaded, MaskFiller):
        loaded.fill_texts([], config.top or TOP)  # which refuses a number that every row would fail of
        return partial(_masks, loaded, config)
    return partial(_labels, loaded, config.token_budget, pairs)


def _labels(model: TextClassifier | SavedClassifier, token_budget: int, pairs: bool, rows: Sequence[Row]) -> pa.Table:
    answers = model.classify(list(rows), token_budget) if rows else []
    columns = {name: pa.array([getattr(answer, name) for answer in answers], of) for name, of in _types(model).items()}
    return pa.table(_texts(rows, pairs) | columns)


def _types(model: TextClassifier | SavedClassifier) -> dict[str, pa.DataType]:
    if model.task == "regression":
        return {"score": pa.float64()}
    probabilities = pa.struct([(label, pa.float64()) for label in model.labels])
    if model.task == "multi_label":
        return {"labels": pa.list_(pa.string()), "probabilities": probabilities}
    return {"label": pa.string(), "probability": pa.float64(), "probabilities": probabilities}


def _entities(model: TokenClassifier | SavedTagger, token_budget: int, rows: Sequence[Row]) -> pa.Table:
    texts = _singles(rows)
    found = model.tag(texts, token_budget) if texts else []
    entities = [[dataclasses.asdict(entity) for entity in of] for of in found]
    return pa.table(_texts(texts) | {"entities": pa.array(entities, pa.list_(_ENTITY))})


def _masks(model: MaskFiller, config: PredictConfig, rows: Sequence[Row]) -> pa.Table:
    texts = _singles(rows)
    try:
        masks = masks_of(config, model, texts)
    except InputError as error:  # a text without a mask is a row that fails, and not the end of all
        raise ValueError(error) from error
    return pa.table(_texts(texts) | {"masks": pa.array(masks, pa.list_(_MASK))})


def _singles(rows: Sequence[Row]) -> list[str]:
    texts = [row for row in rows if isinstance(row, str)]
    if len(texts) < len(rows):
        raise InputError("the model reads single texts; leave --pair_column out. Received: pairs of texts")
    return texts


def _answers(model: SpanExtractor | SavedExtractor, token_budget: int, asked: Sequence[Asked]) -> pa.Table:
    return pa.Table.from_pylist(list(answers_to(model, asked, token_budget)) if asked else [], _ANSWER)


def _vectors(model: TextEncoder | SavedEncoder, token_budget: int, texts: Sequence[str]) -> pa.Table:
    vectors = model.encode(list(texts), token_budget=token_budget)
    flat = pa.array(vectors.ravel(), pa.float32())
    return pa.table(_texts(texts) | {"vector": pa.FixedSizeListArray.from_arrays(flat, model.dimension)})


def _texts(rows: Sequence[Row], pairs: bool = False) -> dict[str, pa.Array]:
    columns: dict[str, Any] = {"text": rows}
    if pairs:
        columns = {name: [row[place] for row in rows] for place, name in enumerate(("text", "pair"))}
    return {name: pa.array(values, pa.string()) for name, values in columns.items()}
