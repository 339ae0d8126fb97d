from pathlib import Path

import numpy as np
import pytest
from checkpoint_folders import Tensors, difference, outputs, tensors, write_google, write_variables

from bert_keras import BertBackbone, SpanExtractor, TextClassifier
from bert_keras.checkpoints import kind
from bert_keras.errors import CheckpointError

VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
# As tf-models-official 2.20 names them: BertEncoder by numbers, BertEncoderV2 by names.
PARTS = {
    "embeddings.word_embeddings.weight": ("layer_with_weights-0/embeddings", "_embedding_layer/embeddings"),
    "embeddings.position_embeddings.weight": (
        "layer_with_weights-1/embeddings",
        "_position_embedding_layer/embeddings",
    ),
    "embeddings.token_type_embeddings.weight": ("layer_with_weights-2/embeddings", "_type_embedding_layer/embeddings"),
    "embeddings.LayerNorm": ("layer_with_weights-3", "_embedding_norm_layer"),
    "encoder.layer.0": ("layer_with_weights-4", "_transformer_layers/0"),
    "encoder.layer.1": ("layer_with_weights-5", "_transformer_layers/1"),
    "pooler.dense": ("layer_with_weights-6", "_pooler_layer"),
}
IN_LAYER = {
    "attention.self.query": "_attention_layer/_query_dense",
    "attention.self.key": "_attention_layer/_key_dense",
    "attention.self.value": "_attention_layer/_value_dense",
    "attention.output.dense": "_attention_layer/_output_dense",
    "attention.output.LayerNorm": "_attention_layer_norm",
    "intermediate.dense": "_intermediate_dense",
    "output.dense": "_output_dense",
    "output.LayerNorm": "_output_layer_norm",
}
PARAMS = """task:
  model:
    encoder:
      type: bert
      bert: {vocab_size: 10, hidden_size: 8, num_layers: 2, num_attention_heads: 2, hidden_activation: gelu,
        intermediate_size: 16, max_position_embeddings: 12, type_vocab_size: 2, embedding_size: null,
        norm_first: false}
"""


def stored(weights: Tensors, named: bool, prefix: str = "encoder") -> Tensors:
    """Tensors under the names and in the shapes of Model Garden: two heads of size 4."""
    found = {}
    for name, tensor in weights.items():
        part = next(part for part in PARTS if name.startswith(part))
        layer, end = name.removeprefix(part).strip(".").rpartition(".")[::2]
        inner = f"/{IN_LAYER[layer]}" if layer else ""
        norm = {"weight": "/gamma", "bias": "/beta"} if "LayerNorm" in name else {"weight": "/kernel", "bias": "/bias"}
        value = np.ascontiguousarray(tensor.T) if norm.get(end) == "/kernel" else tensor
        if ".self." in name:
            value = value.reshape(*value.shape[:-1], 2, 4)
        elif "attention.output.dense" in name and end == "weight":
            value = value.reshape(2, 4, 8)
        found[f"{prefix}/{PARTS[part][named]}{inner}{norm.get(end, '')}{VALUE}"] = value
    return found


