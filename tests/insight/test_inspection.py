from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import Inspection, attention
from bert_keras.models.forward_pass import ForwardPass

Build = Callable[..., TextClassifier]
QUESTION = "was the film good?"
CONTEXT = "the café was a bad cafe, " * 8


@pytest.fixture(params=["text", "pair", "empty", "reader"], scope="module")
def inspection(
    request: pytest.FixtureRequest, classifier: TextClassifier, build_classifier: Build, extractor: SpanExtractor
):
    match request.param:
        case "text":
            return attention(classifier, "the films played, not good!")
        case "pair":
            return attention(build_classifier(pairs=True), "the film", "was playing")
        case "empty":
            return attention(classifier, "")
    return attention(extractor, QUESTION, CONTEXT)


def test_shapes_are_those_of_model_and_row(inspection: Inspection) -> None:
    backbone, count = inspection.model.backbone, len(inspection.tokens)
    assert inspection.weights.shape == (backbone.num_layers, backbone.num_heads, count, count)
    assert inspection.hidden_states.shape == (backbone.num_layers + 1, count, backbone.hidden_dim)
    assert {part.shape for part in inspection.embeddings} == {(count, backbone.hidden_dim)}


def test_attention_of_each_token_adds_up_to_one(inspection: Inspection) -> None:
    np.testing.assert_allclose(inspection.weights.sum(axis=-1), 1, atol=1e-6)
    assert inspection.weights.min() >= 0


def test_the_three_input_embeddings_add_up_to_their_sum(inspection: Inspection) -> None:
    token, segment, position, summed = inspection.embeddings
    np.testing.assert_allclose(token + segment + position, summed, rtol=0, atol=1e-6)
    assert all(np.abs(part).max() > 0.1 for part in (token, segment, position))


def test_input_embeddings_are_rows_of_the_models_tables(inspection: Inspection) -> None:
    backbone, tokens = inspection.model.backbone, inspection.tokens
    tables = (backbone.token_embedding, backbone.segment_embedding, backbone.position_embedding)
    rows = (tokens.ids, tokens.segment_ids, np.arange(len(tokens)))
    for found, layer, places in zip(inspection.embeddings, tables, rows, strict=False):
        np.testing.assert_array_equal(found, np.asarray(layer.weights[0])[places])


def test_the_last_hidden_state_is_the_backbones_output(inspection: Inspection) -> None:
    output = inspection.model.backbone(inspection.tokens.inputs(), training=False)["sequence_output"]
    np.testing.assert_allclose(inspection.hidden_states[-1], output[0], rtol=0, atol=1e-6)


def test_logits_are_those_of_the_graph_that_is_served(inspection: Inspection) -> None:
    graph = inspection.model.logits(inspection.tokens.inputs())
    pairs = zip(tf.nest.flatten(inspection.logits), tf.nest.flatten(graph), strict=True)
    differences = [float(np.abs(found - known[0].numpy()).max()) for found, known in pairs]
    assert max(differences) < 1e-6
    assert inspection.logit_difference == pytest.approx(max(differences), abs=1e-6)


def test_a_pass_with_other_weights_reports_how_far_its_logits_are_off(
    build_classifier: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build_classifier()
    graph = model.logits
    monkeypatch.setattr(model, "logits", ForwardPass(lambda inputs: graph(inputs) + [0.25, -0.5]))
    assert attention(model, "good").logit_difference == pytest.approx(0.5, abs=1e-6)


def test_of_a_reader_the_window_of_the_best_answer_is_looked_at_unless_said(extractor: SpanExtractor) -> None:
    best = attention(extractor, QUESTION, CONTEXT)
    assert best.document is not None and len(best.document.windows) > 2
    answer = extractor.answer(QUESTION, CONTEXT).n_best[0]
    window = best.document.windows[best.document.shown]
    assert window.start <= answer.start and answer.end <= window.end
    for number, window in enumerate(best.document.windows):
        shown = attention(extractor, QUESTION, CONTEXT, window=number).tokens
        read = [
            CONTEXT[start:end]
            for start, end in zip(shown.starts[shown.texts == 1], shown.ends[shown.texts == 1], strict=True)
        ]
        assert read[0] == CONTEXT[window.start : window.start + len(read[0])]
        assert len(read) == window.tokens and shown.texts[window.row_place] == 1


def test_offsets_point_at_what_the_pieces_were_made_of(classifier: TextClassifier) -> None:
    tokens = attention(classifier, "the 🙂 CAFÉS un2").tokens
    assert [tokens.first[start:end] for start, end in zip(tokens.starts[1:-1], tokens.ends[1:-1], strict=True)] == [
        *("the", "🙂", "CAFÉ", "S", "un", "2")
    ]
    assert tokens.pieces == ("[CLS]", "the", "[UNK]", "cafe", "##s", "un", "##2", "[SEP]")
    assert tokens.words.tolist() == [-1, 0, 1, 2, 2, 3, 3, -1]


def test_a_reader_wants_a_context(extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match="context"):
        attention(extractor, QUESTION)


@pytest.mark.parametrize("window", [-1, 99])
def test_a_window_that_is_not_there_is_an_error(window: int, extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match=f"numbered from 0. Received: {window}"):
        attention(extractor, QUESTION, CONTEXT, window=window)


def test_a_classifier_has_no_windows(classifier: TextClassifier) -> None:
    with pytest.raises(InputError, match="window=1"):
        attention(classifier, "good", window=1)
