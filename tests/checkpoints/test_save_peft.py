import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import tensors, write_google, write_hugging_face
from peft_side import adapter, in_peft
from pytorch_side import TOLERANCE
from safetensors.numpy import load_file

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import encoder_fingerprint, save_hugging_face, save_peft
from bert_keras.checkpoints.adapters import save_peft as module
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models import SpanExtractor
from bert_keras.models.low_rank import low_rank_of

WINDOWS = {"max_length": 12, "window_overlap": 2, "max_question_length": 4}
GIVEN = {
    "token_ids": np.array([[2, 5, 6, 3, 9, 3], [2, 7, 3, 8, 3, 0]]),
    "segment_ids": np.array([[0, 0, 0, 0, 1, 1], [0, 0, 0, 1, 1, 0]]),
    "padding_mask": np.array([[1] * 6, [1, 1, 1, 1, 1, 0]]),
}


def adapted(task: Any, base: Path, **keywords: Any) -> Any:
    """Loads a model with adapters, and gives all that they train other values."""
    model = task.from_preset(str(base), **keywords)
    model.adapt(str(base), rank=3, alpha=4.5)
    random = np.random.default_rng(0)
    named = {"head": model.output_dense, "pooler": model.backbone.pooled_dense} | low_rank_of(model.backbone)
    for name, tensor in model.adapter().tensors.items():
        layer, _, part = name.rpartition(".")
        getattr(named[layer], part).assign(tensor + random.normal(0, 0.3, tensor.shape))
    return model


def outputs_of(model: Any) -> dict[str, np.ndarray]:
    made = model(GIVEN, training=False)
    return (
        {name: np.asarray(value) for name, value in made.items()}
        if isinstance(made, dict)
        else {"logits": np.asarray(made)}
    )


def differ(found: dict[str, np.ndarray], known: dict[str, np.ndarray]) -> float:
    """The largest difference where an answer can be."""
    return max(float(np.abs(value - known[name])[value > -1e8].max()) for name, value in found.items())


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_hugging_face(tmp_path / "base")


@pytest.fixture
def classifier(base: Path) -> TextClassifier:
    model: TextClassifier = adapted(TextClassifier, base, labels=["a", "b", "c"])
    return model


def test_a_folder_holds_what_peft_reads(classifier: TextClassifier, base: Path, tmp_path: Path) -> None:
    folder = save_peft(classifier, tmp_path / "peft")
    assert sorted(path.name for path in folder.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["base_model_name_or_path"], config["r"], config["lora_alpha"]) == (str(base), 3, 4.5)
    assert (config["task_type"], config["modules_to_save"]) == ("SEQ_CLS", ["classifier", "pooler"])
    stored = load_file(folder / "adapter_model.safetensors")
    assert len(stored) == 2 * 6 * 2 + 4
    value = "base_model.model.bert.encoder.layer.1.attention.self.value"
    np.testing.assert_array_equal(
        stored[f"{value}.lora_A.weight"], low_rank_of(classifier.backbone)["layer.1.value"].down.numpy().T
    )
    assert stored["base_model.model.bert.encoder.layer.0.output.dense.lora_B.weight"].shape == (8, 3)
    assert {tensor.dtype.name for tensor in stored.values()} == {"float32"}


@pytest.mark.parametrize("task", [TextClassifier, SpanExtractor])
def test_what_is_saved_comes_back(task: Any, base: Path, tmp_path: Path) -> None:
    keywords: Any = {"labels": ["a", "b", "c"]} if task is TextClassifier else {"new_head": True} | WINDOWS
    model = adapted(task, base, **keywords)
    loaded = task.from_preset(str(save_peft(model, tmp_path / "peft")))
    assert differ(outputs_of(loaded), outputs_of(model)) < TOLERANCE
    if task is TextClassifier:
        assert loaded.labels == ("LABEL_0", "LABEL_1", "LABEL_2")


