import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import cut, write_classifier, write_hugging_face

from bert_keras import TextClassifier, TextEncoder, checkpoints
from bert_keras.errors import BertKerasError, CheckpointError, InputError, LabelError, PresetError
from bert_keras.models import takes_pairs

REFERENCE = Path(__file__).with_name("sentence_reference.npz")
MODES = ("cls", "max", "mean", "mean_sqrt_len_tokens", "weightedmean", "lasttoken")


def written(kind: str, folder: Path) -> tuple[Path, np.ndarray]:
    """Writes the files of a model of `sentence_reference.py`, and returns what sentence-transformers computed."""
    with np.load(REFERENCE, allow_pickle=False) as file:
        for name in file:
            if name.startswith(f"{kind}/file/"):
                path = folder / name.removeprefix(f"{kind}/file/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file[name].tobytes())
        return folder, file[f"{kind}/output"]


def given(name: str) -> list[Any]:
    with np.load(REFERENCE, allow_pickle=False) as file:
        return [tuple(map(str, row)) if name == "pairs" else str(row) for row in file[name]]


@pytest.mark.parametrize("kind", [*MODES, "around", "prompt_left_out"])
def test_vectors_equal_those_of_sentence_transformers(kind: str, tmp_path: Path) -> None:
    folder, expected = written(kind, tmp_path / kind)
    encoder = TextEncoder.from_preset(str(folder))
    found = encoder.encode(given("texts"))
    assert (found.dtype, encoder.dimension) == (np.float32, expected.shape[1])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_vectors_do_not_depend_on_the_batch(tmp_path: Path) -> None:
    folder, expected = written("around", tmp_path / "around")
    encoder = TextEncoder.from_preset(str(folder))
    np.testing.assert_allclose(encoder.encode(given("texts"), token_budget=1), expected, rtol=0, atol=1e-5)
    assert encoder.encode([]).shape == (0, 3)


def test_another_prompt_than_the_default_is_named(tmp_path: Path) -> None:
    folder, _ = written("around", tmp_path / "around")
    encoder = TextEncoder.from_preset(str(folder))
    assert (encoder.default_prompt, encoder.prompts["query"]) == ("query", "c: ")
    by_name = encoder.encode(["c"], prompt_name="passage")
    np.testing.assert_allclose(by_name, encoder.encode(["a b c"], prompt_name="document"), rtol=0, atol=1e-6)
    assert np.abs(by_name - encoder.encode(["c"])).max() > 1e-3
    with pytest.raises(InputError, match="prompt_name must be one of .*Received: 'title'"):
        encoder.encode(["c"], prompt_name="title")


@pytest.mark.parametrize("texts", ["a text", [1]])
def test_what_is_no_list_of_texts_is_refused(texts: Any, tmp_path: Path) -> None:
    encoder = TextEncoder.from_preset(str(written("mean", tmp_path / "mean")[0]))
    with pytest.raises(InputError, match="expected a list of texts"):
        encoder.encode(texts)


def test_old_files_name_the_pooling_and_the_length_otherwise(tmp_path: Path) -> None:
    folder, _ = written("around", tmp_path / "around")
    expected = TextEncoder.from_preset(str(folder)).encode(given("texts"))
    old = {"word_embedding_dimension": 8, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(old), encoding="utf-8")
    change(folder, "tokenizer_config.json", model_max_length=12)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 6, "do_lower_case": false}', encoding="utf-8")
    modules = (folder / "modules.json").read_text(encoding="utf-8")
    modules = modules.replace("sentence_transformers.base.modules.transformer.", "sentence_transformers.models.")
    (folder / "modules.json").write_text(modules, encoding="utf-8")
    np.testing.assert_array_equal(TextEncoder.from_preset(str(folder)).encode(given("texts")), expected)


def change(folder: Path, name: str, **settings: Any) -> None:
    content = json.loads((folder / name).read_text(encoding="utf-8"))
    (folder / name).write_text(json.dumps(content | settings), encoding="utf-8")


