"""Warm-up requests, which TF Serving runs before it serves a version, so that the first user does not wait."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from bert_keras.models import SpanExtractor, TextClassifier, TextEncoder, TokenClassifier

WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
Request: TypeAlias = Mapping[str, Any]
"""Strings or token ids by the name of the input."""
# One text for each length that short requests are padded to, and a batch.
_TEXTS = (
    ["Good."],
    ["The room was small, but the view made up for it."],
    [
        "We waited forty minutes, asked twice, and were told in the end that the kitchen had closed "
        "before we even sat down."
    ],
    ["It works. " * 40],
    ["Fine.", "Not what the picture shows, and the colour comes off on everything it touches.", "Naïve – 東京 😀"],
)
_QUESTION = "When does the ferry leave?"
_SENTENCE = (
    "In winter the ferry to the islands leaves at half past seven in the morning, and comes back before it is dark. "
)
# A sentence, a paragraph, and a document of several windows.
_CONTEXTS = (_SENTENCE, _SENTENCE * 8, _SENTENCE * 60)


def warmup_requests(
    task: TextClassifier | SpanExtractor | TextEncoder | TokenClassifier, signatures: Sequence[str]
) -> list[tuple[str, Request]]:
    """Returns the warm-up requests of an export.

    Args:
        task: The model.
        signatures: The signatures of the export, some of `saved_model.SIGNATURES`.

    Returns:
        The name of a signature, and its inputs, for each request. Those of `token_ids` are made of the same texts.
    """
    pairs = isinstance(task, TextClassifier) and task.pairs
    texts = _question_requests() if isinstance(task, SpanExtractor) else _text_requests(pairs)
    requests: list[tuple[str, Request]] = []
    for name in signatures:
        if name == "token_ids":
            requests += [(name, _of_tokens(task, strings)) for strings in texts]
        else:
            requests += [("serving_default" if name == "strings" else name, strings) for strings in texts]
    return requests


def _text_requests(pairs: bool) -> list[Request]:
    return [dict.fromkeys(("text", "pair") if pairs else ("text",), texts) for texts in _TEXTS]


def _question_requests() -> list[Request]:
    """Returns contexts of three lengths alone, and all as a batch."""
    alone = [{"question": [_QUESTION], "context": [context]} for context in _CONTEXTS]
    return [*alone, {"question": [_QUESTION, "Naïve – 東京 😀?", _QUESTION], "context": list(_CONTEXTS)}]


def _of_tokens(task: TextClassifier | SpanExtractor | TextEncoder | TokenClassifier, strings: Request) -> Request:
    """Returns the inputs of `token_ids` that a model makes of strings."""
    columns = tuple(strings.values())
    inputs = task.preprocessor(columns if len(columns) > 1 else columns[0])
    return {name: values.numpy() for name, values in inputs.items()}


def write_warmup(folder: Path, name: str, requests: Iterable[tuple[str, Request]]) -> None:
    """Writes warm-up requests into an export.

    Args:
        folder: The version's folder.
        name: The model's name in TF Serving.
        requests: The signature and the inputs of each request.
    """
    path = folder / WARMUP_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for signature, inputs in requests:
            request = predict_pb2.PredictRequest()
            request.model_spec.name = name
            request.model_spec.signature_name = signature
            for key, values in inputs.items():
                request.inputs[key].CopyFrom(tf.make_tensor_proto(values))
            log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
            writer.write(log.SerializeToString())
