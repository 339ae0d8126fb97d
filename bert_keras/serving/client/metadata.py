"""What a served model takes and gives, as the server describes it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class TensorInfo:
    """An input or output of a signature.

    Attributes:
        dtype: TensorFlow's name of the type, e.g. "DT_STRING".
        shape: The sizes, with `None` for one that is not fixed; `None` if the number of dimensions is not.
    """

    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class SignatureInfo:
    """A signature of a served model.

    Attributes:
        inputs: The inputs by name.
        outputs: The outputs by name.
    """

    inputs: Mapping[str, TensorInfo]
    outputs: Mapping[str, TensorInfo]


@dataclass(frozen=True)
class ModelMetadata:
    """The description of a served model.

    Attributes:
        name: The model's name.
        version: The version that answered.
        signatures: The signatures by name.
    """

    name: str
    version: int
    signatures: Mapping[str, SignatureInfo]
