import pytest

from bert_keras.checkpoints.hugging_face.tensor_names import canonical, original, stored

LAYER = "encoder.layer.11."
NAMES = [
    ("bert", "bert.encoder.layer.11.attention.self.query.weight", LAYER + "attention.self.query.weight"),
    ("bert", "bert.pooler.dense.bias", "pooler.dense.bias"),
    ("bert", "classifier.weight", "classifier.weight"),
    ("bert", "cls.predictions.decoder.bias", "cls.predictions.decoder.bias"),
    ("distilbert", "distilbert.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"),
    ("distilbert", "distilbert.transformer.layer.11.attention.q_lin.weight", LAYER + "attention.self.query.weight"),
    ("distilbert", "distilbert.transformer.layer.11.sa_layer_norm.bias", LAYER + "attention.output.LayerNorm.bias"),
    ("distilbert", "distilbert.transformer.layer.11.ffn.lin2.bias", LAYER + "output.dense.bias"),
    ("distilbert", "distilbert.transformer.layer.11.output_layer_norm.weight", LAYER + "output.LayerNorm.weight"),
    ("distilbert", "pre_classifier.weight", "pooler.dense.weight"),
    ("distilbert", "vocab_projector.bias", "cls.predictions.bias"),
    ("distilbert", "vocab_projector.weight", "cls.predictions.decoder.weight"),
    ("electra", "electra.embeddings_project.weight", "embeddings_project.weight"),
    ("electra", "electra.encoder.layer.11.output.dense.weight", LAYER + "output.dense.weight"),
    ("electra", "classifier.dense.weight", "pooler.dense.weight"),
    ("electra", "classifier.out_proj.bias", "classifier.bias"),
    ("electra", "generator_predictions.LayerNorm.weight", "cls.predictions.transform.LayerNorm.weight"),
    ("electra", "qa_outputs.weight", "qa_outputs.weight"),
]


@pytest.mark.parametrize(("model_type", "theirs", "ours"), NAMES)
def test_a_name_is_translated_both_ways(model_type: str, theirs: str, ours: str) -> None:
    assert canonical(theirs) == ours
    assert stored(ours, model_type) == theirs


def test_names_of_an_encoder_alone_have_no_prefix() -> None:
    name = "transformer.layer.3.attention.out_lin.weight"
    assert canonical(name) == "encoder.layer.3.attention.output.dense.weight"
    assert original(canonical(name), "distilbert") == name


def test_the_parts_behind_a_layer_may_be_any() -> None:
    ours = "encoder.layer.3.attention.self.query.lora_A.weight"
    assert stored(ours, "distilbert") == "distilbert.transformer.layer.3.attention.q_lin.lora_A.weight"
    assert stored("encoder.layer.3.intermediate.dense", "distilbert") == "distilbert.transformer.layer.3.ffn.lin1"


def test_names_that_merely_begin_alike_stay() -> None:
    for name in ("classifier_head.weight", "pre_classifier2.weight", "layer.0.query.down", "pooler.kernel"):
        assert canonical(name) == name


def test_old_names_of_layer_norms_are_read() -> None:
    assert canonical("bert.embeddings.LayerNorm.gamma") == "embeddings.LayerNorm.weight"
