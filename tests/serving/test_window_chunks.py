from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor
from bert_keras.models import SpanExtractorPreprocessor
from bert_keras.serving import window_chunks
from bert_keras.serving.window_chunks import candidates_of_windows

CONTEXTS = ["the film was good " * words for words in (1, 15, 3, 0, 40, 9)]
QUESTIONS = ["was the film bad?"] * len(CONTEXTS)


class Recorder(SimpleNamespace):
    """A model that keeps what it was given."""

    def __call__(self, inputs: dict[str, tf.Tensor], training: bool) -> dict[str, tf.Tensor]:
        assert training is False
        self.passes.append({name: value.numpy() for name, value in inputs.items()})
        return {name: tf.cast(inputs["token_ids"], tf.float32) for name in ("start", "end")}


def record(preprocessor: SpanExtractorPreprocessor) -> list[dict[str, np.ndarray]]:
    """The passes of all documents, one after the other."""
    recorder: Any = Recorder(preprocessor=preprocessor, n_best=3, max_answer_tokens=4, passes=[])
    candidates_of_windows(recorder, preprocessor.documents(QUESTIONS, CONTEXTS))
    return recorder.passes


@pytest.mark.parametrize("budget", [1, 48, 100, 4096])
def test_passes_keep_to_the_budget_and_hold_each_window_once(
    extractor: SpanExtractor, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_chunks, "TOKEN_BUDGET", budget)
    passes = record(extractor.preprocessor)
    sizes = [inputs["token_ids"].size for inputs in passes]
    assert all(size <= max(budget, 24) for size in sizes)
    # As few as the budget allows: with one row more each but the last would be beyond it.
    assert all(
        size + inputs["token_ids"].shape[1] > min(budget, 64 * 24)
        for size, inputs in zip(sizes[:-1], passes, strict=False)
    )
    rows = sorted(
        tuple(row[mask == 1])
        for inputs in passes
        for row, mask in zip(inputs["token_ids"], inputs["padding_mask"], strict=True)
    )
    packed = extractor.preprocessor.pack(
        documents := extractor.preprocessor.documents(QUESTIONS, CONTEXTS), documents.windows
    )
    assert rows == sorted(map(tuple, packed.token_ids.to_list()))


def test_rows_of_like_length_go_together_and_are_hardly_padded(extractor: SpanExtractor) -> None:
    passes = record(extractor.preprocessor)
    lengths = [inputs["padding_mask"].sum(axis=1) for inputs in passes]
    assert (np.diff(np.concatenate(lengths)) <= 0).all()
    for inputs, longest in zip(passes, (of.max() for of in lengths), strict=True):
        assert longest <= inputs["token_ids"].shape[1] < longest + 8
        padding = inputs["padding_mask"] == 0
        assert not inputs["token_ids"][padding].any()
        assert not inputs["segment_ids"][padding].any()


def test_no_row_is_padded_beyond_what_the_model_has_positions_for(
    build_extractor: Callable[..., SpanExtractor],
) -> None:
    extractor = build_extractor(windows={"max_length": 21}, backbone={"max_sequence_length": 21})
    assert record(extractor.preprocessor)[0]["token_ids"].shape[1] == 21


@pytest.mark.parametrize("budget", [1, 100])
def test_candidates_do_not_depend_on_the_budget(
    extractor: SpanExtractor, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = extractor.preprocessor.documents(QUESTIONS, CONTEXTS)
    whole = tf.function(lambda: candidates_of_windows(extractor, documents))()
    monkeypatch.setattr(window_chunks, "TOKEN_BUDGET", budget)
    for one, other in zip(tf.function(lambda: candidates_of_windows(extractor, documents))(), whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
