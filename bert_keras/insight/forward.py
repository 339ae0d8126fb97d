"""The one instrumented pass: the model's own layers, called one after the other, with all that lies between them kept."""

from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras.models import BertTask, SpanExtractor


class InputEmbeddings(NamedTuple):
    """What BERT adds up for each token (Devlin et al. 2019, figure 2), each `[batch, tokens, hidden]`.

    Attributes:
        token: Of the token itself.
        segment: Of the text that it stands in.
        position: Of its place in the row.
        sum: All three added, before the layer norm.
    """

    token: Any
    segment: Any
    position: Any
    sum: Any


class Forward(NamedTuple):
    """All that a pass computes, in the model's compute type, so that gradients can be taken of any of it.

    Attributes:
        embeddings: The input.
        hidden_states: `[batch, tokens, hidden]`, layers + 1 of them; the first is the input after its layer norm.
        attention: `[batch, heads, tokens, tokens]` of each layer, from rows to columns, after softmax.
        outputs: Logits `[batch, labels]`; of a reader "start" and "end" `[batch, tokens]`. float32.
    """

    embeddings: InputEmbeddings
    hidden_states: tuple[tf.Tensor, ...]
    attention: tuple[tf.Tensor, ...]
    outputs: Any


def forward(model: BertTask, inputs: dict[str, Any], token_embeddings: Any = None) -> Forward:
    """Runs a model without dropout; the same weights, and the same operations in the same order as its graph.

    Args:
        model: A task, adapters and all.
        inputs: `token_ids`, `segment_ids` and `padding_mask`, each `[batch, tokens]` int32.
        token_embeddings: `[batch, tokens, hidden]` instead of those that belong to the token ids.

    Returns:
        What lies between the layers, and the outputs.
    """
    backbone, mask = model.backbone, inputs["padding_mask"]
    token = backbone.token_embedding(inputs["token_ids"]) if token_embeddings is None else token_embeddings
    token = tf.cast(token, backbone.token_embedding.compute_dtype)
    position = backbone.position_embedding(token)
    segment = backbone.segment_embedding(inputs["segment_ids"])
    summed = backbone.embeddings_add((token, position, segment))
    hidden_states = [backbone.embeddings_layer_norm(summed)]
    attention = []
    for layer in backbone.transformer_layers:
        x, weights = layer(hidden_states[-1], padding_mask=mask, training=False, return_attention_scores=True)
        hidden_states.append(x)
        attention.append(weights)
    embeddings = InputEmbeddings(token, segment, position, summed)
    return Forward(embeddings, tuple(hidden_states), tuple(attention), _outputs(model, hidden_states[-1], inputs))


def _outputs(model: BertTask, last: tf.Tensor, inputs: dict[str, Any]) -> Any:
    if isinstance(model, SpanExtractor):
        only_context = model.get_layer("only_context")
        return only_context(model.output_dense(last), inputs["segment_ids"], inputs["padding_mask"])
    return model.output_dense(model.backbone.pooled_dense(last[:, 0, :]))
