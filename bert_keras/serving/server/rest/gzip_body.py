"""Inflates the bodies of requests."""

import zlib


class TooLargeError(Exception):
    """A body that is larger than the limit once it is inflated."""


def inflated(body: bytes, limit: int) -> bytes:
    """Returns a body without its gzip compression.

    Args:
        body: The body as it was sent.
        limit: The largest size of the result in bytes; never much more than that is held.

    Returns:
        The inflated body; empty if it is no gzip, which then counts as an empty document.

    Raises:
        TooLargeError: The result would be larger than the limit.
    """
    stream = zlib.decompressobj(wbits=31)
    try:
        whole = stream.decompress(body, limit + 1)
    except zlib.error:
        return b""
    if len(whole) > limit:
        raise TooLargeError
    return whole if stream.eof else b""
