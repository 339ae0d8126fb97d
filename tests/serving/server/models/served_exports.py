"""Tiny exports whose answers tell how they were run, and the models of a server over them."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_text as tf_text
from tensorflow_serving.apis import prediction_log_pb2

from bert_keras.serving.server.interface import ModelSettings, ServedVersion, ServingError
from bert_keras.serving.server.models import BatchingSettings, ModelsOptions, ServedModels
from bert_keras.serving.warmup import WARMUP_FILE

Result = TypeVar("Result")
TEXT = tf.TensorSpec([None], tf.string, name="text")
OUTPUTS = ("length", "rows", "longest")


def write_export(folder: Path) -> None:
    """Writes a version with the signatures `serving_default`, `token_ids`, `sum`, `slow` and `crash`."""
    weight = tf.Variable(2.0)

    def measured(text: tf.Tensor) -> dict[str, tf.Tensor]:
        """Lengths times two, the rows of the batch and its longest text; the text "poison" is an error."""
        text = tf.ensure_shape(text, [None])
        good = tf.debugging.Assert(tf.reduce_all(text != "poison"), ["a poisoned text among", tf.size(text)])
        with tf.control_dependencies([good]):
            length = tf.strings.length(text)
        rows = tf.fill(tf.shape(text), tf.size(text))
        longest = tf.fill(tf.shape(text), tf.reduce_max(length))
        return {"length": tf.cast(length, tf.float32) * weight, "rows": rows, "longest": longest}

    def tokens(token_ids: tf.Tensor, padding_mask: tf.Tensor) -> dict[str, tf.Tensor]:
        kept = tf.ensure_shape(token_ids, [None, None]) * tf.ensure_shape(padding_mask, [None, None])
        return {"sum": tf.reduce_sum(kept, axis=1), "rows": tf.fill(tf.shape(kept)[:1], tf.shape(kept)[0])}

    def total(text: tf.Tensor) -> dict[str, tf.Tensor]:
        """One number for the whole batch: rows cannot be told apart."""
        return {"characters": tf.reduce_sum(tf.strings.length(text))}

    def slow(text: tf.Tensor) -> dict[str, tf.Tensor]:
        """Takes as many milliseconds, about, as the first text says."""
        count = tf.strings.to_number(text[0], tf.int32)
        state = tf.while_loop(lambda n, _: n < count, lambda n, x: (n + 1, tf.tanh(x @ x)), (0, tf.ones([320, 320])))
        return {"done": tf.fill(tf.shape(text), tf.cast(tf.reduce_sum(state[1]) > -1.0, tf.int32)), "text": text}

    def crash(text: tf.Tensor) -> dict[str, tf.Tensor]:
        """Ends the process if it is given a scalar, as a graph does that does not make sure of its shapes."""
        return {"first": tokenizer.tokenize(text).merge_dims(1, -1).to_tensor(shape=[None, 1])[:, 0]}

    tokenizer = tf_text.FastBertTokenizer(["[UNK]", "a"])
    module, ids = tf.Module(), tf.TensorSpec([None, None], tf.int32)
    module.weights = [weight]
    signatures = {"serving_default": measured, "sum": total, "slow": slow, "crash": crash}
    functions = {name: tf.function(function, input_signature=[TEXT]) for name, function in signatures.items()}
    functions["token_ids"] = tf.function(tokens, input_signature=[ids, ids])
    tf.saved_model.save(module, str(folder), functions)


def write_classifier(folder: Path) -> None:
    """Writes a version with the signature of a classifier, whose probability is the number of rows of the batch."""

    def serve(text: tf.Tensor) -> dict[str, tf.Tensor]:
        text = tf.ensure_shape(text, [None])
        pairs = tf.stack([text, text], axis=1)
        probability = tf.cast(tf.fill(tf.shape(text), tf.size(text)), tf.float32)
        numbers = tf.stack([probability, probability], axis=1)
        return {"label": text, "labels": pairs, "probability": probability, "probabilities": numbers}

    function = tf.function(serve, input_signature=[TEXT])
    tf.saved_model.save(tf.Module(), str(folder), {"serving_default": function})


def write_warmup(folder: Path, *requests: tuple[str, str | list[str]]) -> None:
    """Writes warm-up requests into a version: each a signature, and a text or several."""
    file = folder / WARMUP_FILE
    file.parent.mkdir(exist_ok=True)
    with tf.io.TFRecordWriter(str(file)) as writer:
        for signature, text in requests:
            log = prediction_log_pb2.PredictionLog()
            log.predict_log.request.model_spec.signature_name = signature
            log.predict_log.request.inputs["text"].CopyFrom(tf.make_tensor_proto(text, tf.string))
            writer.write(log.SerializeToString())


def texts(*values: str) -> dict[str, np.ndarray]:
    """The input of a signature on texts."""
    return {"text": np.array([value.encode() for value in values], dtype=object)}


async def lengths(version: ServedVersion, *values: str) -> list[float]:
    """What the default signature answers to texts."""
    answer = await version.run("serving_default", texts(*values), ["length"])
    assert list(answer) == ["length"]
    return answer["length"].tolist()


class Server:
    """The models of a server over copies of an export.

    Args:
        export: The version's folder to copy.
        base: The folder of the models.
    """

    def __init__(self, export: Path, base: Path) -> None:
        self.export, self.base = export, base
        self.models: ServedModels

    def add(self, version: int | str, name: str = "m") -> Path:
        """Puts a copy of the export in place, as it should be done: aside, then renamed."""
        folder = self.base / name / str(version)
        shutil.copytree(self.export, self.base / name / f"copying-{version}")
        return (self.base / name / f"copying-{version}").rename(folder)

    def add_broken(self, version: int, name: str = "m") -> Path:
        """Puts a version in place that does not load."""
        folder = self.base / name / str(version)
        folder.mkdir(parents=True)
        (folder / "saved_model.pb").write_bytes((self.export / "saved_model.pb").read_bytes()[:1000])
        return folder

    def settings(self, name: str = "m", **settings: object) -> ModelSettings:
        """A model of the server."""
        return ModelSettings(**({"name": name, "base_path": str(self.base / name)} | settings))  # type: ignore[arg-type]

    @asynccontextmanager
    async def started(
        self, *models: ModelSettings, batching: BatchingSettings | None = None, **options: object
    ) -> AsyncIterator[ServedModels]:
        """The models, started; they poll ten times a second."""
        given = ModelsOptions(**({"poll_seconds": 0.1} | options))  # type: ignore[arg-type]
        self.models = ServedModels(models or [self.settings()], given, batching)
        await self.models.start()
        try:
            yield self.models
        finally:
            await self.models.stop()

    def states(self, name: str = "m") -> dict[int, str]:
        """The states of a model's versions."""
        return {status.version: status.state for status in self.models.status(name)}

    async def until(self, condition: Callable[[], bool], seconds: float = 20.0) -> None:
        """Waits for a condition."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)


async def all_of(calls: Sequence[Awaitable[Result]]) -> list[Result | BaseException]:
    """The results of calls made at once, errors among them."""
    return await asyncio.gather(*calls, return_exceptions=True)


def error_of(call: object) -> tuple[int, str]:
    """The code and the message of a call's error."""
    assert isinstance(call, ServingError), call
    return call.code, call.message


def failing(ask: object, *arguments: object, **names: object) -> tuple[int, str]:
    """The code and the message of the error that a call raises."""
    with pytest.raises(ServingError) as caught:
        ask(*arguments, **names)  # type: ignore[operator]
    return caught.value.code, caught.value.message
