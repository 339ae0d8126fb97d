from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import MaskedLM, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import CheckpointError, InputError

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
        ("no mask", 5, r"a text to fill holds \[MASK\]. Received: 'no mask'"),
        ("a [MASK]", 0, "top must be 1 or above. Received: 0"),
        ("a " * 20 + "[MASK]", 5, "a text to fill has at most 16 tokens. Received: 23"),
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
    assert (loaded.settings, loaded.preprocessor.max_length) == ({"activation": "relu", "tied": tied}, 8)
    inputs = saved.preprocessor(TEXTS)
    np.testing.assert_array_equal(loaded.logits(inputs), saved.logits(inputs))


@pytest.mark.parametrize("tied", [True, False])
def test_a_hugging_face_folder_comes_back(build_masked_lm: Build, tied: bool, tmp_path: Path) -> None:
    saved = build_masked_lm(tied=tied)
    saved.output_bias.bias.assign(np.arange(39) / 10)
    loaded = MaskedLM.from_preset(str(save_hugging_face(saved, tmp_path / "saved")))
    assert loaded.tied == tied
    inputs = saved.preprocessor(TEXTS)
    np.testing.assert_array_equal(loaded.logits(inputs), saved.logits(inputs))


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


def test_adapters_are_refused(build_masked_lm: Build) -> None:
    with pytest.raises(InputError, match="adapters are of classifiers and of readers. Received: MaskedLM"):
        build_masked_lm().adapt("somewhere")
