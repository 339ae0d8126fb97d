"""The messages of TensorFlow Serving's configuration files that the package tensorflow-serving-api does not have."""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

# The fields of monitoring_config.proto and ssl_config.proto.
_FILE = """
name: "bert_keras/serving/config.proto" package: "bert_keras.serving" syntax: "proto3"
message_type {
  name: "PrometheusConfig"
  field { name: "enable" number: 1 label: LABEL_OPTIONAL type: TYPE_BOOL }
  field { name: "path" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
}
message_type {
  name: "MonitoringConfig"
  field {
    name: "prometheus_config" number: 1 label: LABEL_OPTIONAL
    type: TYPE_MESSAGE type_name: ".bert_keras.serving.PrometheusConfig"
  }
}
message_type {
  name: "SSLConfig"
  field { name: "server_key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "server_cert" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "custom_ca" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "client_verify" number: 4 label: LABEL_OPTIONAL type: TYPE_BOOL }
}
"""
_pool = descriptor_pool.DescriptorPool()
_pool.AddSerializedFile(text_format.Parse(_FILE, descriptor_pb2.FileDescriptorProto()).SerializeToString())

MonitoringConfig = message_factory.GetMessageClass(_pool.FindMessageTypeByName("bert_keras.serving.MonitoringConfig"))
SSLConfig = message_factory.GetMessageClass(_pool.FindMessageTypeByName("bert_keras.serving.SSLConfig"))
