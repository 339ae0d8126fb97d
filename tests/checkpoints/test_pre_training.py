"""Both heads of BERT's pre-training: PyTorch's numbers, and what becomes of the head of pairs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytorch_side import FAMILY_REFERENCE, TOLERANCE, unpacked
from safetensors.numpy import load_file

from bert_keras import MaskedLM, TextClassifier
from bert_keras.checkpoints import save_hugging_face
from bert_keras.errors import CheckpointError, InputError
from bert_keras.models import with_pairs

Build = Callable[..., MaskedLM]
TEXTS = (["the film was good", "a"], ["not bad", "b c d e"])


def packed(inputs: dict[str, Any]) -> dict[str, np.ndarray]:
    """The inputs of a training in which every token is to be predicted."""
    given = {name: np.asarray(of) for name, of in inputs.items()}
    positions = np.arange(given["padding_mask"].shape[1]) * given["padding_mask"]
    return given | {"masked": given["padding_mask"], "positions": positions.astype(np.int32)}


def pair_logits(model: MaskedLM) -> np.ndarray:
    preprocessed = model.preprocessor(TEXTS)
    logits: np.ndarray = model.packed_outputs(packed(preprocessed))[1].numpy()
    return logits


def test_both_heads_give_the_logits_of_pytorch_and_are_written_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    inputs, expected = unpacked("bert_pre_training", tmp_path / "theirs", FAMILY_REFERENCE)
    model = MaskedLM.from_preset(str(tmp_path / "theirs"))
    assert model.pairs is None
    model = with_pairs(model, "next_sentence", str(tmp_path / "theirs"))
    tokens, pairs = model.packed_outputs(packed(inputs))
    np.testing.assert_allclose(tokens, expected["logits"][inputs["padding_mask"] == 1], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(pairs, expected["next_sentence"], rtol=0, atol=TOLERANCE)
    saved = save_hugging_face(model, tmp_path / "ours")
    assert json.loads((saved / "config.json").read_text())["architectures"] == ["BertForPreTraining"]
    theirs, ours = (load_file(folder / "model.safetensors") for folder in (tmp_path / "theirs", saved))
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        np.testing.assert_array_equal(ours[name], tensor, name)


def test_a_preset_and_an_adapter_keep_the_head_which_answers_as_a_classifier(
    build_masked_lm: Build, tmp_path: Path
) -> None:
    model = build_masked_lm(backbone={"pooler": True}, pairs="sentence_order")
    model.pair_dense.bias.assign([0.5, -0.25])
    names = {variable.path.split("/")[-2] for variable in model.trainable_variables}
    assert {"pair_dense", "pooled_dense"} <= names
    model.save_to_preset(str(tmp_path / "whole"))
    adapted = MaskedLM.from_preset(str(tmp_path / "whole"))
    adapted.adapt(str(tmp_path / "whole"), rank=2)
    adapted.pair_dense.bias.assign([0.0, 1.0])
    adapted.backbone.pooled_dense.bias.assign(np.ones(8))
    adapted.save_to_preset(str(tmp_path / "adapter"))
    for name, wanted, tolerance in (("whole", model, 1e-5), ("adapter", adapted, 1e-3)):  # adapters are in float16
        folder = str(tmp_path / name)
        loaded = MaskedLM.from_preset(folder)
        assert loaded.pairs == "sentence_order"
        np.testing.assert_allclose(pair_logits(loaded), pair_logits(wanted), atol=tolerance)
        classifier = TextClassifier.from_next_sentence_head(folder)
        assert (classifier.labels, classifier.pairs) == (("in_order", "swapped"), True)
        logits = classifier.logits(classifier.preprocessor(TEXTS))
        np.testing.assert_allclose(logits, pair_logits(loaded), atol=1e-5)
    assert abs(pair_logits(model) - pair_logits(adapted)).min() > 0.05


def test_a_head_is_put_on_and_taken_off(build_masked_lm: Build, tmp_path: Path) -> None:
    model = build_masked_lm()  # without a pooler
    model.save_to_preset(str(tmp_path))
    before = model.logits(model.preprocessor(["the film"])).numpy()
    with_head = with_pairs(model, "next_sentence", str(tmp_path))
    assert with_head.pairs == "next_sentence" and with_pairs(with_head, "next_sentence", str(tmp_path)) is with_head
    without = with_pairs(with_head, None)
    assert without.pairs is None and not without.backbone.pooled_dense.trainable
    np.testing.assert_allclose(without.logits(without.preprocessor(["the film"])), before, atol=1e-6)
    with pytest.raises(InputError, match="the model has no head of pairs"):
        without.packed_outputs(packed(without.preprocessor(["the film"])))
    with pytest.raises(CheckpointError, match="there is no next-sentence head in it"):
        TextClassifier.from_next_sentence_head(str(tmp_path))


def test_what_has_no_such_head_elsewhere_is_refused(build_masked_lm: Build, tmp_path: Path) -> None:
    ordered = build_masked_lm(backbone={"pooler": True}, pairs="sentence_order")
    with pytest.raises(InputError, match="transformers has no Bert with a head of sentence order; take it off"):
        save_hugging_face(ordered, tmp_path)
    with pytest.raises(InputError, match="told apart by their segments. Received: a backbone of 0"):
        build_masked_lm(backbone={"pooler": True, "num_segments": 0}, pairs="next_sentence")
    with pytest.raises(InputError, match="the backbone has no pooler"):
        build_masked_lm(pairs="next_sentence")
