import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from pytorch_side import BASE, FAMILY_REFERENCE, HERE, REFERENCE, TOLERANCE, in_pytorch, pytorch_model, unpacked

from bert_keras import MaskedLM, SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.insight import attention
from bert_keras.insight.forward import Forward, forward

LOOKED_INTO = {
    "classifier": (TextClassifier, REFERENCE),
    "classifier_relu": (TextClassifier, REFERENCE),
    "span_extractor": (SpanExtractor, REFERENCE),
    "bert_masked_lm": (MaskedLM, FAMILY_REFERENCE),
    "bert": (TokenClassifier, HERE / "tagger_reference.npz"),
}


def differences(made: Forward, expected: dict[str, np.ndarray], lengths: np.ndarray) -> dict[str, float]:
    """The largest difference of hidden states and of attention, where there is no padding."""
    largest = {"hidden_states": 0.0, "attention": 0.0}
    for row, length in enumerate(lengths):
        for name, of, known in (
            ("hidden_states", made.hidden_states, expected["hidden_states"][:, row, :length]),
            ("attention", made.attention, expected["attention"][:, row, :, :length, :length]),
        ):
            found = np.stack([layer[row].numpy() for layer in of])
            found = found[:, :length] if name == "hidden_states" else found[:, :, :length, :length]
            assert found.shape == known.shape
            largest[name] = max(largest[name], float(np.abs(found - known).max()))
    return largest


@pytest.mark.parametrize("variant", LOOKED_INTO)
def test_attention_and_hidden_states_equal_those_of_pytorch(variant: str, tmp_path: Path) -> None:
    kind, reference = LOOKED_INTO[variant]
    inputs, expected = unpacked(variant, tmp_path, reference)
    made = forward(kind.from_preset(str(tmp_path)), inputs)
    assert len(made.attention) == len(expected["attention"]) and len(made.hidden_states) == len(
        expected["hidden_states"]
    )
    found = differences(made, expected, inputs["padding_mask"].sum(axis=1))
    assert max(found.values()) < TOLERANCE, found
    # Rows of this much contrast would show heads that are swapped.
    assert np.abs(expected["attention"][:, :, 0] - expected["attention"][:, :, 1]).max() > 0.1


@pytest.mark.parametrize("variant", LOOKED_INTO)
def test_logits_of_the_instrumented_pass_are_those_of_the_graph(variant: str, tmp_path: Path) -> None:
    kind, reference = LOOKED_INTO[variant]
    inputs, _ = unpacked(variant, tmp_path, reference)
    model = kind.from_preset(str(tmp_path))
    pairs = zip(tf.nest.flatten(forward(model, inputs).outputs), tf.nest.flatten(model.logits(inputs)), strict=True)
    for found, graph in pairs:
        # The order of sums differs, and so does their last bit: on some processors by more than on others.
        np.testing.assert_allclose(found, graph, rtol=1e-6, atol=1e-6)


@pytest.mark.pytorch
def test_attention_of_a_pair_equals_that_of_pytorch_from_its_text_on(minilm_folder: Path, tmp_path: Path) -> None:
    texts = {"texts": np.array(["Naïve cafés, playing unbelievably loud…"]), "pairs": np.array(["¿Qué? \u200fשלום 🙂"])}
    expected = in_pytorch(minilm_folder, texts, tmp_path)
    model = TextClassifier.from_preset(str(minilm_folder), labels=["a", "b"])
    found = attention(model, texts["texts"].item(), texts["pairs"].item())
    np.testing.assert_array_equal(found.tokens.ids, expected["token_ids"][0])
    np.testing.assert_array_equal(found.tokens.segment_ids, expected["segment_ids"][0])
    np.testing.assert_allclose(found.weights, expected["attention"][:, 0], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(found.hidden_states, expected["hidden_states"][:, 0], rtol=0, atol=TOLERANCE)


@pytest.mark.pytorch
def test_attention_and_hidden_states_of_base_shape_equal_those_of_pytorch(tmp_path: Path) -> None:
    settings: dict[str, Any] = BASE | {"architecture": "BertForSequenceClassification", "seed": 5}
    (tmp_path / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    pytorch_model("make", tmp_path / "base", tmp_path / "settings.json")
    tokens = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *(f"word{number}" for number in range(BASE["vocab_size"] - 5)),
    ]
    (tmp_path / "base" / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    ids = np.random.default_rng(0).integers(5, BASE["vocab_size"], (1, 384), dtype=np.int32)
    inputs = {
        "token_ids": ids,
        "segment_ids": (np.arange(384) >= 20).astype(np.int32)[np.newaxis],
        "padding_mask": np.ones_like(ids),
    }
    expected = in_pytorch(tmp_path / "base", inputs, tmp_path)
    found = differences(forward(TextClassifier.from_preset(str(tmp_path / "base")), inputs), expected, np.array([384]))
    assert max(found.values()) < TOLERANCE, found