def test_a_folder_of_ours_is_converted_in_the_half_precision_that_it_has(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    classifier.save_to_preset(str(tmp_path / "run" / "model"))
    converted = TextClassifier.from_preset(str(save_peft(tmp_path / "run", tmp_path / "peft")))
    ours = TextClassifier.from_preset(str(tmp_path / "run"))
    assert differ(outputs_of(converted), outputs_of(ours)) < TOLERANCE
    assert differ(outputs_of(converted), outputs_of(classifier)) > TOLERANCE


def test_a_folder_with_the_same_weights_may_be_named_as_the_base(
    classifier: TextClassifier, base: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(base, tmp_path / "copy")
    save_peft(classifier, tmp_path / "peft", base=copy)
    config = json.loads((tmp_path / "peft" / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == str(copy)
    other = write_hugging_face(tmp_path / "other", tensors(seed=3))
    with pytest.raises(CheckpointError, match="not the model that the adapters were trained over") as caught:
        save_peft(classifier, tmp_path / "refused", base=other)
    assert "\n" not in str(caught.value) and str(other) in str(caught.value)
    assert not (tmp_path / "refused").exists()


def test_a_name_on_the_hub_is_believed(classifier: TextClassifier, tmp_path: Path) -> None:
    for given, named in (("someone/bert", "someone/bert"), ("hf://someone/bert", "someone/bert")):
        save_peft(classifier, tmp_path / "peft", base=given)
        config = json.loads((tmp_path / "peft" / "adapter_config.json").read_text(encoding="utf-8"))
        assert config["base_model_name_or_path"] == named


def test_adapters_of_the_default_weights_name_them_as_the_hub_does(tmp_path: Path, minilm_folder: Path) -> None:
    model = TextClassifier.from_preset("minilm_l6_en_uncased", labels=["a", "b"], max_length=16)
    model.adapt("minilm_l6_en_uncased", rank=1)
    folder = save_peft(model, tmp_path / "peft")
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    assert config["base_model_name_or_path"] == "sentence-transformers/all-MiniLM-L6-v2"
    loaded = TextClassifier.from_preset(str(folder))
    assert differ(outputs_of(loaded), outputs_of(model)) < TOLERANCE


def test_adapters_over_another_format_are_saved_over_the_same_model_in_a_hugging_face_folder(tmp_path: Path) -> None:
    google = write_google(tmp_path / "google", tensors())
    classifier = adapted(TextClassifier, google, labels=["a", "b"])
    with pytest.raises(InputError, match="PEFT loads adapters over a Hugging Face model, and this is none") as caught:
        save_peft(classifier, tmp_path / "peft")
    assert str(google) in str(caught.value) and "\n" not in str(caught.value)
    whole = save_hugging_face(TextClassifier.from_preset(str(google), labels=["a", "b"]), tmp_path / "whole")
    loaded = TextClassifier.from_preset(str(save_peft(classifier, tmp_path / "peft", base=whole)))
    assert differ(outputs_of(loaded), outputs_of(classifier)) < TOLERANCE


def test_a_model_or_a_folder_without_adapters_is_refused(
    classifier: TextClassifier, base: Path, tmp_path: Path
) -> None:
    classifier.save_to_preset(str(tmp_path / "ours"))
    merged = TextClassifier.from_preset(str(tmp_path / "ours"))
    for given, part in (
        (merged, "the model has no adapters beside its weights"),
        (base, f"{base}: no adapters of this project; name a run of --adapt lora. Received: hugging_face"),
        (adapter("lora", tmp_path), "no adapters of this project; name a run of --adapt lora. Received: peft"),
    ):
        with pytest.raises(InputError) as caught:
            save_peft(given, tmp_path / "peft")
        assert part in str(caught.value) and "\n" not in str(caught.value)


def test_a_checkpoint_has_the_fingerprint_of_its_encoder(base: Path) -> None:
    checkpoint = module.read_hugging_face(base)
    assert module._fingerprint(checkpoint) == encoder_fingerprint(BertBackbone.from_preset(str(base)))


@pytest.mark.pytorch
@pytest.mark.parametrize("task", [TextClassifier, SpanExtractor])
@pytest.mark.parametrize("from_folder", [False, True])
def test_peft_computes_the_same_over_the_base(task: Any, from_folder: bool, base: Path, tmp_path: Path) -> None:
    keywords: Any = {"labels": ["a", "b", "c"]} if task is TextClassifier else {"new_head": True} | WINDOWS
    model = adapted(task, base, **keywords)
    if from_folder:
        model.save_to_preset(str(tmp_path / "ours"))
        folder, model = save_peft(tmp_path / "ours", tmp_path / "peft"), task.from_preset(str(tmp_path / "ours"))
    else:
        folder = save_peft(model, tmp_path / "peft")
    known = in_peft(folder, base, GIVEN, tmp_path)
    assert differ(outputs_of(model), known) < TOLERANCE
    assert differ(outputs_of(model), {name: known[f"merged_{name}"] for name in outputs_of(model)}) < TOLERANCE
