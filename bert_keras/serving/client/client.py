"""A client of a served model, for threads."""

from collections.abc import Mapping, Sequence
from typing import Any, Self, overload

import numpy as np

from bert_keras.classification.answers import Answer
from bert_keras.models.entities import Entity
from bert_keras.models.span_answers import SpanAnswer
from bert_keras.serving.client.metadata import ModelMetadata
from bert_keras.serving.client.operations import DEFAULT_SIGNATURE, Operations
from bert_keras.serving.client.protocols import codec_of, settings_of, transport_of
from bert_keras.serving.client.settings import Tls
from bert_keras.serving.client.steps import run
from bert_keras.serving.server.interface import VersionStatus

Row = str | tuple[str, str]
Texts = list[str] | tuple[str, ...]


class Client:
    """A client of a model that TF Serving or `bert-keras serve` serves, over REST or gRPC.

    It may be used by several threads at once, keeps its connections, and is closed at the end of a `with` block. A
    request that the server cannot take for now (no connection, UNAVAILABLE, RESOURCE_EXHAUSTED; 503, 429 and 502 over
    REST) is repeated after a pause that grows; one that it refuses is not. TensorFlow is not imported; gRPC needs the
    package tensorflow-serving-api and the messages inside the package tensorflow.

    Args:
        address: The server: `http://HOST:8501` or `https://HOST` for REST, `grpc://HOST:8500` or `grpcs://HOST` for
            gRPC.
        model: The name of the model in the server.
        version: The version that answers. `None` leaves the choice to the server, which may change it between the
            requests of one call.
        label: The label of the version that answers, instead of its number.
        timeout: The seconds within which a request is answered, repetitions included. A call of many rows makes many
            requests.
        retries: How often a request is repeated at most.
        max_batch_size: How many rows a request has at most; longer lists are sent as several, one after the other. At
            most that of the server's batching parameters.
        tls: The certificates of an encrypted connection.
        headers: HTTP headers, or metadata of gRPC, that go with each request, such as `Authorization`.

    Raises:
        InputError: A wrong address or setting.
    """

    def __init__(
        self,
        address: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        timeout: float = 60.0,
        retries: int = 4,
        max_batch_size: int = 32,
        tls: Tls | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        settings = settings_of(
            address,
            headers,
            tls,
            model=model,
            version=version,
            label=label,
            timeout=timeout,
            retries=retries,
            max_batch_size=max_batch_size,
        )
        self._operations = Operations(settings, codec_of(settings))
        self._transport = transport_of(settings)

    def classify(self, inputs: Sequence[Row], *, deadline: float | None = None) -> list[Answer]:
        """Classifies texts or pairs of texts.

        Args:
            inputs: Texts, or (text, pair) tuples for a model of pairs.
            deadline: The seconds within which the whole call ends; `None` for no limit but each request's `timeout`.

        Returns:
            One answer per row, in order, as `SavedClassifier.classify` gives them: a `Classification`, a `MultiLabel`
            or a `Regression`, by the model's task.

        Raises:
            InputError: The rows are not a list of texts or of pairs, or a text is no valid Unicode.
            ServiceError: The server cannot be reached, refuses a request, or answers what no classifier answers.
        """
        return run(self._operations.classify(inputs, deadline), self._transport)

    @overload
    def answer(self, question: str, context: str, *, deadline: float | None = None) -> SpanAnswer: ...

    @overload
    def answer(self, question: Texts, context: str | Texts, *, deadline: float | None = None) -> list[SpanAnswer]: ...

    def answer(
        self, question: str | Texts, context: str | Texts, *, deadline: float | None = None
    ) -> SpanAnswer | list[SpanAnswer]:
        """Answers one or several questions.

        Args:
            question: A question, or several.
            context: The text that contains the answer, of any length. Several questions take one context each, or share
                one.
            deadline: The seconds within which the whole call ends; `None` for no limit but each request's `timeout`.

        Returns:
            The answer, or a list of answers in the order of the questions, as `SavedExtractor.answer` gives them.

        Raises:
            InputError: The arguments are not texts, their numbers differ, or a text is no valid Unicode.
            ServiceError: The server cannot be reached, refuses a request, or answers what no reader answers, such as a
                text that is not at its place in the context.
        """
        return run(self._operations.answer(question, context, deadline), self._transport)

    def tag(self, texts: Sequence[str], *, deadline: float | None = None) -> list[tuple[Entity, ...]]:
        """Finds the entities of texts of any length.

        Args:
            texts: The texts.
            deadline: The seconds within which the whole call ends; `None` for no limit but each request's `timeout`.

        Returns:
            The entities of each text, in order, as `SavedTagger.tag` gives them.

        Raises:
            InputError: The texts are not a list of texts, or one is no valid Unicode.
            ServiceError: The server cannot be reached, refuses a request, or answers what no token classifier answers,
                such as an entity that is not at its place in the text.
        """
        return run(self._operations.tag(texts, deadline), self._transport)

    def predict(
        self,
        inputs: Mapping[str, Sequence[Any] | np.ndarray],
        *,
        signature: str = DEFAULT_SIGNATURE,
        deadline: float | None = None,
    ) -> dict[str, np.ndarray]:
        """Runs any signature of the model, such as `token_ids`.

        Args:
            inputs: A list or an array with a row for each, by the name of the input.
            signature: The name of the signature.
            deadline: The seconds within which the whole call ends; `None` for no limit but each request's `timeout`.

        Returns:
            The outputs by name, each with a row for each: texts as objects of `str`, whole numbers as int64, other
            numbers as float32, or bool. Where the requests of a call are answered in different widths, they are padded
            with zeros and empty texts to the widest.

        Raises:
            InputError: The inputs have no rows or different numbers of them, or a text is no valid Unicode.
            ServiceError: The server cannot be reached, refuses a request, or answers in another number of rows.
        """
        return run(self._operations.predict(inputs, signature, deadline), self._transport)

    def status(self, *, deadline: float | None = None) -> list[VersionStatus]:
        """Asks for the states of the model's versions, or of the client's version.

        Args:
            deadline: The seconds within which the call ends; `None` for the client's `timeout`.

        Returns:
            The states, the highest version first.

        Raises:
            ServiceError: The server cannot be reached, or knows no such model or version.
        """
        return run(self._operations.status(deadline), self._transport)

    def metadata(self, *, deadline: float | None = None) -> ModelMetadata:
        """Asks what the model takes and gives.

        Args:
            deadline: The seconds within which the call ends; `None` for the client's `timeout`.

        Returns:
            The version that answers, and its signatures.

        Raises:
            ServiceError: The server cannot be reached, or knows no such model, version or label.
        """
        return run(self._operations.metadata(deadline), self._transport)

    def wait_until_ready(self, timeout: float = 60.0) -> None:
        """Waits until the server runs and the model, or the client's version or label, answers.

        Args:
            timeout: The seconds to wait at most.

        Raises:
            ServiceError: It does not within that time, or the version cannot be loaded.
        """
        run(self._operations.wait_until_ready(timeout), self._transport)

    def close(self) -> None:
        """Closes the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
