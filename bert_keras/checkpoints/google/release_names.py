"""The names of variables in Google's own code (google-research/bert), pre-trained or fine-tuned."""

_ENCODER = "bert/"
# What each variable ends with; the optimizer's have ends of their own.
_ENDS = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "word_embeddings": "word_embeddings.weight",
    "position_embeddings": "position_embeddings.weight",
    "token_type_embeddings": "token_type_embeddings.weight",
}
# run_classifier.py, run_squad.py and run_pretraining.py; these kernels are `[outputs, hidden]` as in Hugging Face's.
_HEADS = {
    "output_weights": "classifier.weight",
    "output_bias": "classifier.bias",
    "cls/squad/output_weights": "qa_outputs.weight",
    "cls/squad/output_bias": "qa_outputs.bias",
    "cls/seq_relationship/output_weights": "cls.seq_relationship.weight",
    "cls/seq_relationship/output_bias": "cls.seq_relationship.bias",
    "cls/predictions/output_bias": "cls.predictions.bias",
    "cls/predictions/transform/dense/kernel": "cls.predictions.transform.dense.weight",
    "cls/predictions/transform/dense/bias": "cls.predictions.transform.dense.bias",
    "cls/predictions/transform/LayerNorm/gamma": "cls.predictions.transform.LayerNorm.weight",
    "cls/predictions/transform/LayerNorm/beta": "cls.predictions.transform.LayerNorm.bias",
}


def release_names(stored: list[str]) -> dict[str, str]:
    """Returns the names of the variables by Hugging Face's names, without those of the optimizer.

    Args:
        stored: The names in the checkpoint, e.g. "bert/encoder/layer_0/output/LayerNorm/gamma".

    Returns:
        The names, e.g. "encoder.layer.0.output.LayerNorm.weight"; empty if there is no encoder.
    """
    encoder = {ours: name for name in stored if name.startswith(_ENCODER) and (ours := _canonical(name)) is not None}
    return encoder | {_HEADS[name]: name for name in stored if name in _HEADS} if encoder else {}


def _canonical(name: str) -> str | None:
    *layers, end = name.removeprefix(_ENCODER).replace("layer_", "layer/").split("/")
    return ".".join([*layers, _ENDS[end]]) if end in _ENDS else None
