from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, SpanExtractorPreprocessor
from bert_keras.models.only_context import NEVER, OnlyContext

Build = Callable[..., SpanExtractor]
QUESTIONS = ["the film ?", "a", "", "un b c d e"]
CONTEXTS = ["the film was good . " * 6, "bad", "", "café naive, the playing ! " * 4]


def open_places(inputs: dict[str, Any]) -> np.ndarray:
    """Where an answer may begin or end: [CLS], and what stands between the second and the last [SEP] of a row."""
    found = np.zeros(inputs["token_ids"].shape, bool)
    for row, ids in enumerate(np.asarray(inputs["token_ids"]).tolist()):
        first = ids.index(3)
        last = ids.index(3, first + 1)
        found[row, 0] = True
        found[row, first + 1 : last] = True
    return found


# Processors with bfloat16 products of their own round each of them: by up to 0.065 on these logits of 2.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("mixed_bfloat16", 0.1)])
def test_outputs_are_float32_logits_named_start_and_end(dtype: str, tolerance: float, build_extractor: Build) -> None:
    inputs = build_extractor().preprocessor((QUESTIONS, CONTEXTS))
    known = build_extractor().logits(inputs)
    found = build_extractor(backbone={"dtype": dtype})(inputs, training=False)
    assert list(found) == ["start", "end"]
    for name, logits in found.items():
        assert (logits.shape, logits.dtype) == (inputs["token_ids"].shape, tf.float32)
        np.testing.assert_allclose(logits, known[name], atol=tolerance)


def test_only_the_context_and_cls_are_open(extractor: SpanExtractor) -> None:
    inputs = extractor.preprocessor((QUESTIONS, CONTEXTS))
    is_open = open_places(inputs)
    for logits in extractor.logits(inputs).values():
        np.testing.assert_array_equal(logits.numpy() > NEVER / 2, is_open)
    assert 0.2 < is_open.mean() < 0.8


def test_open_places_have_the_logits_of_the_head(extractor: SpanExtractor) -> None:
    inputs = extractor.preprocessor((QUESTIONS, CONTEXTS))
    hidden = extractor.backbone(inputs, training=False)["sequence_output"].numpy()
    known = hidden @ np.asarray(extractor.output_dense.kernel) + np.asarray(extractor.output_dense.bias)
    is_open = open_places(inputs)
    for place, logits in enumerate(extractor.logits(inputs).values()):
        np.testing.assert_allclose(logits.numpy()[is_open], known[:, :, place][is_open], atol=1e-5)


def test_closed_places_have_no_share_of_the_probability(extractor: SpanExtractor) -> None:
    inputs = extractor.preprocessor((QUESTIONS, CONTEXTS))
    for logits in extractor.logits(inputs).values():
        assert not tf.nn.softmax(logits).numpy()[~open_places(inputs)].any()


@pytest.mark.parametrize("columns", [6, 9])
def test_a_row_is_masked_from_its_segments_and_padding_alone(columns: int) -> None:
    # [CLS] question [SEP] context context [SEP]
    segments = np.array([[0, 0, 0, 1, 1, 1] + [0] * (columns - 6)])
    mask = np.array([[1] * 6 + [0] * (columns - 6)])
    logits = np.arange(1, 2 * columns + 1, dtype=np.float32).reshape(1, columns, 2)
    found = OnlyContext()(logits, segments, mask)
    closed = [NEVER] * (columns - 5)
    np.testing.assert_array_equal(found["start"][0], [1, NEVER, NEVER, 7, 9, *closed])
    np.testing.assert_array_equal(found["end"][0], [2, NEVER, NEVER, 8, 10, *closed])


def test_padding_changes_no_logit(extractor: SpanExtractor) -> None:
    narrow = extractor.preprocessor((["a"], ["bad film"]))
    wide = {name: np.pad(value, [(0, 0), (0, 16)]) for name, value in narrow.items()}
    for found, known in zip(extractor.logits(wide).values(), extractor.logits(narrow).values(), strict=True):
        np.testing.assert_allclose(found[:, : known.shape[1]], known, atol=1e-5)
        assert set(found.numpy()[:, known.shape[1] :].ravel()) == {NEVER}


@pytest.mark.parametrize("changed", ["question", "context"])
def test_both_texts_count(changed: str, extractor: SpanExtractor) -> None:
    texts = {"question": ["the film"], "context": ["was good not bad"]}
    other = texts | {changed: ["c d"] if changed == "question" else ["was a not bad"]}
    first, second = (extractor.logits(extractor.preprocessor(given))["start"].numpy()[0, 0] for given in (texts, other))
    assert abs(first - second) > 1e-3


@pytest.mark.parametrize("settings", [{"n_best": 0}, {"max_answer_tokens": 0}, {"n_best": -1}])
def test_less_than_one_span_or_token_is_refused(settings: dict[str, int], build_extractor: Build) -> None:
    with pytest.raises(InputError, match="n_best and max_answer_tokens must be 1 or above. Received: ") as caught:
        build_extractor(**settings)
    assert "\n" not in str(caught.value)


def test_windows_beyond_the_positions_are_refused(build_extractor: Build) -> None:
    with pytest.raises(InputError, match=r"beyond the backbone's 32 positions\. Received: 33"):
        build_extractor(windows={"max_length": 33})


def test_a_backbone_with_a_single_segment_cannot_tell_question_from_context(build_extractor: Build) -> None:
    with pytest.raises(InputError, match="the backbone knows one segment alone"):
        build_extractor(backbone={"num_segments": 1})


def test_the_configuration_comes_back_whole(build_extractor: Build) -> None:
    settings = {
        "null_threshold": 1.5,
        "n_best": 3,
        "max_answer_tokens": 7,
        "part_words": True,
        "across_paragraphs": True,
    }
    extractor = build_extractor(**settings, backbone={"attention_dropout": 0.4})
    again = SpanExtractor.from_config(extractor.get_config())
    assert again.settings == settings
    assert again.backbone.attention_dropout == 0.4
    assert isinstance(again.preprocessor, SpanExtractorPreprocessor)
    assert again.preprocessor.settings == {"max_length": 24, "window_overlap": 6, "max_question_length": 6}


def test_a_fresh_extractor_always_answers_with_up_to_20_spans_of_30_tokens(build_extractor: Build) -> None:
    usual = {
        "null_threshold": None,
        "n_best": 20,
        "max_answer_tokens": 30,
        "part_words": False,
        "across_paragraphs": False,
    }
    assert build_extractor().settings == usual


def test_a_pooler_is_no_part_of_the_model_that_learns(build_extractor: Build) -> None:
    with_pooler, without = (build_extractor(backbone={"pooler": pooler}) for pooler in (True, False))
    names = [
        [variable.path.split("/", 1)[-1] for variable in model.trainable_variables] for model in (with_pooler, without)
    ]
    assert [len(variables) for variables in names] == [5 + 2 * 16 + 2] * 2
    assert isinstance(with_pooler.backbone.pooled_dense, keras.layers.Dense)
    assert not with_pooler.backbone.pooled_dense.trainable
