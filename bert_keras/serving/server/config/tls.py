"""The certificates of the gRPC port: TensorFlow Serving's `SSLConfig`."""

from typing import Any

import grpc

from bert_keras.errors import InputError
from bert_keras.serving.server.config.messages import SSLConfig
from bert_keras.serving.server.config.text_protos import read_text_proto


def read_credentials(path: str) -> grpc.ServerCredentials:
    """Reads an `--ssl_config_file`.

    Args:
        path: The file, whose fields hold the keys themselves, not names of files.

    Returns:
        The credentials of the gRPC server.

    Raises:
        InputError: The file cannot be read, or a field is missing or no PEM text.
    """
    config: Any = read_text_proto(path, SSLConfig())
    needed = ("server_key", "server_cert") + (("custom_ca",) if config.client_verify else ())
    for field in needed:
        if "-----BEGIN " not in getattr(config, field):
            raise InputError(f"{path}: {field} must hold the PEM text itself, with its line -----BEGIN …-----")
    pair = (config.server_key.encode(), config.server_cert.encode())
    authority = config.custom_ca.encode() or None
    return grpc.ssl_server_credentials([pair], authority, require_client_auth=config.client_verify)
