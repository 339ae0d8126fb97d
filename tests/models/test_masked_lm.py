from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import MaskedLM, TextClassifier
from bert_keras.checkpoints import save_hugging_face, save_peft
from bert_keras.errors import CheckpointError, InputError, LabelError

Build = Callable[..., MaskedLM]
TEXTS = ["the film was good", "bad"]


@pytest.fixture(scope="module")
def model(build_masked_lm: Build) -> MaskedLM:
    return build_masked_lm()


def by_hand(model: MaskedLM, tokens: list[str], place: int) -> np.ndarray:
    """The probabilities at a column of a row of tokens."""
    ids = np.array([[model.preprocessor.tokenizer.token_to_id(token) for token in tokens]], np.int32)
    inputs = {"token_ids": ids, "segment_ids": np.zeros_like(ids), "padding_mask": np.ones_like(ids)}
    return tf.nn.softmax(model(inputs, training=False)[0, place]).numpy()


def test_logits_are_of_every_token_of_the_vocabulary(model: MaskedLM) -> None:
    assert model.logits(model.preprocessor(TEXTS)).shape == (2, 8, 39)


def test_a_mask_is_filled_with_the_most_probable_tokens(model: MaskedLM) -> None:
    (candidates,) = model.fill("The film was [MASK]!", top=4)
    expected = by_hand(model, ["[CLS]", "the", "film", "was", "[MASK]", "!", "[SEP]"], 4)
    vocabulary = model.preprocessor.tokenizer.get_vocabulary()
    best = np.argsort(-expected)[:4]
    assert [candidate.token for candidate in candidates] == [vocabulary[place] for place in best]
    assert [candidate.token_id for candidate in candidates] == best.tolist()
    np.testing.assert_allclose([candidate.probability for candidate in candidates], expected[best], atol=1e-6)


def test_each_mask_has_its_candidates_in_the_order_of_the_text(model: MaskedLM) -> None:
    first, second, third = model.fill("[MASK] was[MASK] [MASK]", top=1)
    row = ["[CLS]", "[MASK]", "was", "[MASK]", "[MASK]", "[SEP]"]
    for (candidate,), place in ((first, 1), (second, 3), (third, 4)):
        expected = by_hand(model, row, place)
        assert candidate.token_id == expected.argmax()
        assert candidate.probability == pytest.approx(expected.max(), abs=1e-6)


def test_all_candidates_sum_to_one_and_padding_rows_are_none(build_masked_lm: Build) -> None:
    model = build_masked_lm(backbone={"vocabulary_size": 40})
    (candidates,) = model.fill("a [MASK]", top=100)
    assert len(candidates) == 39
    assert 0.5 < sum(candidate.probability for candidate in candidates) < 1


