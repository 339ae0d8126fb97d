from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor
from bert_keras.models import SpanExtractorPreprocessor
from bert_keras.serving.encoder import FlatRows, ServedEncoder, ServedWeights, passes
from bert_keras.serving.encoder.rows import ROWS_STEP
from bert_keras.serving.span_logits import SpanLogits
from bert_keras.serving.window_chunks import candidates_of_windows

CONTEXTS = ["the film was good " * words for words in (1, 15, 3, 0, 40, 9)]
QUESTIONS = ["was the film bad?"] * len(CONTEXTS)


class Model:
    """Stands for an extractor without a model, whose logits are those of `Recorder`."""

    def __init__(self, preprocessor: SpanExtractorPreprocessor) -> None:
        self.preprocessor, self.n_best, self.max_answer_tokens = preprocessor, 3, 4
        self.part_words = self.across_paragraphs = False


class Recorder:
    """Keeps the rows and the width of each pass."""

    def __init__(self) -> None:
        self.passes: list[tuple[list[list[int]], int]] = []

    def __call__(self, rows: FlatRows, columns: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        ragged = tf.RaggedTensor.from_row_lengths(rows.token_ids, rows.lengths)
        self.passes.append((ragged.to_list(), int(columns)))
        logits = tf.cast(ragged.to_tensor(shape=[None, int(columns)]), tf.float32)
        return logits, logits


def record(preprocessor: SpanExtractorPreprocessor) -> list[tuple[list[list[int]], int]]:
    """The passes of all documents, one after the other."""
    model: Any = Model(preprocessor)
    recorder: Any = Recorder()
    candidates_of_windows(model, preprocessor.documents(QUESTIONS, CONTEXTS), recorder)
    return recorder.passes


@pytest.mark.parametrize("budget", [1, 48, 100, 4096])
def test_passes_keep_to_the_budget_and_hold_each_window_once(
    extractor: SpanExtractor, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "TOKEN_BUDGET", budget)
    seen = record(extractor.preprocessor)
    assert all(len(rows) * width <= max(budget, 24) for rows, width in seen)
    full = [(len(rows), width) for rows, width in seen[:-1]]
    assert all(count <= ROWS_STEP or count % ROWS_STEP == 0 for count, _ in full)
    # As few as the budget allows: with as many rows more as one adds, each but the last would be beyond it.
    steps = [1 if count < ROWS_STEP else ROWS_STEP for count, _ in full]
    assert all((count + step) * width > min(budget, 64 * 24) for (count, width), step in zip(full, steps, strict=True))
    packed = extractor.preprocessor.pack(
        documents := extractor.preprocessor.documents(QUESTIONS, CONTEXTS), documents.windows
    )
    assert sorted(row for rows, _ in seen for row in rows) == sorted(packed.token_ids.to_list())


def test_rows_of_like_length_go_together(extractor: SpanExtractor) -> None:
    seen = record(extractor.preprocessor)
    lengths = [len(row) for rows, _ in seen for row in rows]
    assert lengths == sorted(lengths, reverse=True)
    for rows, width in seen:
        assert len(rows[0]) <= width < len(rows[0]) + 8


def test_no_row_is_wider_than_what_the_model_has_positions_for(build_extractor: Callable[..., SpanExtractor]) -> None:
    extractor = build_extractor(windows={"max_length": 21}, backbone={"max_sequence_length": 21})
    assert record(extractor.preprocessor)[0][1] == 21


@pytest.mark.parametrize("budget", [1, 100])
def test_candidates_do_not_depend_on_the_budget(
    extractor: SpanExtractor, budget: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = extractor.preprocessor.documents(QUESTIONS, CONTEXTS)
    weights = ServedWeights("float32", "graph")
    logits = SpanLogits(extractor, ServedEncoder(extractor.backbone, weights), weights)
    whole = tf.function(lambda: candidates_of_windows(extractor, documents, logits))()
    monkeypatch.setattr(passes, "TOKEN_BUDGET", budget)
    cut = tf.function(lambda: candidates_of_windows(extractor, documents, logits))()
    for one, other in zip(cut, whole, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
