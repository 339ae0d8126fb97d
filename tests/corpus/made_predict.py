"""A model without weights, which fails at some rows and whose process dies of others."""

import os
from collections.abc import Sequence

import pyarrow as pa

from bert_keras.corpus import Predict
from bert_keras.errors import InputError


def make(name: str) -> Predict:
    """Returns the model, unless it has another name."""
    if name != "upper":
        raise InputError(f"{name}: there is no such model")
    return upper


def upper(rows: Sequence[str]) -> pa.Table:
    """The rows in capital letters."""
    if "deadly" in rows:
        os._exit(1)
    if "bad" in rows:
        raise ValueError("a row is\nbad")
    return pa.table({"text": pa.array([row.upper() for row in rows], pa.string())})
