from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import kagglesdk.kaggle_env
import keras_hub
import numpy as np
import pytest
from checkpoint_folders import VOCABULARY, difference, outputs, tensors, write_classifier, write_json
from hub_stand_ins import COMMIT, Hub, HuggingFaceHandler, KaggleHandler, serving
from huggingface_hub import constants
from safetensors.numpy import save_file

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import locate
from bert_keras.errors import PresetError

UNWANTED = (
    "pytorch_model.bin",
    "onnx/model.onnx",
    "openvino/openvino_model.bin",
    "tf_model.h5",
    "README.md",
    "nested/model.safetensors",
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A Hugging Face folder with much beside what a model needs, as on the hub."""
    folder = write_classifier(tmp_path / "model")
    for name in UNWANTED:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"not wanted")
    return folder


@pytest.fixture
def hugging_face(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A stand-in for huggingface.co with the model `someone/tiny-bert`, and a cache of the test's."""
    with serving(HuggingFaceHandler, {"someone/tiny-bert": model}) as hub:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no_token"))
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
        yield hub
    huggingface_hub.close_session()


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A stand-in for kaggle.com with KerasHub's preset `someone/bert/keras/tiny`, and a cache of the test's."""
    preset = tmp_path / "preset"
    sizes = {
        "vocabulary_size": len(VOCABULARY),
        "num_layers": 1,
        "num_heads": 2,
        "hidden_dim": 8,
        "intermediate_dim": 16,
    }
    keras_hub.models.BertBackbone(**sizes, max_sequence_length=12).save_to_preset(str(preset))
    keras_hub.tokenizers.BertTokenizer(list(VOCABULARY), lowercase=True).save_to_preset(str(preset))
    known = {"someone/bert/keras/tiny": preset}
    with serving(KaggleHandler, known) as hub:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path / "no_credentials"))
        endpoints = kagglesdk.kaggle_env._env_to_endpoint
        monkeypatch.setitem(endpoints, kagglesdk.kaggle_env.get_env(), hub.url)
        yield hub


def test_a_model_is_fetched_from_hugging_face_without_what_it_does_not_need(hugging_face: Hub, model: Path) -> None:
    classifier = TextClassifier.from_preset("hf://someone/tiny-bert")
    assert classifier.labels == ("no", "maybe", "yes")
    assert difference(outputs(classifier.backbone), outputs(BertBackbone.from_preset(str(model)))) == 0.0
    assert hugging_face.fetched() == {"config.json", "tokenizer_config.json", "vocab.txt", "model.safetensors"}


def test_the_modules_of_sentence_transformers_are_fetched(hugging_face: Hub, model: Path) -> None:
    wanted = ("modules.json", "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors")
    for name in (*wanted, "2_Dense/pytorch_model.bin"):
        (model / name).parent.mkdir(exist_ok=True)
        (model / name).write_bytes(name.encode())  # each another, since a cache holds equal files once
    locate("hf://someone/tiny-bert")
    assert hugging_face.fetched() >= set(wanted)
    assert "2_Dense/pytorch_model.bin" not in hugging_face.fetched()


def test_a_checkpoint_of_tensorflow_is_fetched(hugging_face: Hub, model: Path) -> None:
    names = ("bert_config.json", "checkpoint", "model.ckpt-9.index", "model.ckpt-9.data-00000-of-00001")
    for name in names:
        (model / name).write_bytes(name.encode())  # each another, since a cache holds equal files once
    locate("hf://someone/tiny-bert")
    assert hugging_face.fetched() >= set(names)


def test_a_model_with_pickled_weights_alone_says_how_to_convert_it(hugging_face: Hub, model: Path) -> None:
    (model / "model.safetensors").unlink()
    with pytest.raises(PresetError, match="it holds no safetensors") as caught:
        locate("hf://someone/tiny-bert")
    command = "from transformers import AutoModelForSequenceClassification as M, AutoTokenizer as T; "
    assert f"{command}M.from_pretrained('someone/tiny-bert').save_pretrained('NEW')" in str(caught.value)
    assert "pytorch_model.bin" not in hugging_face.fetched()


def test_a_model_in_shards_is_fetched_whole(hugging_face: Hub, model: Path) -> None:
    (model / "model.safetensors").unlink()
    weights = tensors(labels=3)
    shard = "model-00001-of-00001.safetensors"
    save_file(weights, model / shard)
    write_json(model / "model.safetensors.index.json", {"weight_map": dict.fromkeys(weights, shard)})
    assert TextClassifier.from_preset("hf://someone/tiny-bert").labels == ("no", "maybe", "yes")
    assert hugging_face.fetched() >= {shard, "model.safetensors.index.json"}


def test_a_model_that_was_fetched_before_is_found_without_the_hub(
    hugging_face: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = locate("hf://someone/tiny-bert")
    assert first.name == COMMIT
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hugging_face.requested.clear()
    assert locate("hf://someone/tiny-bert") == first
    assert hugging_face.fetched() == set()


def test_the_base_that_an_adapter_of_peft_names_is_fetched_and_so_is_the_adapter(
    hugging_face: Hub, tmp_path: Path
) -> None:
    folder, query = tmp_path / "adapter", "encoder.layer.{}.attention.self.query.lora_{}.weight"
    folder.mkdir()
    save_file(
        {
            f"base_model.model.bert.{query.format(layer, part)}": np.full(shape, 0.5, np.float32)
            for layer in range(2)
            for part, shape in (("A", (1, 8)), ("B", (8, 1)))
        },
        folder / "adapter_model.safetensors",
    )
    settings = {"peft_type": "LORA", "r": 1, "lora_alpha": 2, "target_modules": ["query"], "task_type": "SEQ_CLS"}
    named = {"base_model_name_or_path": "someone/tiny-bert", "revision": "v1"}
    write_json(folder / "adapter_config.json", settings | named)
    hugging_face.models["someone/adapter"] = folder
    found = TextClassifier.from_preset("hf://someone/adapter")
    plain = BertBackbone.from_preset("hf://someone/tiny-bert")
    assert found.labels == ("no", "maybe", "yes")
    kernels = [np.asarray(of.transformer_layers[1].dense_of("query").kernel) for of in (found.backbone, plain)]
    np.testing.assert_allclose(kernels[0] - kernels[1], 0.5, atol=1e-6)
    write_json(folder / "adapter_config.json", settings | {"base_model_name_or_path": "someone/nothing"})
    with pytest.raises(PresetError, match="neither a folder, seen from .*, nor to be had from the hub: ") as caught:
        TextClassifier.from_preset(str(folder))
    assert "--base FOLDER (base=)" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("handle", ["hf://someone/nothing", "hf://not a handle", "hf://"])
def test_a_model_that_hugging_face_does_not_have_is_an_error_in_one_line(handle: str, hugging_face: Hub) -> None:
    with pytest.raises(
        PresetError, match="could not be fetched.*Check the handle and the network, or name a folder"
    ) as caught:
        locate(handle)
    assert str(caught.value).startswith(f"{handle}: ")
    assert "\n" not in str(caught.value)


def test_a_hub_that_does_not_answer_is_an_error_in_one_line(hugging_face: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PresetError, match="could not be fetched") as caught:
        locate("hf://someone/tiny-bert")
    assert "\n" not in str(caught.value)


def test_a_preset_is_fetched_from_kaggle(kaggle: Hub) -> None:
    backbone = BertBackbone.from_preset("kaggle://someone/bert/keras/tiny")
    assert (backbone.num_layers, backbone.vocabulary_size) == (1, len(VOCABULARY))
    assert kaggle.fetched() >= {"config.json", "model.weights.h5", "tokenizer.json", "assets/tokenizer/vocabulary.txt"}
    kaggle.requested.clear()
    assert BertBackbone.from_preset("kaggle://someone/bert/keras/tiny/3").num_layers == 1
    assert kaggle.fetched() == set()


def test_a_name_of_keras_hub_is_fetched_from_kaggle(kaggle: Hub) -> None:
    name = "bert_tiny_en_uncased"
    handle = keras_hub.models.BertBackbone.presets[name]["kaggle_handle"]
    preset = kaggle.models["someone/bert/keras/tiny"]
    kaggle.models["/".join(handle.removeprefix("kaggle://").split("/")[:4])] = preset
    classifier = TextClassifier.from_preset(name, labels=["no", "yes"])
    assert classifier.backbone.vocabulary_size == len(VOCABULARY)


@pytest.mark.parametrize("handle", ["kaggle://someone/bert/keras/nothing", "kaggle://nothing"])
def test_a_model_that_kaggle_does_not_have_is_an_error_in_one_line(handle: str, kaggle: Hub) -> None:
    with pytest.raises(
        PresetError, match="could not be fetched.*Check the handle and the network, or name a folder"
    ) as caught:
        locate(handle)
    assert str(caught.value).startswith(f"{handle}: ")
    assert "\n" not in str(caught.value)
