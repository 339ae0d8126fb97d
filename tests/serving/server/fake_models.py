"""Models that answer without TensorFlow: what a text's answer is can be computed from it."""

import asyncio
from collections.abc import Iterable, Sequence

import numpy as np

from bert_keras.serving.server import ModelSettings, ServingError, VersionStatus
from bert_keras.serving.server.interface import Tensors
from bert_keras.serving.server.protos import DataType, SignatureDef

PREDICT = "tensorflow/serving/predict"


def signature(inputs: dict[str, tuple[str, list[int]]], outputs: dict[str, tuple[str, list[int]]]) -> SignatureDef:
    """A signature from the dtype and shape of each tensor."""
    definition = SignatureDef(method_name=PREDICT)
    for side, tensors in ((definition.inputs, inputs), (definition.outputs, outputs)):
        for name, (dtype, shape) in tensors.items():
            side[name].name = f"call_{name}:0"
            side[name].dtype = DataType.Value(f"DT_{dtype}")
            for size in shape:
                side[name].tensor_shape.dim.add(size=size)
    return definition


TEXTS = signature(
    {"text": ("STRING", [-1])},
    {"label": ("STRING", [-1]), "probabilities": ("FLOAT", [-1, 2]), "length": ("INT64", [-1])},
)
TOKENS = signature({"token_ids": ("INT32", [-1, -1]), "padding_mask": ("INT32", [-1, -1])}, {"sums": ("FLOAT", [-1])})
QUESTIONS = signature(
    {"question": ("STRING", [-1]), "context": ("STRING", [-1])},
    {"answer": ("STRING", [-1]), "start": ("INT32", [-1])},
)
KINDS = signature(
    {
        "whole": ("INT64", [-1]),
        "small": ("UINT8", [-1]),
        "single": ("FLOAT", [-1]),
        "double": ("DOUBLE", [-1]),
        "truth": ("BOOL", [-1]),
    },
    {name: (kind, [-1]) for name, kind in (("whole", "INT64"), ("single", "FLOAT"), ("truth", "BOOL"))},
)
HALF = signature({"half": ("HALF", [-1])}, {"half": ("HALF", [-1])})
ONE = signature({"text": ("STRING", [-1])}, {"lengths": ("INT64", [-1, 2])})


def answer_to(text: bytes) -> tuple[bytes, list[float], int]:
    """The label, probabilities and length of a text."""
    share = np.float32((sum(text) % 997) / 996)
    return (b"even" if len(text) % 2 == 0 else b"odd"), [float(share), float(np.float32(1) - share)], len(text)


class FakeVersion:
    """A version whose signatures are those above."""

    signatures = {
        "serving_default": TEXTS,
        "token_ids": TOKENS,
        "questions": QUESTIONS,
        "kinds": KINDS,
        "half": HALF,
        "one": ONE,
    }

    def __init__(self, name: str, version: int, seconds: float) -> None:
        self.name, self.version, self.seconds = name, version, seconds

    async def run(self, signature: str, inputs: Tensors, outputs: Sequence[str]) -> dict[str, np.ndarray]:
        if self.seconds:
            await asyncio.sleep(self.seconds)
        definition = self.signatures[signature]
        for name, tensor in inputs.items():
            shape = definition.inputs[name].tensor_shape.dim
            if tensor.ndim != len(shape):
                sizes, wanted = (",".join(map(str, some)) for some in (tensor.shape, ["?"] * len(shape)))
                message = f"Shape of tensor _arg_{name} [{sizes}] is not compatible with expected shape [{wanted}]."
                raise ServingError(3, message)
        answers = getattr(self, f"_{signature}")(**inputs)
        return {name: answers[name] for name in outputs}

    def _serving_default(self, text: np.ndarray) -> dict[str, np.ndarray]:
        if b"explode" in text.tolist():
            raise RuntimeError("a secret of the server")
        answers = [answer_to(one) for one in text]
        return {
            "label": np.array([label for label, _, _ in answers], object),
            "probabilities": np.array([both for _, both, _ in answers], np.float32).reshape(len(text), 2),
            "length": np.array([length for _, _, length in answers], np.int64),
        }

    def _token_ids(self, token_ids: np.ndarray, padding_mask: np.ndarray) -> dict[str, np.ndarray]:
        return {"sums": (token_ids * padding_mask).sum(axis=1).astype(np.float32)}

    def _questions(self, question: np.ndarray, context: np.ndarray) -> dict[str, np.ndarray]:
        if len(question) != len(context):
            raise ServingError(3, f"as many contexts as questions: [{len(question)}] [{len(context)}]")
        starts = [text.find(asked) for asked, text in zip(question, context, strict=True)]
        return {"answer": question, "start": np.array(starts, np.int32)}

    def _kinds(self, **inputs: np.ndarray) -> dict[str, np.ndarray]:
        return dict(inputs)

    def _half(self, half: np.ndarray) -> dict[str, np.ndarray]:
        return {"half": half}

    def _one(self, text: np.ndarray) -> dict[str, np.ndarray]:
        return {"lengths": np.array([[len(one), -len(one)] for one in text], np.int64).reshape(len(text), 2)}


class FakeModels:
    """One model, `fake`, with the versions 1 and 2, and a label.

    Args:
        seconds: The time that it takes to answer.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.versions = {version: FakeVersion("fake", version, seconds) for version in (1, 2)}
        self.reloaded: list[ModelSettings] = []
        self.stopped = False
        self.states = {version: VersionStatus(version, "AVAILABLE") for version in self.versions}

    async def start(self) -> None:
        pass

    async def stop(self) -> None:
        self.stopped = True

    def find(self, name: str, version: int | None = None, label: str | None = None) -> FakeVersion:
        if label is not None:
            if (name, label) != ("fake", "stable"):
                raise ServingError(3, f"Unrecognized servable version label: {label}")
            version = 1
        found = self.versions.get(max(self.versions) if version is None else version) if name == "fake" else None
        if found is None:
            asked = f"Latest({name})" if version is None else f"Specific({name}, {version})"
            raise ServingError(5, f"Servable not found for request: {asked}")
        return found

    def status(self, name: str, version: int | None = None, label: str | None = None) -> list[VersionStatus]:
        states = sorted(self.states.values(), key=lambda state: -state.version) if name == "fake" else []
        states = [state for state in states if version in (None, state.version)]
        if not states:
            what = "any versions" if version is None else f"version {version}"
            raise ServingError(5, f"Could not find {what} of model {name}")
        return states

    async def reload(self, models: Iterable[ModelSettings]) -> None:
        self.reloaded = list(models)
