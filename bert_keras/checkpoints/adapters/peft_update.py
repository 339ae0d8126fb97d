"""What a PEFT adapter does to one module, merged into the module's kernel and bias.

What PEFT adds to the outputs of a layer is added to its kernel, which is the same but for rounding. Sums are made in
double precision and in a fixed order, so that a model has the same weights, and the same fingerprint, on every machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bert_keras.errors import CheckpointError


@dataclass(frozen=True)
class Update:
    """What an adapter does to one module.

    Attributes:
        module: The name of the module in transformers' model.
        file: The file of the tensors, for error messages.
        tensors: The tensors of the adapter, by the names in its file.
        rank: The rank of the update.
        scale: The factor of the product of `up` and `down`.
        embedding: Whether the module is an embedding, whose kernel is `[rows, hidden]`.
        parts: The names of the tensors: `down` `[rank, inputs]`, `up` `[outputs, rank]`, `bias` `[outputs]`, `lengths`
            `[outputs]` and `rows` `[rows, hidden]`, where there are any.
        rows: The numbers of the rows that `rows` replaces.
    """

    module: str
    file: Path
    tensors: Mapping[str, np.ndarray]
    rank: int
    scale: float
    embedding: bool = False
    parts: dict[str, str] = field(default_factory=dict)
    rows: tuple[int, ...] = ()

    def of_kernel(self, kernel: np.ndarray) -> np.ndarray:
        """Returns the kernel with the update.

        Args:
            kernel: The kernel of the base, `[outputs, inputs]`, or of an embedding `[rows, hidden]`.

        Returns:
            The changed kernel, float32.

        Raises:
            CheckpointError: A tensor has another shape than the kernel and the settings want.
        """
        kernel = self._with_rows(kernel) if "rows" in self.parts else kernel
        if "down" not in self.parts:
            return kernel
        before = kernel.T if self.embedding else kernel  # [outputs, inputs]
        outputs, inputs = before.shape
        merged = before + self.scale * _product(
            self._read("up", (outputs, self.rank)), self._read("down", (self.rank, inputs))
        )
        if "lengths" in self.parts:  # DoRA, equation 5: each row has a learned length
            lengths = self._read("lengths", (outputs,)).astype(np.float64)
            merged *= (lengths / np.sqrt(np.sum(merged * merged, axis=1)))[:, np.newaxis]
        return np.ascontiguousarray(merged.T if self.embedding else merged, np.float32)

    def of_bias(self, bias: np.ndarray) -> np.ndarray:
        """Returns the bias with the update.

        Args:
            bias: The bias of the base, `[outputs]`.

        Returns:
            The changed bias, float32.

        Raises:
            CheckpointError: A tensor has another shape.
        """
        if "bias" not in self.parts:
            return bias
        return (bias + self.scale * self._read("bias", bias.shape).astype(np.float64)).astype(np.float32)

    def _with_rows(self, kernel: np.ndarray) -> np.ndarray:
        if max(self.rows) >= len(kernel):
            raise CheckpointError(
                f"{self.file}: trainable_token_indices names a row that {self.module} does not have. Received: "
                f"{max(self.rows)} of {len(kernel):,} rows; name the base of the adapter with --base (base=)"
            )
        changed = kernel.copy()
        changed[np.array(self.rows)] = self._read("rows", (len(self.rows), kernel.shape[1]))
        return changed

    def _read(self, part: str, expected: tuple[int, ...]) -> np.ndarray:
        tensor = self.tensors[self.parts[part]]
        if tensor.shape != expected:
            raise CheckpointError(
                f"{self.file}: tensor {self.parts[part]} has another shape than the base and the settings want. "
                f"Received: {tensor.shape}, expected {expected}; name the base that the adapter was trained over with "
                "--base (base=)"
            )
        return tensor


def _product(up: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Multiplies two matrices, one column and row after the other: BLAS sums in an order that processors choose."""
    product = np.zeros((len(up), down.shape[1]))
    wide_up, wide_down = up.astype(np.float64), down.astype(np.float64)
    for place in range(len(down)):
        product += wide_up[:, place, np.newaxis] * wide_down[place]
    return product
