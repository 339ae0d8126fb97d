"""Predictions with words masked or replaced."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.errors import InputError
from bert_keras.insight.forward import own_logits
from bert_keras.insight.inspection import Inspection, attention
from bert_keras.insight.target import Target, target_of
from bert_keras.models import BertTask, SpanExtractor
from bert_keras.models.classify_stream import TOKEN_BUDGET


@dataclass(frozen=True, slots=True)
class MaskedPredictions:
    """Predictions for a row with one word masked at a time.

    Attributes:
        words: The numbers of the masked words, `[words]` int32; see `Tokens.words`.
        probabilities: The probability of each label, `[words, labels]` float32; for a regression the predicted number,
            `[words, 1]`; `None` for a reader.
        span_scores: The probability of the answer's start times that of its end in the inspected window, for a reader,
            `[words]` float32; the answer is the one found with no word masked. `None` for a classifier.
        original: The prediction with no word masked: `[labels]` or `[1]` float32, or a number for a reader.
        outputs: The logits of all rows, `[1 + words, labels]`, for a reader "start" and "end", each `[1 + words,
            tokens]`, of a decision `[1 + words, reads, outputs]`; the first row has no word masked.
    """

    words: np.ndarray
    probabilities: np.ndarray | None
    span_scores: np.ndarray | None
    original: Any
    outputs: Any

    def drops(self, target: Target) -> np.ndarray:
        """Returns by how much a target, a logit or several, falls with each word masked, `[words]` float32."""
        return drops_of(self.outputs, target)


class Replaced(NamedTuple):
    """The inspections of a text before and after words were replaced."""

    before: Inspection
    after: Inspection


def masked_predictions(inspection: Inspection, words: Sequence[int] | None = None) -> MaskedPredictions:
    """Predicts with each word of a row masked in turn, all of its pieces replaced by `[MASK]`.

    Each word takes a pass over the whole row: 128 words cost as much as 128 predictions.

    Args:
        inspection: The inspection with no word masked.
        words: The numbers of the words to mask; `None` means every word, but no special token.

    Returns:
        The predictions.

    Raises:
        InputError: The row does not have one of the words.
    """
    model, tokens = inspection.model, inspection.tokens
    there = np.unique(tokens.words[~tokens.special])
    chosen = there if words is None else np.asarray(words, np.int32).reshape(-1)
    unknown = np.setdiff1d(chosen, there)
    if len(unknown):
        raise InputError(f"the row has words 0 to {len(there) - 1}. Received: {', '.join(map(str, unknown.tolist()))}")
    hidden = np.concatenate([np.zeros((1, len(tokens)), bool), tokens.words == chosen[:, np.newaxis]])
    outputs = masked_outputs(inspection, hidden)
    if isinstance(model, SpanExtractor):
        scores = _span_scores(outputs, target_of(inspection))
        return MaskedPredictions(chosen, None, scores[1:], float(scores[0]), outputs)
    if inspection.decision is not None:
        shares = inspection.decision.probabilities_of(outputs)
        return MaskedPredictions(chosen, shares[1:], None, shares[0], outputs)
    answers = model.to_outputs(outputs)
    answers = answers[:, np.newaxis] if answers.ndim == 1 else answers
    return MaskedPredictions(chosen, answers[1:], None, answers[0], outputs)


def masked_outputs(inspection: Inspection, hidden: np.ndarray) -> Any:
    """Returns the logits of the model's own graph for a row with some tokens replaced by `[MASK]`.

    Args:
        inspection: The inspection of the row.
        hidden: The tokens to replace, `[rows, tokens]` bool.

    Returns:
        The logits, `[rows, labels]` float32; for a reader, "start" and "end", each `[rows, tokens]`; of a decision,
        `[rows, reads, outputs]`.
    """
    mask_id = inspection.model.preprocessor.tokenizer.token_to_id("[MASK]")
    rows = np.where(hidden, mask_id, inspection.tokens.ids)
    return _outputs(inspection, rows)


def drops_of(outputs: Any, target: Target) -> np.ndarray:
    """Returns by how much a target falls from the first row of outputs to each other one, `[rows - 1]` float32."""
    scores = target.score(outputs).numpy()
    return scores[0] - scores[1:]


def replaced(model: BertTask, text: str, pair: str | None = None, *, replacements: Mapping[str, str]) -> Replaced:
    """Inspects a text before and after words are replaced.

    Args:
        model: The model.
        text: The text; for a reader, the question.
        pair: The second text of a pair; for a reader, the context.
        replacements: The new words by the words to replace, wherever these occur as whole words in either text. An
            empty text deletes a word.

    Returns:
        Both inspections.

    Raises:
        InputError: A word occurs in neither text, or there is nothing to replace.
    """
    if not replacements:
        raise InputError("nothing to replace; name words and what is to stand in their place")
    missing = [
        word for word in replacements if not any(_whole(word).search(of) for of in (text, pair) if of is not None)
    ]
    if missing:
        raise InputError(f"these stand in the text as no whole word: {', '.join(map(repr, missing))}")
    # In a single pass, so that a replacement is not replaced again.
    either = re.compile("|".join(_whole(word).pattern for word in sorted(replacements, key=len, reverse=True)))
    changed = [None if of is None else either.sub(lambda found: replacements[found.group()], of) for of in (text, pair)]
    return Replaced(attention(model, text, pair), attention(model, str(changed[0]), changed[1]))


def _whole(word: str) -> re.Pattern[str]:
    if not word:
        raise InputError("an empty word stands nowhere; name the word to replace")
    before, behind = (
        border if edge.isalnum() else "" for border, edge in ((r"(?<!\w)", word[0]), (r"(?!\w)", word[-1]))
    )
    return re.compile(before + re.escape(word) + behind)


def _outputs(inspection: Inspection, rows: np.ndarray) -> Any:
    """Returns the outputs of the model's own graph for rows that differ from the inspected row only in token ids."""
    size = max(1, TOKEN_BUDGET // rows.shape[1])
    made = []
    for first in range(0, len(rows), size):
        ids = rows[first : first + size]
        inputs = {name: tf.repeat(row, len(ids), axis=0) for name, row in inspection.tokens.inputs().items()}
        made.append(own_logits(inspection.model, inputs | {"token_ids": tf.constant(ids, tf.int32)}))
    return tf.nest.map_structure(lambda *parts: np.concatenate([part.numpy() for part in parts]), *made)


def _span_scores(outputs: dict[str, np.ndarray], target: Target) -> np.ndarray:
    ends = zip(("start", "end"), (target.rows[0], target.rows[-1]), strict=True)
    start, end = (tf.nn.softmax(outputs[name]).numpy()[:, place] for name, place in ends)
    return start * end
