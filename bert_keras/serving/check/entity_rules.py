"""The rules for entities, whatever the model: places, texts and scores must agree."""

from collections.abc import Iterator

from bert_keras.serving.check.case import ENTITY_OUTPUTS, Arrays


def entity_faults(feeds: Arrays, outputs: Arrays) -> list[str]:
    """Checks entities against their texts.

    Args:
        feeds: The inputs by name: `text` `[batch]`.
        outputs: The outputs by name: `count` `[batch]`; `entities`, `labels`, `starts`, `ends` and `scores`
            `[batch, most]`.

    Returns:
        The first fault of each faulty row.
    """
    texts = [text.decode(errors="replace") for text in feeds["text"]]
    if any(outputs[name].shape[:1] != (len(texts),) for name in ENTITY_OUTPUTS):
        return [f"outputs without a row for each of {len(texts)} texts"]
    rows = (list(_faults(text, outputs, row)) for row, text in enumerate(texts))
    return [f"row {row}: {faults[0]}" for row, faults in enumerate(rows) if faults]


def _faults(text: str, outputs: Arrays, row: int) -> Iterator[str]:
    count, before = int(outputs["count"][row]), 0
    columns = [outputs[name][row].tolist() for name in ("entities", "labels", "starts", "ends", "scores")]
    for place, (entity, label, start, end, score) in enumerate(zip(*columns, strict=True)):
        if place >= count:
            if entity or label or start or end or score:
                yield f"padding behind {count} entities is not empty"
        elif not before <= start < end <= len(text):
            yield f"an entity from {start} to {end} behind one that ends at {before}, of {len(text)} code points"
        elif text[start:end].encode() != entity:
            yield f"entity {entity!r:.40} is not what stands from {start} to {end}, {text[start:end]!r:.40}"
        elif not label or not 0 <= score <= 1:
            yield f"an entity has the label {label!r:.40} and the score {score}"
        before = end
