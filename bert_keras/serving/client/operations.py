"""The calls of a client as steps, shared by the sync and the async one."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from bert_keras.classification.answers import Answer
from bert_keras.errors import InputError
from bert_keras.models.entities import Entity
from bert_keras.models.span_answers import SpanAnswer
from bert_keras.serving.client.answers import UnexpectedAnswer, classifications, entities, span_answers
from bert_keras.serving.client.attempts import answered
from bert_keras.serving.client.codec import UNNAMED, Codec
from bert_keras.serving.client.messages import failed, unexpected
from bert_keras.serving.client.metadata import ModelMetadata
from bert_keras.serving.client.rows import given_columns, question_columns, requests_of, single_texts, text_columns
from bert_keras.serving.client.settings import Settings, is_seconds
from bert_keras.serving.client.steps import Failure, Pause, Send, Steps
from bert_keras.serving.server.interface import VersionStatus

DEFAULT_SIGNATURE = "serving_default"
_POLLED_SECONDS = 0.25
_MASKS, _PADDING_OF_MASKS = "masks", {"starts": -1, "token_ids": -1}  # of a masked language model; else it is 0
_Read = TypeVar("_Read")


class Operations:
    """The calls of a client.

    Args:
        settings: The client's settings.
        codec: The protocol's requests and answers.
    """

    def __init__(self, settings: Settings, codec: Codec) -> None:
        self._settings, self._codec = settings, codec

    def classify(self, inputs: Any, deadline: float | None) -> Steps[list[Answer]]:
        """Classifies texts or pairs of texts."""
        columns = text_columns(inputs)
        answers: list[Answer] = []
        for outputs, _ in (yield from self._predicted(columns, DEFAULT_SIGNATURE, deadline)):
            answers += self._checked(classifications, outputs)
        return answers

    def answer(self, question: Any, context: Any, deadline: float | None) -> Steps[SpanAnswer | list[SpanAnswer]]:
        """Answers a question, or several."""
        columns = question_columns(question, context)
        answers: list[SpanAnswer] = []
        for outputs, given in (yield from self._predicted(columns, DEFAULT_SIGNATURE, deadline)):
            answers += self._checked(span_answers, outputs, given["context"])
        return answers[0] if isinstance(question, str) else answers

    def tag(self, texts: Any, deadline: float | None) -> Steps[list[tuple[Entity, ...]]]:
        """Finds the entities of texts."""
        columns = single_texts(texts)
        found: list[tuple[Entity, ...]] = []
        for outputs, given in (yield from self._predicted(columns, DEFAULT_SIGNATURE, deadline)):
            found += self._checked(entities, outputs, given["text"])
        return found

    def predict(self, inputs: Any, signature: str, deadline: float | None) -> Steps[dict[str, np.ndarray]]:
        """Runs any signature."""
        columns = given_columns(inputs)
        parts = yield from self._predicted(columns, signature, deadline)
        if not parts:
            raise InputError(f"expected at least one row. Received: {dict(columns)}")
        if any(UNNAMED in outputs for outputs, _ in parts):
            metadata = yield from self.metadata(deadline)
            parts = [(self._named(outputs, signature, metadata), given) for outputs, given in parts]
        return self._checked(_joined, [outputs for outputs, _ in parts])

    def status(self, deadline: float | None) -> Steps[list[VersionStatus]]:
        """Asks for the states of the model's versions."""
        answer = yield from answered(self._settings, self._codec.status(), _end(deadline))
        return sorted(self._checked(self._codec.statuses, answer), key=lambda status: -status.version)

    def metadata(self, deadline: float | None) -> Steps[ModelMetadata]:
        """Asks for the model's signatures."""
        answer = yield from answered(self._settings, self._codec.describe(), _end(deadline))
        return self._checked(self._codec.metadata, answer)

    def wait_until_ready(self, timeout: float) -> Steps[None]:
        """Waits until the model answers."""
        if not is_seconds(timeout):
            raise InputError(f"timeout must be a number of seconds above 0. Received: {timeout!r}")
        end, told = time.monotonic() + timeout, Failure("DEADLINE_EXCEEDED", "no answer")
        while True:
            seen = yield from self._seen(max(end - time.monotonic(), 0.001))
            if seen is None:
                return
            # The last look may have had no time left; what an earlier one saw says more.
            told = told if seen.code == "DEADLINE_EXCEEDED" else seen
            if time.monotonic() + _POLLED_SECONDS >= end:
                raise failed(self._settings, Failure(told.code, f"not ready within {timeout:g} s: {told.message}"), 1)
            yield Pause(_POLLED_SECONDS)

    def _seen(self, seconds: float) -> Steps[Failure | None]:
        """Looks whether the model answers; returns why not, or `None`, and raises an error if it never will."""
        # A status knows no labels; that the signatures of one can be had says that it leads somewhere.
        labelled = self._settings.label is not None
        request = self._codec.describe() if labelled else self._codec.status()
        outcome = yield Send(request, min(seconds, self._settings.timeout))
        if isinstance(outcome, Failure):
            return outcome
        if labelled:
            self._checked(self._codec.metadata, outcome)
            return None
        versions = self._checked(self._codec.statuses, outcome)
        if any(version.state == "AVAILABLE" for version in versions):
            return None
        broken = next((version for version in versions if version.state == "END" and version.code), None)
        if broken is not None and all(version.state == "END" for version in versions):
            what = f"version {broken.version} cannot be loaded: {broken.message}"
            raise failed(self._settings, Failure("UNAVAILABLE", what), 1)
        states = ", ".join(f"version {version.version} {version.state}" for version in versions)
        return Failure("UNAVAILABLE", states or "no versions")

    def _predicted(
        self, columns: Mapping[str, Sequence[Any]], signature: str, deadline: float | None
    ) -> Steps[list[tuple[dict[str, np.ndarray], Mapping[str, Sequence[Any]]]]]:
        """Sends rows in requests of at most `max_batch_size`; returns the outputs of each with what was sent."""
        end = _end(deadline)
        parts: list[tuple[dict[str, np.ndarray], Mapping[str, Sequence[Any]]]] = []
        for given in requests_of(columns, self._settings.max_batch_size):
            answer = yield from answered(self._settings, self._codec.predict(given, signature), end)
            outputs = self._checked(self._codec.outputs, answer)
            self._check_rows(outputs, len(next(iter(given.values()))))
            parts.append((outputs, given))
        return parts

    def _check_rows(self, outputs: Mapping[str, np.ndarray], rows: int) -> None:
        wrong = {name: list(values.shape) for name, values in outputs.items() if values.shape[:1] != (rows,)}
        if wrong or not outputs:
            raise unexpected(self._settings, f"answered {rows} rows with outputs of shapes {wrong}")

    def _named(self, outputs: dict[str, np.ndarray], signature: str, metadata: ModelMetadata) -> dict[str, np.ndarray]:
        found = metadata.signatures.get(signature)
        if found is None or len(found.outputs) != 1:
            raise unexpected(self._settings, f"answered without names of outputs for the signature {signature}")
        return dict(zip(found.outputs, outputs.values(), strict=True))

    def _checked(self, read: Callable[..., _Read], *arguments: Any) -> _Read:
        try:
            return read(*arguments)
        except UnexpectedAnswer as error:
            raise unexpected(self._settings, str(error)) from error


