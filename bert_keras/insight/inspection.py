"""Inspection of a model on one text: tokens, attention, hidden states, input embeddings, logits."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.insight.decision import Decision
from bert_keras.insight.document import Document, read_document
from bert_keras.insight.forward import Forward, InputEmbeddings, forward
from bert_keras.insight.mask_decisions import masked_tokens
from bert_keras.insight.tagged_text import TaggedText, read_tagged
from bert_keras.insight.tokens import Tokens, check_texts, tokens_of
from bert_keras.models import BertTask, MaskedLM, SpanExtractor, TokenClassifier
from bert_keras.models.forward_pass import ForwardPass


@dataclass(frozen=True, slots=True)
class Inspection:
    """The results of one forward pass over one row, in float32.

    Attributes:
        model: The model.
        tokens: The tokens of the row.
        weights: The attention weights after softmax, `[layers, heads, tokens, tokens]`, from row to column.
        hidden_states: The hidden states, `[layers + 1, tokens, hidden]`; the first is the input after its layer norm.
        embeddings: The three input embeddings and their sum, each `[tokens, hidden]`.
        logits: The logits, `[labels]`, or `[1]` for a regression; for a reader, "start" and "end", each `[tokens]`; for
            a model with outputs for each token `[tokens, outputs]`, but with a decision those of its labels,
            `[labels]`.
        logit_difference: The largest absolute difference from the logits of the model's own graph, which is exported.
        document: The question with its whole context, for a reader; `None` for other models.
        tagged: The text with its words and entities, for a token classifier; `None` for other models.
        decision: The mask, or the entity, that is looked at; `None` for a model that decides once of a text.
    """

    model: BertTask
    tokens: Tokens
    weights: np.ndarray
    hidden_states: np.ndarray
    embeddings: InputEmbeddings
    logits: Any
    logit_difference: float
    document: Document | None
    tagged: TaggedText | None = None
    decision: Decision | None = None

    def at(self, decision: Decision) -> "Inspection":
        """Returns the same inspection, with what the model decides at one place; see `decisions_of`."""
        return replace(self, decision=decision, tokens=self.tokens.reading(decision.reads), logits=decision.scores)


def attention(model: BertTask, text: str, pair: str | None = None, *, window: int | None = None) -> Inspection:
    """Runs a model on a text and returns its attention weights and all other intermediate results.

    Args:
        model: A `TextClassifier`, `SpanExtractor`, `TokenClassifier` or `MaskedLM` with a preprocessor.
        text: The text; for a reader, the question; for a masked language model with "[MASK]" for each mask.
        pair: The second text of a pair; for a reader, the context, of any length.
        window: The index of the window to inspect, from 0, for the context of a reader or the text of a token
            classifier; `None` means the one with the best answer, or the most entities.

    Returns:
        The inspection.

    Raises:
        InputError: The texts do not fit the model, the window does not exist, or the model has no preprocessor.
    """
    check_texts(model, text, pair)
    if isinstance(model, SpanExtractor):
        if pair is None:
            raise InputError(f"a reader needs a context; give it as the second text. Received: {text!r:.60} alone")
        document, tokens = read_document(model, text, pair, window)
        return inspect_row(model, tokens, document)
    if isinstance(model, TokenClassifier | MaskedLM) and pair is not None:
        raise InputError(f"the model reads single texts. Received: a second one, {pair!r:.60}")
    if isinstance(model, TokenClassifier):
        tagged, tokens = read_tagged(model, text, window)
        return replace(inspect_row(model, tokens), tagged=tagged)
    if window is not None:
        raise InputError(
            f"only the contexts of readers have windows, and texts of token classifiers. Received: window={window}"
        )
    if isinstance(model, MaskedLM):
        return inspect_row(model, masked_tokens(model, text))
    return inspect_row(model, tokens_of(model, text, pair))


def inspect_row(model: BertTask, tokens: Tokens, document: Document | None = None) -> Inspection:
    """Runs a model on a row of tokens and returns all intermediate results.

    Args:
        model: The model.
        tokens: The tokens of the row.
        document: The document that the row is a window of, for a reader.

    Returns:
        The inspection.
    """
    inputs = tokens.inputs()
    # Traced when a second text is looked at: called op by op, the layers of MiniLM take ten times as long.
    run = model.logits.beside("inspection", lambda: ForwardPass(lambda given: forward(model, given)))
    made = run(inputs)
    served = model.logits(inputs)
    return Inspection(
        model=model,
        tokens=tokens,
        weights=np.stack([_row(layer) for layer in made.attention]),
        hidden_states=np.stack([_row(states) for states in made.hidden_states]),
        embeddings=InputEmbeddings(*(_row(part) for part in made.embeddings)),
        logits=tf.nest.map_structure(_row, made.outputs),
        logit_difference=_difference(made, served),
        document=document,
    )


def _difference(made: Forward, served: Any) -> float:
    pairs = zip(tf.nest.flatten(made.outputs), tf.nest.flatten(served), strict=True)
    return max(
        float(tf.reduce_max(tf.abs(tf.cast(ours, tf.float32) - tf.cast(theirs, tf.float32)))) for ours, theirs in pairs
    )


def _row(batch: tf.Tensor) -> np.ndarray:
    return tf.cast(batch[0], tf.float32).numpy()
