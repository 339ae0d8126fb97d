"""The message about a request with more or fewer inputs than its signature has."""

from collections.abc import Sequence


def wrong_count(given: Sequence[str], wanted: Sequence[str]) -> str:
    """Returns TensorFlow Serving's message about a wrong number of inputs.

    Args:
        given: The names of the request's inputs, sorted.
        wanted: The names of the signature's inputs, sorted.
    """
    extra = ",".join(name for name in given if name not in wanted)
    missing = ",".join(name for name in wanted if name not in given)
    return (
        f"input size does not match signature: {len(given)}!={len(wanted)} len({{{','.join(given)}}}) != "
        f"len({{{','.join(wanted)}}}). Sent extra: {{{extra}}}. Missing but required: {{{missing}}}."
    )
