"""What a client receives of an export is what the export answers in Python."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from model_stand_ins import ServedModel

from bert_keras import SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.serving import SavedClassifier, SavedExtractor, SavedTagger, export
from bert_keras.serving.loaded_export import LoadedExport

Connect = Callable[..., Any]
TEXTS = ["the film was good", "", "Café 東京 [SEP] \x00", "bad " * 50, "the unplayable films , naïve !"]


def served(loaded: LoadedExport) -> ServedModel:
    signatures = loaded._model.signatures

    def run(signature: str, inputs: dict[str, list[Any]]) -> dict[str, np.ndarray]:
        # TensorFlow makes strings of texts, and int32 of token ids.
        outputs = signatures[signature](**{name: tf.constant(values) for name, values in inputs.items()})
        return {name: decoded(value.numpy()) for name, value in outputs.items()}

    return ServedModel(run)


def decoded(values: np.ndarray) -> np.ndarray:
    """Texts as str, in the shape that they have."""
    if values.dtype != object:
        return values
    texts = np.empty(values.shape, object)
    for place, value in np.ndenumerate(values):
        texts[place] = value.decode()
    return texts


@pytest.fixture(scope="module")
def pairs(build_classifier: Callable[..., TextClassifier], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A served classifier of pairs, rows, and what Python answers them."""
    classifier = build_classifier(pairs=True, labels=["süß", "東京 😀", "[/] {0} ../x"])
    folder = export(classifier, tmp_path_factory.mktemp("served") / "pairs")
    rows = list(zip(TEXTS, reversed(TEXTS), strict=True))
    loaded = SavedClassifier(folder)
    return served(loaded), rows, loaded.classify(rows)


@pytest.fixture(scope="module")
def reader(build_extractor: Callable[..., SpanExtractor], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A served reader, contexts, and what Python answers about them."""
    extractor = build_extractor(null_threshold=0.0, n_best=5)
    folder = export(extractor, tmp_path_factory.mktemp("served") / "reader")
    contexts = [*TEXTS[2:], "a 😀 b c d e " * 20]
    loaded = SavedExtractor(folder)
    return served(loaded), contexts, loaded.answer(["a?"] * 4, contexts)


def test_a_classifier_of_pairs(connected: Connect, pairs: Any) -> None:
    model, rows, own = pairs
    received = connected(model, max_batch_size=2).classify(rows)
    assert [answer.label for answer in received] == [answer.label for answer in own]
    for one, other in zip(received, own, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, abs=1e-6)


def test_a_reader(connected: Connect, reader: Any) -> None:
    model, contexts, own = reader
    received = connected(model, max_batch_size=3).answer(["a?"] * 4, contexts)
    for one, other in zip(received, own, strict=True):
        assert (one.text, one.start, one.end) == (other.text, other.start, other.end)
        assert [span.text for span in one.n_best] == [span.text for span in other.n_best]
        assert (one.score, one.null_odds) == pytest.approx((other.score, other.null_odds), abs=1e-5)
    assert any(answer.n_best for answer in received)


def test_a_token_classifier(
    connected: Connect, build_tagger: Callable[..., TokenClassifier], tmp_path_factory: pytest.TempPathFactory
) -> None:
    loaded = SavedTagger(export(build_tagger(), tmp_path_factory.mktemp("served") / "tagger", signatures=["strings"]))
    wanted = loaded.tag(TEXTS)
    found = connected(served(loaded), max_batch_size=2).tag(TEXTS)
    for one, other in zip(found, wanted, strict=True):
        assert [(of.text, of.label, of.start, of.end) for of in one] == [
            (of.text, of.label, of.start, of.end) for of in other
        ]
        assert [of.score for of in one] == pytest.approx([of.score for of in other], abs=1e-5)
    assert any(wanted)
