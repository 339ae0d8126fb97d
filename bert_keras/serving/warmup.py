"""Warm-up requests, which TF Serving runs before it serves a version, so that the first user does not wait."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
Request: TypeAlias = dict[str, list[str]]
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


def text_requests(pairs: bool) -> list[Request]:
    """Returns the warm-up requests of a classifier, of pairs of texts if `pairs`."""
    return [dict.fromkeys(("text", "pair") if pairs else ("text",), texts) for texts in _TEXTS]


def question_requests() -> list[Request]:
    """Returns the warm-up requests of a span extractor: contexts of three lengths alone, and all as a batch."""
    alone = [{"question": [_QUESTION], "context": [context]} for context in _CONTEXTS]
    return [*alone, {"question": [_QUESTION, "Naïve – 東京 😀?", _QUESTION], "context": list(_CONTEXTS)}]


def write_warmup(folder: Path, name: str, requests: Iterable[Request]) -> None:
    """Writes warm-up requests for `serving_default` into an export.

    Args:
        folder: The version's folder.
        name: The model's name in TF Serving.
        requests: The strings of each request by input name.
    """
    path = folder / WARMUP_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for inputs in requests:
            request = predict_pb2.PredictRequest()
            request.model_spec.name = name
            request.model_spec.signature_name = "serving_default"
            for key, strings in inputs.items():
                request.inputs[key].CopyFrom(tf.make_tensor_proto(strings, tf.string))
            log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
            writer.write(log.SerializeToString())
