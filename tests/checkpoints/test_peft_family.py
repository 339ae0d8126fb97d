"""Adapters over DistilBERT, ELECTRA and masked language models, compared with PEFT in a process of its own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from peft_side import TOKENS, in_peft, inputs, peft_model
from pytorch_side import TOLERANCE, pytorch_model

from bert_keras import BertBackbone, TextClassifier
from bert_keras.checkpoints import save_peft
from bert_keras.errors import CheckpointError
from bert_keras.models import MaskedLM, SpanExtractor
from bert_keras.models.low_rank import low_rank_of

SIZES = {"vocab_size": len(TOKENS), "max_position_embeddings": 32, "initializer_range": 0.3}
DISTILBERT = SIZES | {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 24}
BERT = SIZES | {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 24}
ELECTRA = BERT | {"embedding_size": 8}
LABELS = {"id2label": {0: "no", 1: "maybe", 2: "yes"}}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], Any]] = {
    "distilbert": (
        DISTILBERT | LABELS | {"architecture": "DistilBertForSequenceClassification"},
        {
            "task_type": "SEQ_CLS",
            "target_modules": ["q_lin", "v_lin", "lin1"],
            "rank_pattern": {"ffn.lin1": 3},
            "bias": "all",
        },
        TextClassifier,
    ),
    "distilbert_saved": (
        DISTILBERT | {"architecture": "DistilBertModel"},
        {
            "task_type": "SEQ_CLS",
            "target_modules": "all-linear",
            "exclude_modules": ["pre_classifier"],
            "modules_to_save": ["pre_classifier", "sa_layer_norm"],
            "use_dora": True,
        },
        TextClassifier,
    ),
    "distilbert_reader": (
        DISTILBERT | {"architecture": "DistilBertModel"},
        {"task_type": "QUESTION_ANS", "target_modules": ["out_lin", "lin2"], "layers_to_transform": [1]},
        SpanExtractor,
    ),
    "electra": (
        ELECTRA | LABELS | {"architecture": "ElectraForSequenceClassification"},
        {"task_type": "SEQ_CLS", "target_modules": ["query", "embeddings_project", "word_embeddings"]},
        TextClassifier,
    ),
    "electra_dense": (
        ELECTRA | LABELS | {"architecture": "ElectraForSequenceClassification"},
        {
            "task_type": None,
            "target_modules": ["dense", "out_proj"],
            "architecture": "ElectraForSequenceClassification",
        },
        TextClassifier,
    ),
    "electra_features": (
        ELECTRA | {"architecture": "ElectraModel"},
        {"task_type": "FEATURE_EXTRACTION", "target_modules": "all-linear"},
        BertBackbone,
    ),
    "masked_lm": (
        BERT | {"architecture": "BertForMaskedLM"},
        {"task_type": None, "target_modules": "all-linear", "architecture": "BertForMaskedLM"},
        MaskedLM,
    ),
}


def made(case: str, folder: Path) -> tuple[Path, Path, Any]:
    """Makes a model and an adapter over it with PEFT."""
    model, settings, task = CASES[case]
    (folder / "model.json").write_text(json.dumps(model), encoding="utf-8")
    pytorch_model("make", folder / "base", folder / "model.json")
    (folder / "base" / "vocab.txt").write_text("\n".join(TOKENS) + "\n", encoding="utf-8")
    (folder / "adapter.json").write_text(json.dumps({"r": 2, "lora_alpha": 6} | settings), encoding="utf-8")
    peft_model("make", folder / "base", folder / "adapter", folder / "adapter.json")
    return folder / "base", folder / "adapter", task


def outputs_of(model: Any, known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    found = model(inputs(), training=False)
    named = found if isinstance(found, dict) else {"logits": found}
    return {name: np.asarray(value) for name, value in named.items() if name in known}


def differ(found: dict[str, np.ndarray], known: dict[str, np.ndarray]) -> float:
    """The largest difference where there is a token, and where an answer can be."""
    rows = inputs()["padding_mask"].astype(bool)
    masked = {name: value[rows] if value.shape[:2] == rows.shape else value for name, value in found.items()}
    theirs = {name: known[name][rows] if found[name].shape[:2] == rows.shape else known[name] for name in found}
    return max(float(np.abs(value - theirs[name])[value > -1e8].max()) for name, value in masked.items())


@pytest.mark.pytorch
@pytest.mark.parametrize("case", CASES)
def test_an_adapter_over_another_model_of_the_family_computes_as_in_peft(case: str, tmp_path: Path) -> None:
    base, folder, task = made(case, tmp_path)
    known = in_peft(folder, base, inputs(), tmp_path)
    keywords = {"max_length": 20} if task is SpanExtractor else {}
    model = task.from_preset(str(folder), **keywords)
    found = outputs_of(model, known)
    assert found and differ(found, known) < 2 * TOLERANCE
    if case in ("distilbert", "electra"):
        assert model.labels == ("no", "maybe", "yes")
        assert differ(outputs_of(task.from_preset(str(base)), known), known) > 0.01


@pytest.mark.pytorch
@pytest.mark.parametrize("case", ["distilbert", "electra"])
def test_adapters_of_ours_over_the_family_compute_the_same_in_peft(case: str, tmp_path: Path) -> None:
    base, _, task = made(case, tmp_path)
    model = task.from_preset(str(base))
    model.adapt(str(base), rank=2)
    random = np.random.default_rng(0)
    named = {"head": model.output_dense, "pooler": model.backbone.pooled_dense} | low_rank_of(model.backbone)
    for name, tensor in model.adapter().tensors.items():
        layer, _, part = name.rpartition(".")
        getattr(named[layer], part).assign(tensor + random.normal(0, 0.3, tensor.shape))
    known = in_peft(save_peft(model, tmp_path / "peft"), base, inputs(), tmp_path)
    assert differ(outputs_of(model, known), known) < 2 * TOLERANCE
    loaded = task.from_preset(str(tmp_path / "peft"))
    assert differ(outputs_of(loaded, known), known) < 2 * TOLERANCE


@pytest.mark.pytorch
def test_an_adapter_that_changes_tied_embeddings_is_refused(tmp_path: Path) -> None:
    _, settings, _ = CASES["masked_lm"]
    CASES["tied"] = (CASES["masked_lm"][0], settings | {"target_modules": ["word_embeddings"]}, MaskedLM)
    try:
        _, folder, _ = made("tied", tmp_path)
    finally:
        del CASES["tied"]
    with pytest.raises(CheckpointError, match="has the token embeddings of the base, and this adapter changes them"):
        MaskedLM.from_preset(str(folder))
