"""What a protocol does for a client: requests to what is sent, and what is answered to results."""

from typing import Any, Protocol

import numpy as np

from bert_keras.serving.client.metadata import ModelMetadata
from bert_keras.serving.client.rows import Columns
from bert_keras.serving.server.interface import VersionStatus

UNNAMED = ""
"""Stands for the name of the only output of a signature, which the JSON of servers leaves out."""


class Codec(Protocol):
    """The requests and answers of a protocol. What reads an answer raises `UnexpectedAnswer` if it cannot."""

    def predict(self, inputs: Columns, signature: str) -> Any:
        """Returns the request to run a signature on rows."""

    def outputs(self, answer: Any) -> dict[str, np.ndarray]:
        """Returns the outputs by name: texts as objects of str, whole numbers as int64, others as float32, bool."""

    def status(self) -> Any:
        """Returns the request for the states of the model's versions."""

    def statuses(self, answer: Any) -> list[VersionStatus]:
        """Returns the states."""

    def describe(self) -> Any:
        """Returns the request for the model's signatures."""

    def metadata(self, answer: Any) -> ModelMetadata:
        """Returns the description."""
