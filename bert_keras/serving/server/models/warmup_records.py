"""The warm-up requests of a version, which are replayed before it is served."""

import logging
import struct
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import DecodeError

from bert_keras.serving.server.interface import ServingError
from bert_keras.serving.server.protos import PredictionLog, PredictRequest

WARMUP_FILE = Path("assets.extra", "tf_serving_warmup_requests")
_LOG = logging.getLogger(__name__)
_MOST_RECORDS = 1000
_CHECKSUM_BYTES = 4


def warmup_requests(folder: Path) -> list[PredictRequest]:
    """Reads the warm-up requests of a version.

    Args:
        folder: The version's folder.

    Returns:
        The requests; records of other calls than Predict are left out, and the log says so.

    Raises:
        ServingError: The file is cut off, or holds more than 1,000 records, which TF Serving refuses too.
    """
    file = folder / WARMUP_FILE
    if not file.is_file():
        return []
    try:
        logs = [PredictionLog.FromString(record) for record in _records(file.read_bytes())]
    except (DecodeError, ValueError, struct.error) as error:
        raise ServingError(15, f"{file} is no whole TFRecord file of PredictionLogs: {error}") from error
    if len(logs) > _MOST_RECORDS:
        message = f"Number of warmup records exceeds the maximum ({_MOST_RECORDS}) at {file}"
        raise ServingError(3, message)
    kinds = [log.WhichOneof("log_type") for log in logs]
    if other := {str(kind) for kind in kinds} - {"predict_log"}:
        _LOG.warning("%s: records of %s are not replayed, only those of predict_log", file, ", ".join(sorted(other)))
    return [log.predict_log.request for log, kind in zip(logs, kinds, strict=True) if kind == "predict_log"]


def _records(data: bytes) -> Iterator[bytes]:
    """Yields the records of a TFRecord file: each a size and its checksum, the bytes and their checksum."""
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        start = at + 8 + _CHECKSUM_BYTES
        at = start + size + _CHECKSUM_BYTES
        if at > len(data):
            raise ValueError(f"it ends at {len(data)} bytes, within a record of {size} bytes")
        yield data[start : start + size]
