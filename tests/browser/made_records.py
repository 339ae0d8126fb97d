"""Makes records with known numbers, so that a test knows what a view must draw."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras.insight.record import Record

LAYERS, HEADS = 3, 4
STATISTICS = ("entropy", "distance", "cls", "sep", "previous", "next")
MODEL: dict[str, Any] = {
    "name": "made",
    "architecture": {
        "vocabulary_size": 100,
        "max_sequence_length": 512,
        "num_segments": 2,
        "num_layers": LAYERS,
        "num_heads": HEADS,
        "hidden_dim": 16,
        "intermediate_dim": 64,
        "pooler": True,
        "head": {"name": "classifier", "parameters": 34},
        "parameters": {
            "token_embedding": 1600,
            "position_embedding": 8192,
            "segment_embedding": 32,
            "embeddings_layer_norm": 32,
            "layer": {
                "query": 272,
                "key": 272,
                "value": 272,
                "attention_output": 272,
                "feed_forward_in": 1088,
                "feed_forward_out": 1040,
                "layer_norms": 64,
            },
            "pooler": 272,
            "head": 34,
            "total": 20002,
        },
    },
}


def text_of(pieces: str) -> str:
    """Returns the text of pieces that are separated by spaces."""
    return pieces.replace(" ##", "")


def tokens_of(first: str, second: str | None = None) -> dict[str, list[Any]]:
    """Returns the tokens of a row, with special ones, from pieces separated by spaces; "##" continues a word."""
    table: dict[str, list[Any]] = {name: [] for name in ("pieces", "texts", "starts", "ends", "words", "segments")}

    def put(*values: Any) -> None:
        for column, value in zip(table.values(), values, strict=True):
            column.append(value)

    put("[CLS]", -1, 0, 0, -1, 0)
    word = -1
    for number, pieces in enumerate([first] if second is None else [first, second]):
        at = 0
        for place, piece in enumerate(pieces.split(" ") if pieces else []):
            begins = not piece.startswith("##")
            word, at = word + begins, at + (begins and place > 0)
            put(piece, number, at, at := at + len(piece.removeprefix("##")), word, number)
        put("[SEP]", -1, 0, 0, -1, number)
    return table


def weights_of(
    tokens: int, strong: Mapping[tuple[int, int, int], tuple[int, float]], layers: int, heads: int
) -> np.ndarray:
    """Returns attention weights that are uniform except in some rows.

    Args:
        tokens: The number of tokens.
        strong: (layer, head, from) -> (to, weight); the other tokens share the rest of the row.
        layers: The number of layers.
        heads: The number of heads per layer.

    Returns:
        `[layers, heads, tokens, tokens]`.
    """
    weights = np.full((layers, heads, tokens, tokens), 1 / tokens)
    for (layer, head, begin), (end, weight) in strong.items():
        weights[layer, head, begin] = (1 - weight) / max(1, tokens - 1)
        weights[layer, head, begin, end] = weight
    return weights


def record_of(
    name: str,
    first: str,
    second: str | None = None,
    *,
    strong: Mapping[tuple[int, int, int], tuple[int, float]] | None = None,
    importance: Sequence[Sequence[float]] | None = None,
    attribution: Mapping[int, float] | None = None,
    layers: int = LAYERS,
    heads: int = HEADS,
    labels: Sequence[str] = ("negative", "positive"),
    **header: Any,
) -> Record:
    """Makes a classifier's record.

    Args:
        name: The name of the record.
        first: The pieces of the first text, separated by spaces.
        second: The pieces of the second text. `None` for a single text.
        strong: See `weights_of`.
        importance: The importance of each head, `[layers][heads]`.
        attribution: The nonzero values of the method "gradient" by token.
        layers: The number of layers.
        heads: The number of heads per layer.
        labels: The labels; the last one is predicted.
        **header: Entries of the header that replace the made ones.

    Returns:
        The record.
    """
    tokens = tokens_of(first, second)
    count = len(tokens["pieces"])
    weights = weights_of(count, strong or {}, layers, heads)
    grid = np.array([[(layer * heads + head) / (layers * heads) for head in range(heads)] for layer in range(layers)])
    gradient = [float((attribution or {}).get(place, 0)) for place in range(count)]
    content = {
        "version": 1,
        "name": name,
        "task": "single_label",
        "layers": layers,
        "heads": heads,
        "tokens": tokens,
        "first": text_of(first),
        "second": None if second is None else text_of(second),
        "quantisation": {"code": "square_root_uint8", "max_error": 0.0039, "mean_error": 0.0002},
        "logit_difference": 1e-7,
        "served_difference": None,
        "prediction": prediction_of(labels),
        "answer": None,
        "target": {"title": f"label {labels[-1]}", "rows": [0]},
        "methods": methods_of(weights, gradient),
        "statistics": {
            **{key: (grid if key != "distance" else grid * count).tolist() for key in STATISTICS},
            "importance": (grid if importance is None else np.array(importance)).tolist(),
        },
        "inputs": {
            part: [1.0 + place % 3 for place in range(count)] for part in ("token", "segment", "position", "sum")
        },
        "masked": masked_of(tokens, len(labels)),
        "model": MODEL,
        "step": None,
    }
    quantised = np.round(255 * np.sqrt(weights)).astype(np.uint8)
    return Record(content | header, tuple(quantised))


def answer_record(
    question: str, context: str, *, predicted: str, gold: str, windows: Sequence[tuple[int, int]]
) -> Record:
    """Makes a reader's record, whose answer starts and ends at known words of the context.

    Args:
        question: The words of the question.
        context: The words of the context, each one token.
        predicted: The words of the predicted answer, which are in the context once.
        gold: The words of the true answer.
        windows: The first token and the number of tokens of each window; the last window is shown.

    Returns:
        The record.
    """
    tokens = tokens_of("", context)
    starts, ends = (tokens[name][2:-1] for name in ("starts", "ends"))
    begin, count = windows[-1]
    shown = record_of("a question", question, " ".join(context.split(" ")[begin : begin + count]), layers=2)
    row = shown.header["tokens"]
    at = len(question.split(" ")) + 2
    row["starts"][at:-1], row["ends"][at:-1] = starts[begin : begin + count], ends[begin : begin + count]

    def span(words: str, score: float | None = None) -> dict[str, Any]:
        start = context.index(words)
        return {"start": start, "end": start + len(words), "text": words} | ({} if score is None else {"score": score})

    chances = {"start": [0.0] * len(starts), "end": [0.0] * len(starts)}
    for words, score in ((predicted, 0.7), (gold, 0.2)):
        found = span(words)
        chances["start"][starts.index(found["start"])], chances["end"][ends.index(found["end"])] = score, score
    answer = {
        "windows": [{"start": starts[b], "end": ends[b + n - 1], "first_token": b, "tokens": n} for b, n in windows],
        "shown": len(windows) - 1,
        "token_starts": starts,
        "token_ends": ends,
        "start_probabilities": chances["start"],
        "end_probabilities": chances["end"],
        "predicted": span(predicted, 0.7),
        "null_odds": -2.5,
        "null_threshold": 0.0,
        "n_best": [span(predicted, 0.7), span(gold, 0.2)],
        "gold": [span(gold)],
    }
    of_answer = {"task": "answer", "prediction": None, "answer": answer, "masked": None, "second": context}
    return Record(shown.header | of_answer, shown.layers)


def prediction_of(labels: Sequence[str]) -> dict[str, Any]:
    """Returns a prediction whose last label is predicted and whose first is true."""
    logits = [float(place) for place in range(len(labels))]
    whole = sum(map(math.exp, logits))
    probabilities = [math.exp(logit) / whole for logit in logits]
    answer = {"labels": list(labels), "logits": logits, "probabilities": probabilities}
    return answer | {"predicted": [labels[-1]], "true": [labels[0]], "value": None}


def methods_of(weights: np.ndarray, gradient: list[float]) -> dict[str, Any]:
    """Returns raw attention from [CLS] by layer, and a gradient method with the given values."""
    raw = weights.mean(axis=1)[:, 0]
    return {
        "raw": {
            "title": "Raw attention",
            "paper": "",
            "values": raw.tolist(),
            "rank_correlation": [1.0] * len(raw),
            "note": "",
        },
        "gradient": {
            "title": "Gradient x attention",
            "paper": "Chefer, Gur and Wolf 2021",
            "values": [gradient] * len(raw),
            "rank_correlation": [0.25] * len(raw),
            "note": "",
        },
    }


def masked_of(tokens: Mapping[str, list[Any]], labels: int) -> dict[str, Any]:
    """Returns the predictions with each word masked: masking word 0 changes the uniform prediction."""
    words = sorted({word for word in tokens["words"] if word >= 0})
    even = [1 / labels] * labels
    turned = [0.9] + [0.1 / (labels - 1)] * (labels - 1) if labels > 1 else [1.0]
    return {"words": words, "probabilities": [turned if word == 0 else even for word in words], "original": even}
