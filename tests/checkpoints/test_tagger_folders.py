"""Token classifiers of transformers: in with equal logits, out and in again, their tags read as what they are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from checkpoint_folders import tensors, write_classifier
from pytorch_side import HERE, TOLERANCE, in_pytorch, unpacked

from bert_keras import TokenClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import CheckpointError, InputError, LabelError
from bert_keras.models import load_task

REFERENCE = HERE / "tagger_reference.npz"
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
NAMED = {"architectures": ["BertForTokenClassification"], "id2label": {"0": "O", "1": "B-x", "2": "I-x"}}


@pytest.mark.parametrize("variant", ["bert", "distilbert", "electra"])
def test_logits_are_those_of_pytorch_and_survive_a_folder_of_transformers(variant: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    inputs, expected = unpacked(variant, tmp_path / "theirs", REFERENCE)
    tagger = load_task(str(tmp_path / "theirs"))
    assert isinstance(tagger, TokenClassifier)
    assert (tagger.tags, tagger.labels) == (TAGS, ("PER", "LOC"))
    there = inputs["padding_mask"] == 1
    found = np.asarray(tagger(inputs, training=False))
    np.testing.assert_allclose(found[there], expected["logits"][there], rtol=0, atol=TOLERANCE)
    save_hugging_face(tagger, tmp_path / "ours")
    again = TokenClassifier.from_preset(str(tmp_path / "ours"))
    assert again.settings == tagger.settings
    np.testing.assert_array_equal(np.asarray(again(inputs, training=False)), found)
    if variant == "bert":
        assert tagger.dropout == pytest.approx(0.3)


@pytest.mark.pytorch
@pytest.mark.parametrize("variant", ["bert", "distilbert", "electra"])
def test_transformers_reads_what_is_written(variant: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    inputs, expected = unpacked(variant, tmp_path / "theirs", REFERENCE)
    save_hugging_face(TokenClassifier.from_preset(str(tmp_path / "theirs")), tmp_path / "ours")
    found = in_pytorch(tmp_path / "ours", inputs, tmp_path)["logits"]
    there = inputs["padding_mask"] == 1
    np.testing.assert_allclose(found[there], expected["logits"][there], rtol=0, atol=TOLERANCE)


def test_the_head_is_kept_for_the_same_types_in_any_order(tmp_path: Path) -> None:
    unpacked("bert", tmp_path, REFERENCE)
    kept = TokenClassifier.from_preset(str(tmp_path), labels=["LOC", "PER"])
    assert kept.tags == TAGS
    with pytest.raises(LabelError, match=r"has the labels \['PER', 'LOC'\]. Received: \['PER'\]; .* new_head=True"):
        TokenClassifier.from_preset(str(tmp_path), labels=["PER"])
    fresh = TokenClassifier.from_preset(str(tmp_path), labels=["PER"], new_head=True)
    assert fresh.tags == ("O", "B-PER", "I-PER")
    np.testing.assert_array_equal(fresh.output_dense.kernel, np.asarray(kept.output_dense.kernel)[:, :3])
    assert fresh.preprocessor is not None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"id2label": {"0": "O", "1": "O", "2": "B-x"}}, "id2label names several outputs the same"),
        ({"id2label": {"0": "O", "1": "[CLS]", "2": "[SEP]"}}, "no tag names a type of entity"),
        ({"id2label": {"0": "O"}}, "id2label does not fit the head"),
    ],
)
def test_tags_that_mean_nothing_are_refused(config: dict[str, Any], message: str, tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", tensors(pooler=False, labels=3), **(NAMED | config))
    with pytest.raises(CheckpointError, match=message) as caught:
        TokenClassifier.from_preset(str(folder))
    assert str(caught.value).startswith(f"{folder}: ")


def test_a_named_head_without_its_tensor_is_refused(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model", tensors(pooler=False), **NAMED)
    with pytest.raises(CheckpointError, match="says BertForTokenClassification, but there is no tensor classifier.wei"):
        TokenClassifier.from_preset(str(folder), labels=["x"])


def test_what_is_no_token_classifier_is_said_and_starts_one(tmp_path: Path) -> None:
    folder = write_classifier(tmp_path / "model")
    with pytest.raises(LabelError, match=r"no trained token classifier in it. Fine-tune one \(bert-keras tag\)"):
        TokenClassifier.from_preset(str(folder))
    fresh = TokenClassifier.from_preset(str(folder), labels=["a"])
    assert fresh.tags == ("O", "B-a", "I-a")
    assert fresh.backbone.pooled_dense is None


def test_adapters_are_not_written_for_peft(tmp_path: Path) -> None:
    from bert_keras.checkpoints import save_peft

    tagger = TokenClassifier.from_preset(str(write_classifier(tmp_path / "model")), labels=["a"])
    tagger.adapt(str(tmp_path / "model"), rank=2)
    with pytest.raises(InputError, match="these are of a token classifier; .*Received: TokenClassifier"):
        save_peft(tagger, tmp_path / "peft")
    tagger.save_to_preset(str(tmp_path / "adapters"))
    texts = ["a b cafes a"]
    again = load_task(str(tmp_path / "adapters"))
    found, wanted = again.tag(texts)[0], tagger.tag(texts)[0]
    assert [(of.label, of.start, of.end) for of in found] == [(of.label, of.start, of.end) for of in wanted]
