"""The signatures of a version as JSON."""

from google.protobuf.json_format import MessageToJson

from bert_keras.serving.server.interface import ServedVersion
from bert_keras.serving.server.protos import SignatureDefMap
from bert_keras.serving.server.rest.quoting import json_text


def metadata_text(version: ServedVersion) -> str:
    """Returns the answer to a request for the metadata of a version.

    Args:
        version: The version.
    """
    signatures = SignatureDefMap(signature_def=dict(version.signatures))
    written = MessageToJson(
        signatures, indent=1, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    name = json_text(version.name)
    spec = f'{{\n "name": {name},\n "version": "{version.version}",\n "signature_name": ""\n}}\n'
    return f'{{\n"model_spec":{spec},\n"metadata": {{"signature_def": {written}\n}}\n}}\n'
