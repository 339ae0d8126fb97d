"""What a mask's token and an entity's type hang on: the same numbers as `fill` and `tag`, whose parts add up."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import MaskedLM, TokenClassifier
from bert_keras.errors import InputError, LabelError
from bert_keras.insight import (
    Inspection,
    attention,
    decisions_of,
    forward,
    integrated_gradients,
    label_attributions,
    masked_predictions,
    target_of,
)
from bert_keras.insight.gradient_attention import row_gradients
from bert_keras.insight.record import make_record
from bert_keras.text.masked_texts import tokenize_masked

MASKED = "the café [MASK] was [MASK], not good"
TAGGED = "a bad film, playing good b, un café"
LONG = " ".join(["the good film was bad", "a b c d e", "un café playing not naive"] * 2)


@pytest.fixture(scope="module")
def masked_lm(build_masked_lm: Callable[..., MaskedLM]) -> MaskedLM:
    return build_masked_lm()


@pytest.fixture(scope="module")
def tagger(build_tagger: Callable[..., TokenClassifier]) -> TokenClassifier:
    """A tagger that finds entities of one and of several words, in windows of 16 tokens."""
    tagger = build_tagger(windows={"max_length": 16})
    tagger.output_dense.bias.assign([-0.5, 0.2, 0.3, 0.1, 0.2])
    return tagger


@pytest.fixture(scope="module", params=["mask", "entity"])
def seen(request: pytest.FixtureRequest, masked_lm: MaskedLM, tagger: TokenClassifier) -> Inspection:
    return attention(masked_lm, MASKED) if request.param == "mask" else attention(tagger, TAGGED)


def test_masks_are_tokens_and_all_others_those_of_the_text(masked_lm: MaskedLM) -> None:
    seen = attention(masked_lm, MASKED).tokens
    known = tokenize_masked(masked_lm.preprocessor.tokenizer, [MASKED]).token_ids[0].numpy()
    np.testing.assert_array_equal(seen.ids[1:-1], known)
    here = zip(seen.starts[1:-1], seen.ends[1:-1], strict=True)
    assert [MASKED[start:end] for start, end in here] == ["the", "café", "[MASK]", "was", "[MASK]", ",", "not", "good"]
    assert seen.words.tolist() == [-1, 0, 1, 2, 3, 4, 5, 6, 7, -1]


def test_candidates_are_those_that_fill_gives(masked_lm: MaskedLM) -> None:
    decisions = decisions_of(attention(masked_lm, MASKED))
    for decision, (*known,) in zip(decisions, masked_lm.fill(MASKED, top=10), strict=True):
        assert decision.labels == tuple(each.token for each in known)
        np.testing.assert_allclose(decision.probabilities, [each.probability for each in known], atol=1e-6)
        assert MASKED[decision.start : decision.end] == "[MASK]"


def test_entities_are_those_that_tag_finds_with_their_scores(tagger: TokenClassifier) -> None:
    entities = tagger.tag([TAGGED])[0]
    decisions = decisions_of(attention(tagger, TAGGED))
    assert len(entities) > 1 and max(len(decision.reads) for decision in decisions) > 1
    for entity, decision in zip(entities, decisions, strict=True):
        assert (decision.title, decision.start, decision.end) == (entity.text, entity.start, entity.end)
        assert decision.labels[decision.predicted] == entity.label
        assert decision.probabilities[decision.predicted] == pytest.approx(entity.score, abs=1e-6)


def test_the_parts_add_up_to_the_change_of_the_models_own_logits(seen: Inspection) -> None:
    model, tokens = seen.model, seen.tokens
    mask = model.preprocessor.tokenizer.token_to_id("[MASK]")
    hidden = np.where(tokens.special, tokens.ids, mask)[np.newaxis]
    served = [model.logits(tokens.inputs() | change)[0].numpy() for change in ({}, {"token_ids": tf.constant(hidden)})]
    for decision in decisions_of(seen):
        at = seen.at(decision)
        for label in (None, decision.labels[1]):
            found = integrated_gradients(model, at.tokens, target := target_of(at, label))
            outputs = decision.outputs[target.label]
            known = [of[list(decision.reads), outputs].mean() for of in served]
            assert (found.score, found.baseline_score) == pytest.approx(known, abs=1e-5)
            assert found.values.sum() - (known[0] - known[1]) == pytest.approx(found.gap, abs=1e-4)
            assert abs(found.gap) <= 0.01 * max(abs(known[0] - known[1]), 0.1) + 1e-6


def test_one_label_against_another_is_the_difference_of_both(seen: Inspection) -> None:
    at = seen.at(decisions_of(seen)[-1])
    one, other = at.decision.labels[:2]
    found = label_attributions(at).of(target_of(at, one, other))
    assert found.score == pytest.approx(at.logits[0] - at.logits[1], abs=1e-5)
    alone = integrated_gradients(at.model, at.tokens, target_of(at, one, other))
    np.testing.assert_allclose(found.values, alone.values, atol=0.02 * abs(alone.values).sum())


def test_gradients_are_those_of_the_logits_where_they_are_read(seen: Inspection) -> None:
    at = seen.at(decisions_of(seen)[-1])
    target = target_of(at)
    embeddings = at.model.backbone.token_embedding(at.tokens.inputs()["token_ids"])
    with tf.GradientTape() as tape:
        tape.watch(embeddings)
        made = forward(at.model, seen.tokens.inputs(), embeddings)
        read = [
            made.outputs[0, row, of] for row, of in zip(target.rows, at.decision.outputs[target.label], strict=True)
        ]
        score = tf.reduce_mean(read)
    known = [gradient[0].numpy() for gradient in tape.gradient(score, made.attention)]
    np.testing.assert_allclose(row_gradients(at, target), known, atol=1e-6)
    assert abs(np.array(known)).max() > 1e-3


def test_with_a_word_masked_it_says_what_the_model_says_to_that_row(seen: Inspection) -> None:
    at = seen.at(decisions_of(seen)[0])
    word = 1
    mask = at.model.preprocessor.tokenizer.token_to_id("[MASK]")
    ids = np.where(at.tokens.words == word, mask, at.tokens.ids)[np.newaxis]
    logits = at.model.logits(seen.tokens.inputs() | {"token_ids": tf.constant(ids)})[0].numpy().astype(np.float64)
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    known = [shares[list(at.decision.reads), outputs].mean() for outputs in at.decision.outputs]
    made = masked_predictions(at)
    np.testing.assert_allclose(made.probabilities[word], known, atol=1e-6)
    np.testing.assert_allclose(made.original, at.decision.probabilities, atol=1e-6)
    assert made.drops(target_of(at))[word] != 0


@pytest.mark.parametrize("window", [None, 1])
def test_in_a_long_text_the_window_explains_what_it_decides_and_marks_the_rest(
    window: int | None, tagger: TokenClassifier
) -> None:
    entities, seen = tagger.tag([LONG])[0], attention(tagger, LONG, window=window)
    assert seen.tagged.windows > 2
    decisions = decisions_of(seen)
    header = make_record(seen, name="long", methods=("raw",), masked=False).header
    assert [(mark["start"], mark["end"], mark["label"]) for mark in header["marks"] if mark["state"] == "found"] == [
        (entity.start, entity.end, entity.label) for entity in entities
    ]
    explained = [mark for mark in header["marks"] if mark["decision"] is not None]
    assert len(explained) == len(header["decisions"]) == len(decisions)
    assert 0 < len(explained) < len(entities)
    scores = {(entity.start, entity.end): entity.score for entity in entities}
    for decision in decisions:
        assert decision.probabilities[decision.predicted] == pytest.approx(
            scores[decision.start, decision.end], abs=1e-6
        )


def test_every_entity_is_explained_by_just_one_window(tagger: TokenClassifier) -> None:
    windows = attention(tagger, LONG).tagged.windows
    found = [
        (decision.start, decision.end)
        for window in range(windows)
        for decision in decisions_of(attention(tagger, LONG, window=window))
    ]
    assert len(set(found)) == len(found)
    assert set(found) <= {(entity.start, entity.end) for entity in tagger.tag([LONG])[0]}


def test_entities_that_are_missed_or_wrong_are_marked_as_that(tagger: TokenClassifier) -> None:
    first, second, *_ = tagger.tag([TAGGED])[0]
    other = next(label for label in tagger.labels if label != second.label)
    missed = TAGGED.index("b,")
    assert not any(each.start <= missed < each.end for each in (first, second))
    true = [(first.start, first.end, first.label), (second.start, second.end, other)]
    header = make_record(attention(tagger, TAGGED), name="x", true=true, methods=("raw",), masked=False).header
    marks = {(mark["start"], mark["end"]): mark for mark in header["marks"]}
    assert (marks[first.start, first.end]["state"], marks[second.start, second.end]["state"]) == ("found", "wrong")
    assert marks[second.start, second.end]["true"] == other
    assert (header["decisions"][0]["title"], header["prediction"]["true"]) == (second.text, [other])  # what is wrong


def test_a_text_without_entities_shows_the_word_that_is_nearest_to_one(
    build_tagger: Callable[..., TokenClassifier],
) -> None:
    tagger = build_tagger()
    tagger.output_dense.bias.assign([9.0, 0, 0, 0, 0])
    seen = attention(tagger, "the film was bad")
    (decision,) = decisions_of(seen, true=[(4, 8, "Y")])
    others = [decisions_of(seen, true=[(start, end, "X")])[0].probabilities[0] for start, end in ((0, 3), (13, 16))]
    assert (decision.title, decision.labels[decision.predicted], decision.true) == ("film", "no entity", "Y")
    (nearest,) = decisions_of(seen)
    assert nearest.probabilities[0] <= min(decision.probabilities[0], *others)
    header = make_record(seen, name="none", true=[], methods=("raw",), masked=False).header
    assert [(mark["state"], mark["label"]) for mark in header["marks"]] == [("none", "no entity")]


def test_a_word_that_is_a_token_can_be_explained_at_a_mask(masked_lm: MaskedLM) -> None:
    seen = attention(masked_lm, "the [MASK] was bad")
    header = make_record(seen, name="x", label="CAFÉ", methods=("raw",), masked=False).header
    assert header["target"]["label"] == "cafe" and "cafe" in header["prediction"]["labels"]
    place = masked_lm.preprocessor.tokenizer.token_to_id("cafe")
    logit = header["prediction"]["logits"][header["prediction"]["labels"].index("cafe")]
    assert logit == pytest.approx(float(masked_lm.logits(seen.tokens.inputs())[0, 2, place]), rel=1e-4)


@pytest.mark.parametrize(
    ("word", "told"), [("films", "read as film ##s"), ("", "no token"), ("東", r"read as \[UNK\]")]
)
def test_a_word_that_is_no_token_is_told(word: str, told: str, masked_lm: MaskedLM) -> None:
    with pytest.raises(LabelError, match=told):
        make_record(attention(masked_lm, "the [MASK]"), name="x", label=word)


def test_each_mask_has_its_own_explanation_in_the_record(masked_lm: MaskedLM) -> None:
    header: dict[str, Any] = make_record(attention(masked_lm, MASKED), name="two", methods=("raw", "gradient")).header
    first, second = header["decisions"]
    assert (first["title"], second["title"], header["task"]) == ("mask 1", "mask 2", "fill_mask")
    assert "told" not in first and header["target"]["rows"] == [3] and second["told"]["target"]["rows"] == [5]
    assert second["told"]["methods"]["raw"]["values"] != header["methods"]["raw"]["values"]
    assert [mark["decision"] for mark in header["marks"]] == [0, 1]


@pytest.mark.parametrize(
    ("text", "told"),
    [("no mask", r"a text to fill holds \[MASK\]"), ("the " * 20 + "[MASK]", "behind the tokens that the model reads")],
)
def test_a_text_that_cannot_be_filled_is_told(text: str, told: str, masked_lm: MaskedLM) -> None:
    with pytest.raises(InputError, match=told):
        attention(masked_lm, text)


def test_second_texts_windows_and_texts_without_words_are_told(masked_lm: MaskedLM, tagger: TokenClassifier) -> None:
    with pytest.raises(InputError, match="single texts"):
        attention(masked_lm, MASKED, "film")
    with pytest.raises(InputError, match=r"no word to tag. Received: ' '"):
        attention(tagger, " ")
    with pytest.raises(InputError, match="numbered from 0. Received: 9"):
        attention(tagger, TAGGED, window=9)
