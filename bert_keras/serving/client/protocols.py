"""The choice of the protocol by the scheme of the address; what a protocol needs is imported when it is chosen."""

from collections.abc import Mapping
from typing import Any

from bert_keras.serving.client.address import parse_address
from bert_keras.serving.client.codec import Codec
from bert_keras.serving.client.settings import Settings, Tls
from bert_keras.serving.client.steps import AsyncTransport, Transport


def settings_of(address: str, headers: Mapping[str, str] | None, tls: Tls | None, **given: Any) -> Settings:
    """Returns the checked settings of a client; raises `InputError` for a wrong one."""
    return Settings(address=parse_address(address), headers=dict(headers or {}), tls=tls, **given)


def codec_of(settings: Settings) -> Codec:
    """Returns the requests and answers of the address's protocol."""
    if settings.address.over_grpc:
        from bert_keras.serving.client.grpc_codec import GrpcCodec

        return GrpcCodec(settings)
    from bert_keras.serving.client.rest_codec import RestCodec

    return RestCodec(settings)


def transport_of(settings: Settings) -> Transport:
    """Returns what carries the requests, in a thread."""
    if settings.address.over_grpc:
        from bert_keras.serving.client.grpc_transport import GrpcTransport

        return GrpcTransport(settings)
    from bert_keras.serving.client.rest_transport import RestTransport

    return RestTransport(settings)


def async_transport_of(settings: Settings) -> AsyncTransport:
    """Returns what carries the requests, in an event loop."""
    if settings.address.over_grpc:
        from bert_keras.serving.client.grpc_transport import AsyncGrpcTransport

        return AsyncGrpcTransport(settings)
    from bert_keras.serving.client.rest_transport import AsyncRestTransport

    return AsyncRestTransport(settings)