@pytest.mark.parametrize(
    ("text", "top", "message"),
    [
        ("no mask", 5, r"text 1: a text to fill holds \[MASK\]. Received: 'no mask'"),
        ("a [MASK]", 0, "top must be 1 or above. Received: 0"),
        ("a " * 20 + "[MASK]", 5, "text 1: the .MASK. at character 40 stands behind the tokens that the model reads"),
    ],
)
def test_what_cannot_be_filled_is_refused(model: MaskedLM, text: str, top: int, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        model.fill(text, top)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("shape", [{}, {"embedding_dim": 4}, {"num_segments": 0}])
@pytest.mark.parametrize("tied", [True, False])
def test_a_preset_comes_back(build_masked_lm: Build, shape: dict[str, int], tied: bool, tmp_path: Path) -> None:
    saved = build_masked_lm(backbone=shape, tied=tied, activation="relu")
    saved.output_bias.bias.assign(np.arange(39) / 10)
    saved.save_to_preset(str(tmp_path / "own"))
    loaded = MaskedLM.from_preset(str(tmp_path / "own"), max_length=8)
    assert loaded.settings == {"activation": "relu", "tied": tied, "pairs": None}
    assert loaded.preprocessor.max_length == 8
    inputs = saved.preprocessor(TEXTS)
    np.testing.assert_allclose(loaded.logits(inputs), saved.logits(inputs), rtol=0, atol=1e-6)


@pytest.mark.parametrize("tied", [True, False])
def test_a_hugging_face_folder_comes_back(build_masked_lm: Build, tied: bool, tmp_path: Path) -> None:
    saved = build_masked_lm(tied=tied)
    saved.output_bias.bias.assign(np.arange(39) / 10)
    loaded = MaskedLM.from_preset(str(save_hugging_face(saved, tmp_path / "saved")))
    assert loaded.tied == tied
    inputs = saved.preprocessor(TEXTS)
    np.testing.assert_allclose(loaded.logits(inputs), saved.logits(inputs), rtol=0, atol=1e-6)


def test_it_trains_on_the_tokens_that_weights_select(build_masked_lm: Build) -> None:
    model = build_masked_lm()
    inputs = model.preprocessor(["the film was good", "a film was bad"])
    targets, weights = inputs["token_ids"], np.zeros((2, 8), np.float32)
    weights[:, 3] = 1
    masked = inputs | {"token_ids": tf.where(weights == 1, 4, targets)}
    data = tf.data.Dataset.from_tensors((masked, targets, weights))
    model.compile(optimizer="adam", weighted_metrics=[])
    before = model.evaluate(data, verbose=0)
    model.fit(data, epochs=20, verbose=0)
    assert model.evaluate(data, verbose=0) < before
    assert np.abs(model.transform_dense.bias.numpy()).max() > 0


def test_its_encoder_starts_a_classifier(model: MaskedLM, tmp_path: Path) -> None:
    folder = save_hugging_face(model, tmp_path / "saved")
    classifier = TextClassifier.from_preset(str(folder), labels=["a", "b"])
    inputs = model.preprocessor(TEXTS)
    expected = model.backbone(inputs, training=False)["sequence_output"]
    np.testing.assert_array_equal(classifier.backbone(inputs, training=False)["sequence_output"], expected)


@pytest.mark.parametrize("pooler", [True, False])
def test_its_preset_starts_a_classifier(build_masked_lm: Build, pooler: bool, tmp_path: Path) -> None:
    model = build_masked_lm(backbone={"pooler": pooler})
    model.save_to_preset(str(tmp_path / "own"))
    classifier = TextClassifier.from_preset(str(tmp_path / "own"), labels=["a", "b"])
    inputs = model.preprocessor(TEXTS)
    found, wanted = (of.backbone(inputs, training=False) for of in (classifier, model))
    np.testing.assert_array_equal(found["sequence_output"], wanted["sequence_output"])
    assert classifier.backbone.pooled_dense.trainable
    if pooler:
        np.testing.assert_array_equal(found["pooled_output"], wanted["pooled_output"])
    with pytest.raises(LabelError, match="no trained classifier in it, but a masked language model"):
        TextClassifier.from_preset(str(tmp_path / "own"))


def test_a_preset_without_the_head_is_refused(build_classifier: Callable[..., TextClassifier], tmp_path: Path) -> None:
    build_classifier().save_to_preset(str(tmp_path / "own"))
    save_hugging_face(build_classifier(), tmp_path / "saved")
    for name in ("own", "saved"):
        with pytest.raises(CheckpointError, match="there is no head of a masked language model in it"):
            MaskedLM.from_preset(str(tmp_path / name))


def test_an_untied_head_without_a_kernel_is_refused(model: MaskedLM, tmp_path: Path) -> None:
    folder = save_hugging_face(model, tmp_path / "saved")
    config = (folder / "config.json").read_text(encoding="utf-8")
    (folder / "config.json").write_text(config.replace('embeddings": true', 'embeddings": false'), encoding="utf-8")
    with pytest.raises(
        CheckpointError, match="tie_word_embeddings is false in config.json, but the head has no kernel"
    ):
        MaskedLM.from_preset(str(folder))


def test_an_adapter_comes_back_with_the_trained_head(build_masked_lm: Build, tmp_path: Path) -> None:
    base = build_masked_lm()
    base.save_to_preset(str(tmp_path / "base"))
    model = MaskedLM.from_preset(str(tmp_path / "base"))
    model.adapt(str(tmp_path / "base"), rank=2)
    for variable in model.trainable_variables:
        variable.assign((variable.numpy() + 0.05).astype(np.float16))  # adapters are stored so
    model.save_to_preset(str(tmp_path / "adapter"))
    inputs = model.preprocessor(TEXTS)
    with pytest.raises(InputError, match="these are of a masked language model; keep them as save_to_preset writes"):
        save_peft(model, tmp_path / "peft")
    loaded = MaskedLM.from_preset(str(tmp_path / "adapter"))
    np.testing.assert_allclose(loaded.logits(inputs), model.logits(inputs), atol=1e-5)
    assert np.abs(loaded.logits(inputs) - base.logits(inputs)).max() > 0.01


def test_a_fresh_head_stands_on_the_encoder_of_any_preset(
    build_classifier: Callable[..., TextClassifier], tmp_path: Path
) -> None:
    classifier = build_classifier()
    classifier.save_to_preset(str(tmp_path / "classifier"))
    assert not MaskedLM.has_head(str(tmp_path / "classifier"))
    model = MaskedLM.from_encoder(str(tmp_path / "classifier"), max_length=8)
    assert (model.preprocessor.max_length, model.tied) == (8, True)
    inputs = model.preprocessor(TEXTS)
    states = [of.backbone(inputs, training=False)["pooled_output"] for of in (model, classifier)]
    np.testing.assert_array_equal(*states)
    assert not any("pooled" in variable.path for variable in model.trainable_variables)
    model.save_to_preset(str(tmp_path / "own"))
    assert MaskedLM.has_head(str(tmp_path / "own"))


def test_texts_that_share_a_row_are_read_as_if_each_stood_alone(model: MaskedLM) -> None:
    rows = [[2, 11, 4, 13, 3], [2, 14, 3], [2, 4, 12, 3]]  # of [CLS] … [SEP]; 4 is [MASK]
    ids = np.array([[*rows[0], *rows[1], 0, 0], [*rows[2], *rows[0], 0]], np.int32)
    positions = [[place for row in of for place in range(len(row))] for of in ((rows[0], rows[1]), (rows[2], rows[0]))]
    positions = np.array([[*positions[0], 0, 0], [*positions[1], 0]], np.int32)
    inputs = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": (ids > 0) * 1, "positions": positions}
    inputs |= {"masked": (ids == 4) * 1}
    found = model.packed_logits({name: tf.constant(values, tf.int32) for name, values in inputs.items()})
    alone = []
    for row, place in ((rows[0], 2), (rows[2], 1), (rows[0], 2)):
        one = np.array([row], np.int32)
        given = {"token_ids": one, "segment_ids": 0 * one, "padding_mask": 0 * one + 1}
        alone.append(model.logits(given)[0, place])
    np.testing.assert_allclose(found, np.array(alone), atol=1e-5)


def test_many_texts_are_filled_as_each_alone(model: MaskedLM) -> None:
    texts = ["é[MASK] film", "the [MASK] was [MASK]!", "[MASK]", "a b c d [MASK] good bad not the film"]
    together = model.fill_texts(texts, top=3, token_budget=12)
    assert [[mask.start for mask in masks] for masks in together] == [[1], [4, 15], [0], [8]]
    for text, masks in zip(texts, together, strict=True):
        for mask, alone in zip(masks, model.fill(text, top=3), strict=True):
            assert [one.token for one in mask.candidates] == [one.token for one in alone]
            expected = [one.probability for one in alone]
            np.testing.assert_allclose([one.probability for one in mask.candidates], expected, atol=1e-5)


@pytest.mark.parametrize("tied", [True, False])
def test_tokens_can_be_added_to_a_masked_language_model(build_masked_lm: Build, tied: bool) -> None:
    model = build_masked_lm(tied=tied)
    before = model.logits(model.preprocessor(TEXTS)).numpy()
    assert model.add_tokens(["[E1]"]) == 1
    after = model.logits(model.preprocessor(TEXTS)).numpy()
    assert after.shape[-1] == 40
    np.testing.assert_allclose(after[..., :39], before, atol=1e-6)
    assert len(model.fill("a [MASK] [E1]", top=50)[0]) == 40