def change_module(folder: Path, place: int, type_name: str) -> None:
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[place]["type"] = type_name
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "error", "problem"),
    [
        (
            lambda folder: change_module(folder, 2, "sentence_transformers.models.WeightedLayerPooling"),
            CheckpointError,
            "Received: WeightedLayerPooling",
        ),
        (
            lambda folder: change_module(folder, 0, "sentence_transformers.models.BoW"),
            CheckpointError,
            "must begin with a Transformer and a Pooling. Received: BoW, Pooling",
        ),
        (
            lambda folder: change_module(folder, 2, "custom_code.Head"),
            CheckpointError,
            "code of its own is not supported. Received: custom_code.Head",
        ),
        (
            lambda folder: change(folder, "1_Pooling/config.json", pooling_mode="median"),
            CheckpointError,
            "pooling_mode must be of cls, max, mean",
        ),
        (
            lambda folder: change(
                folder, "2_Dense/config.json", activation_function="torch.nn.modules.activation.Mish"
            ),
            CheckpointError,
            "activation_function must be one of Identity, Tanh",
        ),
        (
            lambda folder: change(folder, "2_Dense/config.json", use_residual=True),
            CheckpointError,
            "Dense (without a residual)",
        ),
        (
            lambda folder: change(folder, "sentence_bert_config.json", transformer_task="fill-mask"),
            CheckpointError,
            "the encoder must give token embeddings. Received: transformer_task 'fill-mask'",
        ),
        (
            lambda folder: change(folder, "config_sentence_transformers.json", default_prompt_name="title"),
            CheckpointError,
            "default_prompt_name must be one of",
        ),
        (lambda folder: cut(folder / "modules.json", 0.5), CheckpointError, "no list of modules"),
        (lambda folder: cut(folder / "modules.json", 0.0), PresetError, "no modules.json"),
        (
            lambda folder: (folder / "2_Dense" / "model.safetensors").rename(folder / "2_Dense" / "pytorch_model.bin"),
            CheckpointError,
            "pickled (pytorch_model.bin)",
        ),
    ],
)
def test_a_model_of_sentence_transformers_that_is_not_supported_is_refused(
    spoil: Callable[[Path], object], error: type[BertKerasError], problem: str, tmp_path: Path
) -> None:
    folder, _ = written("around", tmp_path / "around")
    spoil(folder)
    with pytest.raises(error) as caught:
        TextEncoder.from_preset(str(folder))
    assert problem in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_cross_encoder_gives_the_probability_that_it_predicts(tmp_path: Path) -> None:
    folder, expected = written("score", tmp_path / "score")
    classifier = TextClassifier.from_preset(str(folder), max_length=10)
    assert (classifier.task, classifier.labels, classifier.pairs) == ("multi_label", ("LABEL_0",), True)
    assert takes_pairs(str(folder)) is True
    found = [answer.probabilities["LABEL_0"] for answer in classifier.classify(given("pairs"), token_budget=1)]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_a_cross_encoder_without_an_activation_gives_the_number_that_it_predicts(tmp_path: Path) -> None:
    folder, expected = written("number", tmp_path / "number")
    classifier = TextClassifier.from_preset(str(folder), max_length=10)
    assert (classifier.task, classifier.pairs) == ("regression", True)
    np.testing.assert_allclose([a.score for a in classifier.classify(given("pairs"))], expected, rtol=0, atol=1e-5)


def test_a_cross_encoder_of_several_outputs_gives_the_logits_that_it_predicts(tmp_path: Path) -> None:
    folder, expected = written("choice", tmp_path / "choice")
    classifier = TextClassifier.from_preset(str(folder), max_length=10)
    assert (classifier.task, classifier.labels) == ("single_label", ("LABEL_0", "LABEL_1", "LABEL_2"))
    first, second = zip(*given("pairs"), strict=True)
    inputs = classifier.preprocessor((list(first), list(second)))
    np.testing.assert_allclose(classifier(inputs, training=False), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("older", "task"),
    [
        ({"sentence_transformers": {"activation_fn": "torch.nn.modules.linear.Identity"}}, "regression"),
        ({"sentence_transformers": {"activation_fn": "torch.nn.modules.activation.Sigmoid"}}, "multi_label"),
        ({"sentence_transformers": {"version": "4.0.0"}}, "multi_label"),
        ({"sbert_ce_default_activation_function": "torch.nn.modules.linear.Identity"}, "regression"),
    ],
)
def test_older_cross_encoders_say_their_activation_in_config_json(
    older: dict[str, Any], task: str, tmp_path: Path
) -> None:
    folder, _ = written("score", tmp_path / "score")
    (folder / "config_sentence_transformers.json").unlink()
    change(folder, "config.json", **older)
    assert TextClassifier.from_preset(str(folder)).task == task


