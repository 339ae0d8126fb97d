"""What a reader says, made up."""

import dataclasses
from typing import Any, TypeVar

from bert_keras.models import SpanAnswer, SpanCandidate

_Said = TypeVar("_Said", SpanAnswer, SpanCandidate)


def made(kind: type[_Said], *values: Any) -> _Said:
    """Returns an answer or a candidate; fields beyond the values are 0."""
    return kind(*values, *[0] * (len(dataclasses.fields(kind)) - len(values)))
