from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import difference, outputs, tensors, write_google, write_hugging_face

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import kind, read
from bert_keras.errors import BertKerasError, CheckpointError, PresetError


def test_googles_layout_is_read_with_the_tanh_gelu_that_it_was_trained_with(tmp_path: Path) -> None:
    google = write_google(tmp_path / "google", tensors(), hidden_act="gelu")
    found = outputs(BertBackbone.from_preset(str(google)))
    with_tanh = BertBackbone.from_preset(str(write_hugging_face(tmp_path / "tanh", hidden_act="gelu_new")))
    with_erf = BertBackbone.from_preset(str(write_hugging_face(tmp_path / "erf", hidden_act="gelu")))
    assert kind(google) == "google"
    assert difference(found, outputs(with_tanh)) == 0.0
    assert difference(found, outputs(with_erf)) > 1e-5


@pytest.mark.parametrize(("named", "found"), [(None, "gelu_new"), ("gelu", "gelu_new"), ("relu", "relu")])
def test_only_the_gelu_of_google_stands_for_another_activation(named: str | None, found: str, tmp_path: Path) -> None:
    config: dict[str, Any] = {} if named is None else {"hidden_act": named}
    assert read(write_google(tmp_path / "google", tensors(), **config)).config["activation"] == found


def test_optimizer_slots_and_heads_of_a_checkpoint_are_left_out(tmp_path: Path) -> None:
    slot = np.ones([8, 8], np.float32)
    others = {
        "bert/encoder/layer_0/attention/output/dense/kernel/adam_m": slot,
        "bert/encoder/layer_0/attention/output/dense/kernel/adam_v": slot,
        "cls/predictions/output_bias": np.zeros(10, np.float32),
        "output_weights": np.zeros([2, 8], np.float32),
        "global_step": np.array(9),
    }
    plain = BertBackbone.from_preset(str(write_google(tmp_path / "plain", tensors())))
    trained = BertBackbone.from_preset(str(write_google(tmp_path / "trained", tensors(), others)))
    assert difference(outputs(plain), outputs(trained)) == 0.0


def test_a_classifier_starts_from_a_google_checkpoint_with_labels_of_its_own(tmp_path: Path) -> None:
    folder = write_google(tmp_path / "google", tensors(), hidden_dropout_prob=0.2)
    classifier = TextClassifier.from_preset(str(folder), labels=["no", "yes"])
    assert (classifier.labels, classifier.dropout) == (("no", "yes"), 0.2)
    assert classifier.preprocessor.tokenizer.lowercase is True


def test_a_vocabulary_with_capitals_makes_googles_model_cased(tmp_path: Path) -> None:
    folder = write_google(tmp_path / "google", tensors())
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8")
    (folder / "vocab.txt").write_text(vocabulary.replace("cafe\n", "Berlin\n"), encoding="utf-8")
    assert read(folder).tokenizer["lowercase"] is False


def test_a_google_checkpoint_without_a_pooler_gives_a_backbone_without_one(tmp_path: Path) -> None:
    folder = write_google(tmp_path / "google", tensors(pooler=False))
    assert list(outputs(BertBackbone.from_preset(str(folder)))) == ["sequence_output"]


def without_index(folder: Path) -> None:
    (folder / "bert_model.ckpt.index").unlink()


def two_checkpoints(folder: Path) -> None:
    (folder / "model.ckpt-9.index").write_bytes((folder / "bert_model.ckpt.index").read_bytes())


def without_data(folder: Path) -> None:
    (folder / "bert_model.ckpt.data-00000-of-00001").unlink()


def short_data(folder: Path) -> None:
    data = folder / "bert_model.ckpt.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])


def garbled_index(folder: Path) -> None:
    (folder / "bert_model.ckpt.index").write_bytes(b"no index of a checkpoint")


def without_vocabulary(folder: Path) -> None:
    (folder / "vocab.txt").unlink()


@pytest.mark.parametrize(
    ("spoil", "error", "part"),
    [
        (
            without_index,
            PresetError,
            "no single bert_model.ckpt.index. The folder holds: bert_config.json, bert_model.ckpt.data",
        ),
        (two_checkpoints, PresetError, "found 2: bert_model.ckpt.index, model.ckpt-9.index"),
        (without_data, CheckpointError, "bert_model.ckpt"),
        (short_data, CheckpointError, "bert_model.ckpt"),
        (garbled_index, CheckpointError, "no TensorFlow checkpoint that can be read"),
        (without_vocabulary, PresetError, "no vocab.txt"),
    ],
)
def test_a_broken_google_checkpoint_is_named_in_one_line(
    spoil: Callable[[Path], None], error: type[BertKerasError], part: str, tmp_path: Path
) -> None:
    folder = write_google(tmp_path / "google", tensors())
    spoil(folder)
    with pytest.raises(error) as caught:
        BertBackbone.from_preset(str(folder))
    assert part in str(caught.value)
    assert str(folder) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_google_checkpoint_that_lacks_a_tensor_says_which(tmp_path: Path) -> None:
    weights = tensors()
    del weights["encoder.layer.1.output.dense.bias"]
    folder = write_google(tmp_path / "google", weights)
    with pytest.raises(
        CheckpointError, match=r"1 of 39 tensors are missing, first encoder\.layer\.1\.output\.dense\.bias"
    ):
        BertBackbone.from_preset(str(folder))
