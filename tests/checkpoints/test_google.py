from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import (
    difference,
    outputs,
    tensors,
    write_classifier,
    write_google,
    write_hugging_face,
    write_span_extractor,
    write_variables,
)

from bert_keras import BertBackbone, SpanExtractor, TextClassifier
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


KERNEL = "bert/encoder/layer_0/attention/output/dense/kernel"


def test_optimizer_slots_of_a_checkpoint_are_left_out(tmp_path: Path) -> None:
    ends = ("adam_m", "adam_v", "Adam", "Adam_1", "lamb_m", "ExponentialMovingAverage")
    others = {f"{KERNEL}/{end}": np.ones([8, 8], np.float32) for end in ends} | {"global_step": np.array(9)}
    plain = BertBackbone.from_preset(str(write_google(tmp_path / "plain", tensors())))
    trained = BertBackbone.from_preset(str(write_google(tmp_path / "trained", tensors(), others)))
    assert difference(outputs(plain), outputs(trained)) == 0.0


def test_what_run_classifier_trained_is_a_classifier_of_numbered_labels(tmp_path: Path) -> None:
    weights = tensors(labels=3)
    encoder = {name: tensor for name, tensor in weights.items() if not name.startswith("classifier.")}
    others = {"output_weights": weights["classifier.weight"], "output_bias": weights["classifier.bias"]}
    slots = {f"{name}/adam_m": np.zeros(3, np.float32) for name in others}
    google = write_google(tmp_path / "google", encoder, others | slots, prefix="model.ckpt-9")
    (google / "graph.pbtxt").write_text("a graph", encoding="utf-8")
    (google / "eval").mkdir()
    (google / "eval" / "events.out.tfevents.1").write_bytes(b"")
    theirs = write_classifier(tmp_path / "hugging_face", weights, hidden_act="gelu_new")
    found, expected = (TextClassifier.from_preset(str(folder)) for folder in (google, theirs))
    assert (found.labels, found.task) == (("0", "1", "2"), "single_label")
    texts = ["a b", "café s"]
    np.testing.assert_array_equal(found.predict(texts, verbose=0), expected.predict(texts, verbose=0))
    assert TextClassifier.from_preset(str(google), labels=["no", "maybe", "yes"]).labels == ("no", "maybe", "yes")


def test_what_run_squad_trained_is_a_span_extractor(tmp_path: Path) -> None:
    weights = tensors(spans=True)
    encoder = {name: tensor for name, tensor in weights.items() if not name.startswith("qa_outputs.")}
    names = {"cls/squad/output_weights": "qa_outputs.weight", "cls/squad/output_bias": "qa_outputs.bias"}
    google = write_google(tmp_path / "google", encoder, {name: weights[of] for name, of in names.items()})
    theirs = write_span_extractor(tmp_path / "hugging_face", weights, hidden_act="gelu_new")
    inputs = {"token_ids": np.array([[2, 5, 3, 6, 9, 3]]), "segment_ids": np.array([[0, 0, 0, 1, 1, 1]])}
    inputs["padding_mask"] = np.ones([1, 6], int)
    windows = {"max_length": 12, "max_question_length": 4, "window_overlap": 2}
    found, expected = (
        SpanExtractor.from_preset(str(folder), **windows)(inputs, training=False) for folder in (google, theirs)
    )
    assert difference(found, expected) == 0.0


def test_what_run_pretraining_trained_gives_its_heads_under_the_names_of_hugging_face(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    parts = {
        "cls/predictions/transform/dense/kernel": (8, 8),
        "cls/predictions/transform/dense/bias": (8,),
        "cls/predictions/transform/LayerNorm/gamma": (8,),
        "cls/predictions/transform/LayerNorm/beta": (8,),
        "cls/predictions/output_bias": (10,),
        "cls/seq_relationship/output_weights": (2, 8),
        "cls/seq_relationship/output_bias": (2,),
    }
    stored = {name: random.normal(size=shape).astype(np.float32) for name, shape in parts.items()}
    checkpoint = read(write_google(tmp_path / "google", tensors(), stored))
    assert checkpoint.labels is None
    for ours, theirs in (
        ("cls.predictions.transform.dense.bias", "cls/predictions/transform/dense/bias"),
        ("cls.predictions.transform.LayerNorm.weight", "cls/predictions/transform/LayerNorm/gamma"),
        ("cls.predictions.transform.LayerNorm.bias", "cls/predictions/transform/LayerNorm/beta"),
        ("cls.predictions.bias", "cls/predictions/output_bias"),
        ("cls.seq_relationship.weight", "cls/seq_relationship/output_weights"),
        ("cls.seq_relationship.bias", "cls/seq_relationship/output_bias"),
    ):
        np.testing.assert_array_equal(checkpoint.tensors[ours], stored[theirs])
    kernel = stored["cls/predictions/transform/dense/kernel"]
    np.testing.assert_array_equal(checkpoint.tensors["cls.predictions.transform.dense.weight"], kernel.T)


def test_of_several_steps_the_one_that_tensorflow_noted_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "google"
    for step, seed in ((100, 1), (200, 2), (300, 3)):
        write_google(folder, tensors(seed=seed), prefix=f"model.ckpt-{step}")
    noted = 'model_checkpoint_path: "/home/trainer/out/model.ckpt-200"\nall_model_checkpoint_paths: "model.ckpt-300"\n'
    (folder / "checkpoint").write_text(noted, encoding="utf-8")
    expected = BertBackbone.from_preset(str(write_google(tmp_path / "second", tensors(seed=2))))
    assert difference(outputs(BertBackbone.from_preset(str(folder))), outputs(expected)) == 0.0
    (folder / "model.ckpt-200.index").unlink()
    with pytest.raises(PresetError, match="must name one of the checkpoints beside it. Received: model.ckpt-200, "):
        BertBackbone.from_preset(str(folder))


def test_a_checkpoint_of_something_else_is_named_by_its_variables(tmp_path: Path) -> None:
    folder = write_google(tmp_path / "google", tensors())
    write_variables(folder / "bert_model.ckpt", {"resnet/conv/kernel": np.zeros([2, 2], np.float32)})
    with pytest.raises(CheckpointError, match="no BERT of Google's code .*1 variables, first resnet/conv/kernel"):
        BertBackbone.from_preset(str(folder))


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
