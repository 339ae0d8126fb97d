"""Requests that TF Serving answers to itself before it takes a version into service, so that the first user does not wait."""

from pathlib import Path

import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
# One text for each of the lengths that short requests are padded to, and a batch.
_TEXTS = (
    ["Good."],
    ["The room was small, but the view made up for it."],
    ["We waited forty minutes, asked twice, and were told in the end that the kitchen had closed before we even sat down."],
    ["It works. " * 40],
    ["Fine.", "Not what the picture shows, and the colour comes off on everything it touches.", "Naïve – 東京 😀"],
)


def write_warmup(folder: Path, name: str, inputs: tuple[str, ...]) -> None:
    """Writes warm-up requests for `serving_default` into an export.

    Args:
        folder: The export's folder.
        name: The model's name.
        inputs: The names of its inputs, all strings.
    """
    path = folder / WARMUP_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for texts in _TEXTS:
            request = predict_pb2.PredictRequest()
            request.model_spec.name = name
            request.model_spec.signature_name = "serving_default"
            for key in inputs:
                request.inputs[key].CopyFrom(tf.make_tensor_proto(texts, tf.string))
            log = prediction_log_pb2.PredictionLog(predict_log=prediction_log_pb2.PredictLog(request=request))
            writer.write(log.SerializeToString())