def test_a_cross_encoder_with_another_activation_is_refused(tmp_path: Path) -> None:
    folder, _ = written("score", tmp_path / "score")
    change(folder, "config_sentence_transformers.json", activation_fn="torch.nn.modules.activation.Tanh")
    with pytest.raises(CheckpointError, match="activation_fn of a cross-encoder with 1 outputs must be one of Sigmoid"):
        TextClassifier.from_preset(str(folder))


def test_an_ordinary_classifier_is_no_cross_encoder(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model")
    assert TextClassifier.from_preset(str(folder)).pairs is False
    assert takes_pairs(str(folder)) is None


def test_a_setfit_model_says_what_its_head_is_and_gives_its_vectors(tmp_path: Path) -> None:
    folder, expected = written("mean", tmp_path / "mean")
    (folder / "model_head.pkl").write_bytes(b"pickled")
    (folder / "config_setfit.json").write_text('{"labels": ["no", "yes"]}', encoding="utf-8")
    np.testing.assert_allclose(TextEncoder.from_preset(str(folder)).encode(given("texts")), expected, atol=1e-5)
    with pytest.raises(LabelError, match=r"but a SetFit model, whose head is pickled \(model_head.pkl\)"):
        TextClassifier.from_preset(str(folder))
    assert TextClassifier.from_preset(str(folder), labels=["no", "yes"]).labels == ("no", "yes")


@pytest.mark.parametrize("kind", ["max", "around", "prompt_left_out"])
def test_an_encoder_goes_to_a_preset_and_to_sentence_transformers_and_comes_back(kind: str, tmp_path: Path) -> None:
    folder, expected = written(kind, tmp_path / kind)
    encoder = TextEncoder.from_preset(str(folder))
    encoder.save_to_preset(str(tmp_path / "own"))
    checkpoints.save_hugging_face(encoder, tmp_path / "theirs")
    for name in ("own", "theirs"):
        again = TextEncoder.from_preset(str(tmp_path / name))
        assert (again.settings, again.preprocessor.max_length) == (encoder.settings, encoder.preprocessor.max_length)
        np.testing.assert_allclose(again.encode(given("texts")), expected, rtol=0, atol=1e-5)


def test_adapters_stand_over_an_encoder_and_keep_its_dense_layers(tmp_path: Path) -> None:
    folder, expected = written("around", tmp_path / "around")
    encoder = TextEncoder.from_preset(str(folder), max_length=8)
    encoder.adapt(str(folder), rank=2)
    encoder.head_dense[0].bias.assign(encoder.head_dense[0].bias + 0.5)
    encoder.save_to_preset(str(tmp_path / "adapter"))
    again = TextEncoder.from_preset(str(tmp_path / "adapter"))
    assert (again.prompts, again.preprocessor.max_length) == (encoder.prompts, 8)
    found = again.encode(given("texts"))
    np.testing.assert_allclose(found, encoder.encode(given("texts")), rtol=0, atol=5e-3)  # kept in half precision
    assert np.abs(found - expected).max() > 0.05


def test_a_model_without_an_encoder_s_head_gives_the_mean_of_its_tokens_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = TextEncoder.from_preset(str(write_hugging_face(tmp_path / "plain")))
    assert "no sentence encoder is saved there" in caplog.text
    tokens = encoder.backbone(encoder.preprocessor(["a b"]))["sequence_output"][0, :4].numpy().mean(axis=0)
    np.testing.assert_allclose(encoder.encode(["a b"])[0], tokens / np.linalg.norm(tokens), atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(encoder.encode(["a", "b"]), axis=1), 1, atol=1e-6)
