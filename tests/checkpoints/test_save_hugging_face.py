import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from checkpoint_folders import difference, outputs
from safetensors.numpy import load_file

from bert_keras import TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, SpanExtractorPreprocessor, TextClassifierPreprocessor
from bert_keras.text import BertTokenizer

Build = Callable[..., TextClassifier]


def test_a_saved_folder_holds_what_transformers_reads(classifier: TextClassifier, tmp_path: Path) -> None:
    folder = save_hugging_face(classifier, tmp_path / "saved")
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer_config.json",
        "vocab.txt",
    ]
    tensors = load_file(folder / "model.safetensors")
    assert len(tensors) == 5 + 2 * 16 + 2 + 2
    assert tensors["bert.encoder.layer.1.intermediate.dense.weight"].shape == (16, 8)
    assert tensors["classifier.weight"].shape == (2, 8)
    assert {tensor.dtype.name for tensor in tensors.values()} == {"float32"}


def test_a_saved_folder_comes_back_as_the_same_classifier(build_classifier: Build, tmp_path: Path) -> None:
    backbone = {
        "activation": "gelu_new",
        "dropout": 0.2,
        "attention_dropout": 0.3,
        "num_segments": 3,
        "layer_norm_epsilon": 1e-5,
        "initializer_range": 0.5,
    }
    saved = build_classifier(backbone=backbone, labels=["schlecht", "weiß nicht", "gut"], dropout=0.4)
    loaded = TextClassifier.from_preset(str(save_hugging_face(saved, tmp_path / "saved")))
    assert (loaded.labels, loaded.dropout) == (saved.labels, 0.4)
    assert {name: getattr(loaded.backbone, name) for name in backbone} == backbone
    assert loaded.preprocessor.tokenizer.get_vocabulary() == saved.preprocessor.tokenizer.get_vocabulary()
    assert difference(outputs(loaded.backbone), outputs(saved.backbone)) == 0.0
    np.testing.assert_array_equal(np.asarray(loaded.output_dense.kernel), np.asarray(saved.output_dense.kernel))


@pytest.mark.parametrize(("lowercase", "strip_accents"), [(True, True), (True, False), (False, False), (False, True)])
def test_casing_and_accents_of_the_tokenizer_are_kept(
    lowercase: bool, strip_accents: bool, build_classifier: Build, vocabulary: list[str], tmp_path: Path
) -> None:
    tokenizer = BertTokenizer(vocabulary, lowercase=lowercase, strip_accents=strip_accents)
    folder = save_hugging_face(
        build_classifier(preprocessor=TextClassifierPreprocessor(tokenizer, 16)), tmp_path / "saved"
    )
    loaded = TextClassifier.from_preset(str(folder)).preprocessor.tokenizer
    assert (loaded.lowercase, loaded.strip_accents) == (lowercase, strip_accents)


def test_weights_of_a_low_precision_model_are_saved_as_float32_of_the_same_value(
    build_classifier: Build, tmp_path: Path
) -> None:
    saved = build_classifier(backbone={"dtype": "bfloat16"})
    folder = save_hugging_face(saved, tmp_path / "saved")
    stored = load_file(folder / "model.safetensors")["bert.embeddings.word_embeddings.weight"]
    assert stored.dtype == np.float32
    np.testing.assert_array_equal(stored, np.asarray(saved.backbone.token_embedding.embeddings).astype(np.float32))


def test_renamed_labels_are_the_ones_saved(build_classifier: Build, tmp_path: Path) -> None:
    build_classifier().save_to_preset(str(tmp_path / "preset"))
    renamed = TextClassifier.from_preset(str(tmp_path / "preset"), labels=["nein", "ja"])
    config = json.loads((save_hugging_face(renamed, tmp_path / "saved") / "config.json").read_text(encoding="utf-8"))
    assert config["id2label"] == {"0": "nein", "1": "ja"}
    assert config["label2id"] == {"nein": 0, "ja": 1}


def test_a_folder_that_is_there_is_replaced_whole(classifier: TextClassifier, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "pytorch_model.bin").write_bytes(b"of another model")
    save_hugging_face(classifier, tmp_path / "saved")
    assert not (tmp_path / "saved" / "pytorch_model.bin").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


def test_a_folder_that_is_there_stays_where_saving_fails(
    classifier: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "old").write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("bert_keras.checkpoints.hugging_face.save.write_tokenizer", full)
    with pytest.raises(OSError, match="No space left"):
        save_hugging_face(classifier, tmp_path / "saved")
    assert [path.name for path in tmp_path.rglob("*")] == ["saved", "old"]


@pytest.mark.parametrize(
    ("task", "labels", "problem_type", "id2label"),
    [
        ("single_label", ["nein", "ja"], "single_label_classification", {"0": "nein", "1": "ja"}),
        ("multi_label", ["a", "b"], "multi_label_classification", {"0": "a", "1": "b"}),
        ("regression", [], "regression", {"0": "LABEL_0"}),
    ],
)
def test_the_task_is_saved_as_a_problem_type(
    task: str, labels: list[str], problem_type: str, id2label: dict[str, str], build_classifier: Build, tmp_path: Path
) -> None:
    folder = save_hugging_face(build_classifier(task=task, labels=labels), tmp_path / "saved")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["problem_type"], config["id2label"]) == (problem_type, id2label)
    assert load_file(folder / "model.safetensors")["classifier.weight"].shape == (max(1, len(labels)), 8)


def test_a_span_extractor_is_saved_as_transformers_has_it_without_a_pooler(
    build_extractor: Callable[..., SpanExtractor], vocabulary: list[str], tmp_path: Path
) -> None:
    tokenizer = BertTokenizer(vocabulary, lowercase=False, strip_accents=True)
    saved = build_extractor(
        backbone={"pooler": True, "dropout": 0.3}, preprocessor=SpanExtractorPreprocessor(tokenizer, 24)
    )
    saved.output_dense.bias.assign([0.5, -1.0])
    folder = save_hugging_face(saved, tmp_path / "saved")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["architectures"] == ["BertForQuestionAnswering"]
    assert not {"id2label", "problem_type", "classifier_dropout"} & config.keys()
    tensors = load_file(folder / "model.safetensors")
    assert len(tensors) == 5 + 2 * 16 + 2
    np.testing.assert_array_equal(tensors["qa_outputs.weight"], np.asarray(saved.output_dense.kernel).T)
    np.testing.assert_array_equal(tensors["qa_outputs.bias"], [0.5, -1.0])
    loaded = SpanExtractor.from_preset(str(folder))
    assert (loaded.preprocessor.tokenizer.lowercase, loaded.preprocessor.tokenizer.strip_accents) == (False, True)
    assert loaded.backbone.dropout == 0.3
    assert difference(outputs(loaded.backbone), {"sequence_output": outputs(saved.backbone)["sequence_output"]}) == 0.0


@pytest.mark.parametrize("builder", ["build_classifier", "build_extractor"])
def test_a_model_without_a_vocabulary_is_refused(builder: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds a vocabulary, and the model has no preprocessor") as caught:
        save_hugging_face(request.getfixturevalue(builder)(preprocessor=None), tmp_path / "saved")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "saved").exists()
