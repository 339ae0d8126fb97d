"""Messages of TF Serving's configuration files that tensorflow-serving-api does not ship, with its source's fields."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, wrappers_pb2

_FIELD = descriptor_pb2.FieldDescriptorProto
_FILE = descriptor_pb2.FileDescriptorProto(
    name="tests/serving_configs.proto",
    package="tests.serving",
    syntax="proto3",
    dependency=[wrappers_pb2.DESCRIPTOR.name],
)


def _message(name: str, **fields: tuple[int, int, str, bool]) -> None:
    message = _FILE.message_type.add(name=name)
    for field, (number, kind, of, repeated) in fields.items():
        label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
        message.field.add(name=field, number=number, type=kind, type_name=of or None, label=label)


_INT64 = (_FIELD.TYPE_MESSAGE, ".google.protobuf.Int64Value", False)
# monitoring_config.proto
_message("PrometheusConfig", enable=(1, _FIELD.TYPE_BOOL, "", False), path=(2, _FIELD.TYPE_STRING, "", False))
_message("MonitoringConfig", prometheus_config=(1, _FIELD.TYPE_MESSAGE, ".tests.serving.PrometheusConfig", False))
# session_bundle_config.proto
_message(
    "BatchingParameters",
    max_batch_size=(1, *_INT64),
    batch_timeout_micros=(2, *_INT64),
    max_enqueued_batches=(3, *_INT64),
    num_batch_threads=(4, *_INT64),
    thread_pool_name=(5, _FIELD.TYPE_MESSAGE, ".google.protobuf.StringValue", False),
    allowed_batch_sizes=(6, _FIELD.TYPE_INT64, "", True),
    pad_variable_length_inputs=(7, _FIELD.TYPE_BOOL, "", False),
)
_POOL = descriptor_pool.Default()
_POOL.AddSerializedFile(_FILE.SerializeToString())


def message(name: str) -> Any:
    """Returns an empty message."""
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"tests.serving.{name}"))()
