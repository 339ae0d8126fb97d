"""The check of an export's warm-up requests: a failing one keeps TensorFlow Serving from loading the version."""

from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import predict_pb2, prediction_log_pb2

from bert_keras.serving.check.case import Answer, Case, Signature
from bert_keras.serving.check.report import Verdict
from bert_keras.serving.warmup import WARMUP_FILE

MOST_RECORDS = 1000


@dataclass(frozen=True)
class Warmup:
    """The warm-up requests of one export.

    Attributes:
        cases: The requests that can be run; empty if the file cannot be used.
        faults: The faults of the file and its records.
        detail: The detail to report if there are no faults and every request is answered.
    """

    cases: list[Case]
    faults: list[str]
    detail: str

    def verdict(self, answers: list[Answer]) -> Verdict:
        """Returns the faults of the file and of the requests, given the requests' answers."""
        answered = zip(self.cases, answers, strict=True)
        return [
            *self.faults,
            *(f"{case.what}: {answer.fault}" for case, answer in answered if answer.fault),
        ], self.detail


def read_warmup(folder: Path, signatures: dict[str, Signature]) -> Warmup:
    """Reads the warm-up requests of an export, and finds those that no server would run.

    Args:
        folder: The version's folder.
        signatures: The export's signatures by name.

    Returns:
        The requests, at most 1,000.
    """
    file = folder / WARMUP_FILE
    if not file.is_file():
        return Warmup([], [], "no warm-up requests")
    try:
        records = list(tf.data.TFRecordDataset(str(file)).take(MOST_RECORDS + 1).as_numpy_iterator())
    except tf.errors.OpError as error:
        return Warmup([], [f"{WARMUP_FILE} cannot be read: {error.message[:200]}"], "")
    if len(records) > MOST_RECORDS:
        return Warmup([], [f"over {MOST_RECORDS:,} records, the most that TF Serving takes"], "")
    cases, faults = [], []
    for number, record in enumerate(records, start=1):
        try:
            cases.append(_case(f"record {number}", record, signatures))
        except (DecodeError, ValueError) as error:
            faults.append(f"record {number}: {error}")
    return Warmup(cases, faults, f"{len(records)} requests answered")


def _case(what: str, record: bytes, signatures: dict[str, Signature]) -> Case:
    """Returns a record as a call; raises a `ValueError` with the reason if no server would run it."""
    log = prediction_log_pb2.PredictionLog.FromString(record)
    kind = log.WhichOneof("log_type")
    if kind != "predict_log":
        raise ValueError(f"is a {kind or 'PredictionLog without a request'}: only predict_log is run here")
    request: predict_pb2.PredictRequest = log.predict_log.request
    name = request.model_spec.signature_name or "serving_default"
    if name not in signatures:
        raise ValueError(f"names the unknown signature {name!r}; there are {', '.join(signatures)}")
    wanted = set(signatures[name].inputs)
    if set(request.inputs) != wanted:
        raise ValueError(f"has the inputs {sorted(request.inputs)}, wanted {sorted(wanted)}")
    return Case(what, name, {place: tf.make_ndarray(tensor) for place, tensor in request.inputs.items()})
