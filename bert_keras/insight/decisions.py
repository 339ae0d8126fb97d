"""The decisions of a model that has outputs for each token, of the text that was inspected."""

from collections.abc import Iterable, Sequence
from typing import Any

from bert_keras.insight.decision import Decision
from bert_keras.insight.entity_decisions import entity_decisions
from bert_keras.insight.inspection import Inspection
from bert_keras.insight.mask_decisions import mask_decisions, token_of
from bert_keras.models import BertTask, MaskedLM, TokenClassifier
from bert_keras.tagging.alignment import Span, widened_spans


def decisions_of(inspection: Inspection, true: Any = None, wanted: Iterable[str | None] = ()) -> tuple[Decision, ...]:
    """Returns what a model decides of an inspected text: the tokens of masks, or the types of entities.

    ```python
    seen = attention(masked_lm, "The ship lay in the [MASK].")
    for decision in decisions_of(seen):
        attributions(here := seen.at(decision), target_of(here))
    ```

    Args:
        inspection: The inspection of the text.
        true: For a token classifier, the entities that there are, as `(start, end, label)` in code points; `None` if
            they are not known.
        wanted: For a masked language model, tokens to list beside the most probable ones; `None`s are ignored.

    Returns:
        The decisions, wrong ones first, else in the order of the text; empty for a model that decides once of a text.

    Raises:
        LabelError: A wanted word is no token of the vocabulary.
    """
    model, tokens, tagged = inspection.model, inspection.tokens, inspection.tagged
    if isinstance(model, MaskedLM):
        return mask_decisions(model, tokens, inspection.logits, [name for name in wanted if name is not None])
    if not isinstance(model, TokenClassifier) or tagged is None:
        return ()
    return entity_decisions(tokens.first, tagged, model.scheme, inspection.logits, true_entities(inspection, true))


def label_of(model: BertTask, name: str | None) -> str | None:
    """Returns the label that a name stands for: of a masked language model, the token that a word is; else the name.

    Raises:
        LabelError: A word is no token.
    """
    return name if name is None or not isinstance(model, MaskedLM) else token_of(model, name)


def true_entities(inspection: Inspection, true: Sequence[Any] | None) -> list[Span] | None:
    """Returns the entities that there are, with the bounds of words; `None` if they are not known."""
    tagged = inspection.tagged
    if true is None or tagged is None:
        return None
    return widened_spans([Span(*each) for each in true], tagged.starts, tagged.ends)
