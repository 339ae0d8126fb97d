"""TF Serving's `batching_parameters_file`: the message BatchingParameters of session_bundle_config.proto, as text."""

import os
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format, wrappers_pb2

from bert_keras.errors import InputError
from bert_keras.serving.server.models.settings import BatchingSettings

_NUMBER, _NAME, _FLAG = (f".google.protobuf.{kind}Value" for kind in ("Int64", "String", "Bool"))
# The fields by name: the type of a wrapped value, or whether a plain one is repeated. No package has this message.
_WRAPPED = {
    "max_batch_size": _NUMBER,
    "batch_timeout_micros": _NUMBER,
    "max_enqueued_batches": _NUMBER,
    "num_batch_threads": _NUMBER,
    "thread_pool_name": _NAME,
    "enable_large_batch_splitting": _FLAG,
    "max_execution_batch_size": _NUMBER,
}
_LEAST = {"max_batch_size": 1, "batch_timeout_micros": 0, "max_enqueued_batches": 1, "num_batch_threads": 1}


def read_batching_file(path: str | os.PathLike[str]) -> BatchingSettings:
    """Reads the parameters of batching.

    `allowed_batch_sizes` is checked and has no effect, since the graph takes batches of any size. So does
    `pad_variable_length_inputs`, since only rows of one width are merged. `thread_pool_name` names nothing here, and
    requests of more than `max_batch_size` rows are always split.

    Args:
        path: The file.

    Returns:
        The parameters, with TF Serving's defaults for those that are not given.

    Raises:
        InputError: The file cannot be read, or a value is none that TF Serving takes.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        message = text_format.Parse(text, _message_class()())
    except (OSError, UnicodeDecodeError, text_format.ParseError) as error:
        raise InputError(f"{path} is no file of batching parameters: {error}") from error
    values = {name: getattr(message, name).value for name in _LEAST if message.HasField(name)}
    for name, value in values.items():
        if value < _LEAST[name]:
            raise InputError(f"{path}: {name} must be at least {_LEAST[name]}. Received: {value}")
    settings = BatchingSettings(**values)
    sizes = list(message.allowed_batch_sizes)
    if sizes and (sizes != sorted(set(sizes)) or sizes[-1] != settings.max_batch_size):
        wanted = f"must increase and end with max_batch_size, {settings.max_batch_size}"
        raise InputError(f"{path}: allowed_batch_sizes {wanted}. Received: {', '.join(map(str, sizes))}")
    return settings


def _message_class() -> Any:
    """Returns the class of the message."""
    wrappers = wrappers_pb2.DESCRIPTOR
    file = descriptor_pb2.FileDescriptorProto(
        name="bert_keras/batching_parameters.proto",
        package="bert_keras",
        syntax="proto3",
        dependency=[wrappers.name],
    )
    message = file.message_type.add(name="BatchingParameters")
    kinds = descriptor_pb2.FieldDescriptorProto
    for number, (name, kind) in enumerate(_WRAPPED.items(), start=1):
        message.field.add(name=name, number=number, label=kinds.LABEL_OPTIONAL, type=kinds.TYPE_MESSAGE, type_name=kind)
    message.field.add(name="allowed_batch_sizes", number=20, label=kinds.LABEL_REPEATED, type=kinds.TYPE_INT64)
    message.field.add(name="pad_variable_length_inputs", number=21, label=kinds.LABEL_OPTIONAL, type=kinds.TYPE_BOOL)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("bert_keras.BatchingParameters"))
