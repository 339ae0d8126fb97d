import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras_hub
import numpy as np
import pytest
from checkpoint_folders import VOCABULARY, tensors, write_classifier, write_hugging_face, write_span_extractor
from pytorch_side import PEERS
from safetensors.numpy import save_file

from bert_keras import BertBackbone, SpanExtractor, TextClassifier
from bert_keras.errors import CheckpointError, PresetError

NAMED_BY = "from transformers import {} as M, AutoTokenizer as T"


def message(folder: Path) -> str:
    """The one line that a folder is refused with."""
    with pytest.raises((CheckpointError, PresetError)) as caught:
        TextClassifier.from_preset(str(folder), labels=["no", "yes"])
    assert str(caught.value).startswith(f"{folder}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def instead(folder: Path, *names: str) -> Path:
    """Puts other files in the place of the weights."""
    (folder / "model.safetensors").unlink()
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"weights")
    return folder


@pytest.mark.parametrize(
    ("write", "auto"),
    [
        (write_classifier, "AutoModelForSequenceClassification"),
        (write_span_extractor, "AutoModelForQuestionAnswering"),
        (write_hugging_face, "AutoModel"),
    ],
)
@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("pytorch_model.bin", ["pickled (pytorch_model.bin)", "M.from_pretrained('{}').save_pretrained('NEW')"]),
        ("pytorch_model-00001-of-00002.bin", ["pickled (pytorch_model-00001-of-00002.bin)"]),
        ("tf_model.h5", ["TensorFlow weights", "transformers==4.49.0", "M.from_pretrained('{}', from_tf=True)"]),
        ("flax_model.msgpack", ["Flax weights", "transformers==4.49.0", "M.from_pretrained('{}', from_flax=True)"]),
    ],
)
def test_other_weights_of_transformers_are_named_with_the_command_that_keeps_head_and_tokenizer(
    write: Callable[[Path], Path], auto: str, name: str, parts: list[str], tmp_path: Path
) -> None:
    folder = instead(write(tmp_path / "model"), name)
    said = message(folder)
    for part in (*parts, NAMED_BY.format(auto), "T.from_pretrained('{}').save_pretrained('NEW')"):
        assert part.format(folder) in said


def test_without_a_class_in_config_json_the_command_says_where_it_goes(tmp_path: Path) -> None:
    folder = instead(write_hugging_face(tmp_path / "model", architectures=None), "pytorch_model.bin")
    assert message(folder).endswith("put its class, e.g. AutoModelForSequenceClassification, there")


def test_what_a_trainer_pickles_beside_its_weights_is_not_called_weights(tmp_path: Path) -> None:
    beside = ("optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin")
    folder = instead(write_classifier(tmp_path / "checkpoint-500"), "pytorch_model.bin", *beside)
    assert "pickled (pytorch_model.bin)" in message(folder)


def test_a_checkpoint_of_a_trainer_loads(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "run" / "checkpoint-500")
    for name in ("optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin"):
        (folder / name).write_bytes(b"pickled")
    (folder / "trainer_state.json").write_text("{}", encoding="utf-8")
    assert TextClassifier.from_preset(str(folder)).labels == ("no", "maybe", "yes")


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("rust_model.ot", "weights of rust-bert"),
        ("model.onnx", "an ONNX export"),
        ("onnx/model.onnx", "an ONNX export"),
        ("openvino_model.xml", "an OpenVINO export"),
        ("model-q8.gguf", "a GGUF file"),
    ],
)
def test_an_export_names_the_model_that_it_was_made_of(name: str, what: str, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", _name_or_path="someone/tiny-bert")
    said = message(instead(folder, name))
    assert what in said
    assert said.endswith("Name the model that it was made of, as config.json says hf://someone/tiny-bert")


def test_the_bin_of_openvino_is_not_called_pickled(tmp_path: Path) -> None:
    said = message(instead(write_classifier(tmp_path / "model"), "openvino_model.xml", "openvino_model.bin"))
    assert "an OpenVINO export" in said
    assert "pickled" not in said


def test_an_export_without_a_configuration_is_named_too(tmp_path: Path) -> None:
    folder = instead(write_classifier(tmp_path / "model"), "model.onnx")
    (folder / "config.json").unlink()
    assert "an ONNX export" in message(folder)


def test_a_pickled_adapter_is_named_with_the_command_that_rewrites_it(tmp_path: Path) -> None:
    folder = instead(write_classifier(tmp_path / "model"), "adapter_model.bin")
    said = message(folder)
    assert "pickled (adapter_model.bin)" in said
    assert f"torch.load('{folder}/adapter_model.bin', weights_only=True), '{folder}/adapter_model.safetensors')" in said


@pytest.mark.parametrize("name", ["saved_model.pb", "1/saved_model.pb"])
def test_a_saved_model_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"a graph")
    assert "a SavedModel of TensorFlow, an export for serving" in message(tmp_path)