def write(folder: Path, variables: Tensors, params: bool = False) -> Path:
    """Writes a folder with a checkpoint of these variables, and an optimizer's slot for each."""
    write_google(folder, tensors())
    slots = {name.replace(VALUE, f"/.OPTIMIZER_SLOT/optimizer/m{VALUE}"): tensor for name, tensor in variables.items()}
    write_variables(folder / "bert_model.ckpt", variables | slots | {f"save_counter{VALUE}": np.array(1)})
    if params:
        (folder / "bert_config.json").unlink()
        (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    return folder


@pytest.mark.parametrize("params", [False, True])
@pytest.mark.parametrize("named", [False, True])
def test_an_encoder_of_model_garden_computes_what_googles_computes(named: bool, params: bool, tmp_path: Path) -> None:
    folder = write(tmp_path / "garden", stored(tensors(), named), params)
    expected = BertBackbone.from_preset(str(write_google(tmp_path / "google", tensors())))
    assert kind(folder) == "google"
    found = BertBackbone.from_preset(str(folder))
    assert difference(outputs(found), outputs(expected)) == 0.0
    assert found.activation == "gelu_new"


def test_word_embeddings_that_a_masked_language_model_holds_are_found(tmp_path: Path) -> None:
    variables = stored(tensors(), named=True)
    variables[f"masked_lm/embedding_table{VALUE}"] = variables.pop(f"encoder/_embedding_layer/embeddings{VALUE}")
    expected = BertBackbone.from_preset(str(write_google(tmp_path / "google", tensors())))
    found = BertBackbone.from_preset(str(write(tmp_path / "garden", variables)))
    assert difference(outputs(found), outputs(expected)) == 0.0


@pytest.mark.parametrize("inner", [False, True])
def test_a_classification_head_of_model_garden_is_a_classifier_of_numbered_labels(inner: bool, tmp_path: Path) -> None:
    random, weights = np.random.default_rng(1), tensors()
    kernel, bias = (random.normal(size=shape).astype(np.float32) for shape in ((8, 3), (3,)))
    variables = stored(weights, named=False)
    head = "model/layer_with_weights-1/out_proj"
    variables |= {f"{head}/kernel{VALUE}": kernel, f"{head}/bias{VALUE}": bias}
    if inner:  # a dense layer of the head's own, beside which the encoder's pooler is not used
        weights |= {"pooler.dense.weight": weights["pooler.dense.weight"] + 1.0}
        own = {"kernel": weights["pooler.dense.weight"].T.copy(), "bias": weights["pooler.dense.bias"]}
        variables |= {f"sentence_prediction..pooler_dense/{end}{VALUE}": value for end, value in own.items()}
    others = {"output_weights": kernel.T.copy(), "output_bias": bias}
    expected = TextClassifier.from_preset(str(write_google(tmp_path / "google", weights, others)))
    found = TextClassifier.from_preset(str(write(tmp_path / "garden", variables, params=True)))
    assert found.labels == ("0", "1", "2")
    texts = ["a b", "café s"]
    np.testing.assert_array_equal(found.predict(texts, verbose=0), expected.predict(texts, verbose=0))


def test_a_span_labeler_of_model_garden_is_a_span_extractor(tmp_path: Path) -> None:
    weights = tensors(spans=True)
    encoder = {name: tensor for name, tensor in weights.items() if not name.startswith("qa_outputs.")}
    head = "model/layer_with_weights-1/layer_with_weights-0"
    variables = stored(encoder, named=True, prefix="model/layer_with_weights-0")
    variables |= {f"{head}/kernel{VALUE}": weights["qa_outputs.weight"].T.copy()}
    variables |= {f"{head}/bias{VALUE}": weights["qa_outputs.bias"]}
    others = {
        f"cls/squad/output_{end}": weights[f"qa_outputs.{of}"] for end, of in (("weights", "weight"), ("bias",) * 2)
    }
    inputs = {"token_ids": np.array([[2, 5, 3, 6, 9, 3]]), "segment_ids": np.array([[0, 0, 0, 1, 1, 1]])}
    inputs["padding_mask"] = np.ones([1, 6], int)
    windows = {"max_length": 12, "max_question_length": 4, "window_overlap": 2}
    folders = write(tmp_path / "garden", variables), write_google(tmp_path / "google", encoder, others)
    found, expected = (SpanExtractor.from_preset(str(folder), **windows)(inputs, training=False) for folder in folders)
    assert difference(found, expected) == 0.0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("type: bert", "type: albert", "the encoder's type must be bert. Received: 'albert'"),
        ("norm_first: false", "norm_first: true", "norm_first must be false"),
        ("embedding_size: null", "embedding_size: 4", "embedding_size that of hidden_size, 8"),
        ("encoder:", "backbone:", "no task.model.encoder of TF Model Garden can be read"),
        ("num_layers: 2", "num_layers: two", "num_hidden_layers must be a whole number"),
    ],
)
def test_params_of_something_else_are_refused(old: str, new: str, problem: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "garden", stored(tensors(), named=True), params=True)
    (folder / "params.yaml").write_text(PARAMS.replace(old, new), encoding="utf-8")
    with pytest.raises(CheckpointError) as caught:
        BertBackbone.from_preset(str(folder))
    assert str(caught.value).startswith(f"{folder / 'params.yaml'}: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)
