"""The precision of attention weights in an offline page: as logged where the page stays small, else rounded."""

import base64
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bert_keras.insight.quantisation import dequantise
from bert_keras.insight.record import Record
from bert_keras.insight.rounding import rounded

BUDGET = 4_000_000
"""The bytes that the weights of a page may take before they are rounded."""

# Steps of the weight itself. Equal steps leave strong weights as exact as weak ones: it is the many weak ones that take
# room, and 0.01 is the weakest that the head view draws.
_STEPS = (0.0, 0.002, 0.004, 0.006, 0.008, 0.01)
_LEVEL = 6  # 9 takes several times as long for a tenth less


class Packed(NamedTuple):
    """A record as an offline page holds it.

    Attributes:
        header: The header, with the error of the rounded weights.
        layers: The codes of each layer, compressed; see `packed_text`.
    """

    header: dict[str, object]
    layers: list[str]


def pack(records: Sequence[Record], budget: int = BUDGET) -> list[Packed]:
    """Compresses records, and rounds their weights as little as keeps their size below a budget, if that can be done.

    Args:
        records: The records of a page.
        budget: The size in bytes that is wanted for all layers together.

    Returns:
        The records with rounded weights, all by one step; by the largest step where no step keeps the budget.
    """
    step = next((step for step in _STEPS if _size(records, step) <= budget), _STEPS[-1])
    table = _table(step)
    return [
        Packed(_told(record, table, step), [packed_text(table[layer].tobytes()) for layer in record.layers])
        for record in records
    ]


def packed_text(octets: bytes) -> str:
    """Returns bytes as raw deflate, which browsers can decompress (`DecompressionStream`), in base64.

    Args:
        octets: The bytes.
    """
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(octets) + packer.flush()).decode()


def _table(step: float) -> np.ndarray:
    """Returns the code of the rounded weight by code, uint8."""
    codes = np.arange(256, dtype=np.uint8)
    if not step:
        return codes
    return np.rint(255 * np.sqrt(np.minimum(np.rint(dequantise(codes) / step) * step, 1))).astype(np.uint8)


def _size(records: Sequence[Record], step: float) -> float:
    """Estimates the size of all layers in base64 from the middle layer of each record."""
    table = _table(step)
    middle = [(len(record.layers), record.layers[len(record.layers) // 2]) for record in records if record.layers]
    return sum(count * len(zlib.compress(table[layer].tobytes(), _LEVEL)) * 4 / 3 for count, layer in middle)


def _told(record: Record, table: np.ndarray, step: float) -> dict[str, object]:
    """Returns the header with the errors of both roundings added up, which is the most that they can make together."""
    if not step:
        return record.header
    errors = np.abs(dequantise(table) - dequantise(np.arange(256)))
    counts = sum((np.bincount(layer.ravel(), minlength=256) for layer in record.layers), np.zeros(256, np.int64))
    more = {"max_error": errors[counts > 0].max(initial=0.0), "mean_error": errors @ counts / max(1, counts.sum())}
    before = record.header["quantisation"]
    told = {name: rounded(before[name] + float(value)) for name, value in more.items()}
    return record.header | {"quantisation": before | told | {"page_step": step}}