def test_a_tokenizer_alone_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    assert "a tokenizer alone (tokenizer.json), without a model" in message(tmp_path)


@pytest.mark.parametrize("steps", [(500,), (500, 1000)])
def test_a_run_that_holds_models_names_them(steps: tuple[int, ...], tmp_path: Path) -> None:
    for step in steps:
        write_classifier(tmp_path / f"checkpoint-{step}")
    (tmp_path / "logs").mkdir()
    (tmp_path / "training_args.bin").write_bytes(b"pickled")
    said = message(tmp_path)
    assert ("several models" if len(steps) > 1 else "a model in a folder of its own") in said
    assert all(str(tmp_path / f"checkpoint-{step}") in said for step in steps)


def test_a_file_of_a_model_names_its_folder(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model")
    with pytest.raises(PresetError, match=f"a file of a model. Name its folder: {folder}"):
        BertBackbone.from_preset(str(folder / "model.safetensors"))


def test_the_only_variant_of_the_weights_is_read_and_of_several_one_must_be_meant(tmp_path: Path) -> None:
    folder, weights = write_classifier(tmp_path / "model"), tensors(labels=3)
    (folder / "model.safetensors").unlink()
    halves = {name: tensor.astype(np.float16) for name, tensor in weights.items()}
    save_file(halves, folder / "model.fp16.safetensors")
    found = TextClassifier.from_preset(str(folder)).output_dense.kernel
    np.testing.assert_array_equal(np.asarray(found).T, halves["classifier.weight"].astype(np.float32))
    save_file(weights, folder / "model.non_ema.safetensors")
    said = message(folder)
    assert "Received: model.fp16.safetensors, model.non_ema.safetensors; rename the one that you mean" in said


def test_a_keras_file_is_named_with_the_command_that_makes_a_preset_of_it(tmp_path: Path) -> None:
    """The command is run as it stands."""
    sizes = {"vocabulary_size": len(VOCABULARY), "num_layers": 1, "num_heads": 2, "hidden_dim": 8}
    backbone = keras_hub.models.BertBackbone(**sizes, intermediate_dim=16, max_sequence_length=12)
    tokenizer = keras_hub.tokenizers.BertTokenizer(list(VOCABULARY), lowercase=True)
    preprocessor = keras_hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=12)
    task = keras_hub.models.BertTextClassifier(backbone, num_classes=2, preprocessor=preprocessor)
    (tmp_path / "theirs").mkdir()
    task.save(tmp_path / "theirs" / "model.keras")
    said = message(tmp_path / "theirs")
    assert "a Keras file (model.keras)" in said
    command = said.partition('python -c "')[2].removesuffix('"')
    done = subprocess.run([sys.executable, "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = TextClassifier.from_preset(str(tmp_path / "NEW"))
    task.compile(run_eagerly=True)
    np.testing.assert_allclose(found.predict(["a b"], verbose=0), task.predict(["a b"], verbose=0), atol=1e-5)


@pytest.mark.pytorch
@pytest.mark.parametrize(("write", "load"), [(write_classifier, TextClassifier), (write_span_extractor, SpanExtractor)])
def test_the_command_for_pickled_weights_keeps_head_and_tokenizer(
    write: Callable[[Path], Path], load: type[TextClassifier] | type[SpanExtractor], tmp_path: Path
) -> None:
    if not PEERS.exists():
        pytest.skip(f"{PEERS} is not there; BERT_KERAS_PEERS names an interpreter with torch and transformers")
    folder = write(tmp_path / "model")
    settings = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    (folder / "tokenizer_config.json").write_text(json.dumps(settings | {"tokenizer_class": "BertTokenizer"}))
    pickle = (
        "import torch, safetensors.torch as s; "
        "torch.save(s.load_file('model/model.safetensors'), 'model/pytorch_model.bin')"
    )
    expected = load.from_preset(str(folder), max_length=12)

    def run(command: str) -> None:
        environment = os.environ | {"HF_HUB_OFFLINE": "1"}
        done = subprocess.run(
            [str(PEERS), "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    run(pickle)
    (folder / "model.safetensors").unlink()
    run(message(folder).partition('python -c "')[2].removesuffix('"'))
    found = load.from_preset(str(tmp_path / "NEW"), max_length=12)
    for name in ("kernel", "bias"):
        np.testing.assert_array_equal(getattr(found.output_dense, name), getattr(expected.output_dense, name))
    tokens = [model.preprocessor.tokenizer.tokenize(["a cafés b"]).to_list() for model in (found, expected)]
    assert tokens[0] == tokens[1]