def _end(deadline: float | None) -> float | None:
    if deadline is not None and not is_seconds(deadline):
        raise InputError(f"deadline must be a number of seconds above 0. Received: {deadline!r}")
    return None if deadline is None else time.monotonic() + deadline


def _joined(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Joins the outputs of requests, padded to the widest, as the graph itself pads a batch."""
    if any(part.keys() != parts[0].keys() for part in parts):
        raise UnexpectedAnswer("answered requests of one call with different outputs")
    padding = _PADDING_OF_MASKS if _MASKS in parts[0] else {}
    return {
        name: np.concatenate(list(_alike(name, [part[name] for part in parts], padding.get(name, 0))))
        for name in parts[0]
    }


def _alike(name: str, arrays: Sequence[np.ndarray], nothing: int) -> Iterator[np.ndarray]:
    axes = max(array.ndim for array in arrays)
    # JSON shows no axis behind one that is empty.
    arrays = [array if array.size else array.reshape(len(array), *[0] * (axes - 1)) for array in arrays]
    if len({array.ndim for array in arrays}) != 1 or len({array.dtype for array in arrays if array.size}) > 1:
        raise UnexpectedAnswer(f"answered requests of one call with different kinds of {name}")
    shape = np.max([array.shape[1:] for array in arrays], axis=0) if arrays[0].ndim > 1 else ()
    kind = next((array.dtype for array in arrays if array.size), arrays[0].dtype)
    for array in arrays:
        padding = [(0, 0), *((0, int(most) - size) for most, size in zip(shape, array.shape[1:], strict=True))]
        yield np.pad(array.astype(kind), padding, constant_values="" if kind.kind == "O" else nothing)
