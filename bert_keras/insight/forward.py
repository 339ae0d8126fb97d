"""The instrumented forward pass: the model's own layers, called one by one, with all intermediate results kept."""

from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras.models import BertTask, MaskedLM, SpanExtractor, TextClassifier, TokenClassifier
from bert_keras.models.forward_pass import ForwardPass

INPUT_SIGNATURE = {name: tf.TensorSpec([None, None], tf.int32) for name in ("token_ids", "segment_ids", "padding_mask")}
"""The prepared inputs of a pass, each `[batch, tokens]`."""
READS = {"reads": tf.TensorSpec([None, None], tf.int32)}
"""Besides, for a model with outputs for each token: the places whose outputs are wanted, `[batch, reads]`."""


class InputEmbeddings(NamedTuple):
    """The embeddings that BERT adds up for each token (Devlin et al. 2019, figure 2), each `[batch, tokens, width]`.

    The width is the hidden size, or the backbone's `embedding_dim`.

    Attributes:
        token: The token embeddings.
        segment: The segment embeddings; zeros if the backbone has none.
        position: The position embeddings.
        sum: The sum of all three, before layer normalization.
    """

    token: Any
    segment: Any
    position: Any
    sum: Any


class Forward(NamedTuple):
    """The results of a forward pass in the model's compute dtype, all differentiable.

    Attributes:
        embeddings: The input embeddings.
        hidden_states: The hidden states, `layers + 1` tensors `[batch, tokens, hidden]`; the first is the input after
            its layer norm, widened if the embeddings are narrower.
        attention: The attention weights of each layer after softmax, `[batch, heads, tokens, tokens]`, from row to
            column.
        outputs: The logits, `[batch, labels]` float32; for a reader, "start" and "end", each `[batch, tokens]` float32;
            for a model with outputs for each token, those of all tokens, or of the places in `reads`, `[batch, tokens,
            outputs]`.
    """

    embeddings: InputEmbeddings
    hidden_states: tuple[tf.Tensor, ...]
    attention: tuple[tf.Tensor, ...]
    outputs: Any


def forward(model: BertTask, inputs: dict[str, Any], token_embeddings: Any = None) -> Forward:
    """Runs a model without dropout, with the same weights and the same order of operations as its graph.

    Args:
        model: The task, including its adapters.
        inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32; and `reads`, as in `READS`.
        token_embeddings: Token embeddings to use, `[batch, tokens, width]`; `None` means those of the token ids.

    Returns:
        The intermediate results and the outputs.
    """
    embeddings, x = _embedded(model, inputs, token_embeddings)
    hidden_states, attention = [x], []
    for layer in model.backbone.transformer_layers:
        x, weights = layer(x, padding_mask=inputs["padding_mask"], training=False, return_attention_scores=True)
        hidden_states.append(x)
        attention.append(weights)
    return Forward(embeddings, tuple(hidden_states), tuple(attention), _outputs(model, hidden_states[-1], inputs))


def outputs_of_embeddings(model: BertTask, inputs: dict[str, Any], token_embeddings: Any) -> tf.Tensor:
    """Runs a model without dropout and keeps only its outputs.

    It saves a classifier that reads `[CLS]` most of the last layer.

    Args:
        model: The task, including its adapters.
        inputs: `segment_ids` and `padding_mask`, each `[batch, tokens]` int32; and `reads`, as in `READS`.
        token_embeddings: The token embeddings, `[batch, tokens, width]`.

    Returns:
        The logits, `[batch, 1, labels]` float32; for a reader start and end, `[batch, 2, tokens]`; for a model with
        outputs for each token, `[batch, reads, outputs]`.
    """
    x = _embedded(model, inputs, token_embeddings)[1]
    *lower, last = model.backbone.transformer_layers
    for layer in lower:
        x = layer(x, padding_mask=inputs["padding_mask"], training=False)
    only_first = isinstance(model, TextClassifier) and model.pooling == "cls"
    x = last(x, padding_mask=inputs["padding_mask"], training=False, first_row_only=only_first)
    return stacked(_outputs(model, x, inputs))


def stacked(outputs: Any) -> tf.Tensor:
    """Returns the outputs as one tensor, `[batch, 1, labels]`, `[batch, 2, tokens]` or `[batch, reads, outputs]`."""
    if not isinstance(outputs, dict) and len(outputs.shape) == 3:
        return tf.cast(outputs, tf.float32)
    parts = [outputs["start"], outputs["end"]] if isinstance(outputs, dict) else [outputs]
    return tf.stack([tf.cast(part, tf.float32) for part in parts], axis=1)


def output_width(model: BertTask, tokens: int) -> int:
    """Returns the size of the last axis of `stacked` outputs: the number of labels; for a reader, of tokens."""
    if isinstance(model, MaskedLM):
        return int(model.backbone.vocabulary_size)
    return tokens if isinstance(model, SpanExtractor) else int(model.output_dense.units)


def own_logits(model: BertTask, inputs: dict[str, Any]) -> Any:
    """Runs the model's own graph, which is exported; only the head of a model with `reads` is called once more.

    Args:
        model: The task, including its adapters.
        inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32; and `reads`, as in `READS`.

    Returns:
        The outputs, as `Forward` has them.
    """
    if "reads" not in inputs:
        return model.logits(inputs)

    def run(given: dict[str, Any]) -> tf.Tensor:
        row = {name: given[name] for name in INPUT_SIGNATURE}
        return _of_tokens(model, model.backbone(row, training=False)["sequence_output"], given)

    return model.logits.beside("at places", lambda: ForwardPass(run, INPUT_SIGNATURE | READS))(inputs)


def has_token_outputs(model: BertTask) -> bool:
    """Returns whether a model decides at single tokens, so that passes take `reads`."""
    return isinstance(model, MaskedLM | TokenClassifier)


def _embedded(model: BertTask, inputs: dict[str, Any], token_embeddings: Any) -> tuple[InputEmbeddings, tf.Tensor]:
    """Returns the input embeddings, and what the first layer reads."""
    backbone = model.backbone
    token = backbone.token_embedding(inputs["token_ids"]) if token_embeddings is None else token_embeddings
    token = tf.cast(token, backbone.token_embedding.compute_dtype)
    position = backbone.position_embedding(token)
    of_segments: Any = backbone.segment_embedding
    segment = tf.zeros_like(token) if of_segments is None else of_segments(inputs["segment_ids"])
    summed = backbone.embeddings_add([token, position] if of_segments is None else [token, position, segment])
    first, widened = backbone.embeddings_layer_norm(summed), backbone.embeddings_projection
    return InputEmbeddings(token, segment, position, summed), first if widened is None else widened(first)


def _outputs(model: BertTask, last: tf.Tensor, inputs: dict[str, Any]) -> Any:
    if isinstance(model, SpanExtractor):
        only_context = model.get_layer("only_context")
        return only_context(model.output_dense(last), inputs["segment_ids"], inputs["padding_mask"])
    if isinstance(model, TextClassifier):
        return model.output_dense(model.pooled(last, inputs["padding_mask"]))
    return _of_tokens(model, last, inputs)


def _of_tokens(model: BertTask, last: tf.Tensor, inputs: dict[str, Any]) -> tf.Tensor:
    states = tf.gather(last, inputs["reads"], axis=1, batch_dims=1) if "reads" in inputs else last
    return model.to_logits(states) if isinstance(model, MaskedLM) else model.output_dense(states)
