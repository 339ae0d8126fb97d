"""The calls that check a signature which finds entities in texts."""

from collections.abc import Sequence
from dataclasses import replace

from bert_keras.serving.check.case import Case, Signature
from bert_keras.serving.check.question_cases import MEGABYTE, PARAGRAPHS, days, spread
from bert_keras.serving.check.text_cases import batches, malformed, strings


def entity_cases(name: str, signature: Signature) -> list[Case]:
    """Returns the calls of a signature on `text`, as `signature_cases` does."""
    inputs = sorted(signature.inputs)
    answered = batches(name, inputs) + [
        Case(what, name, {"text": strings([text.encode() for text in texts])}) for what, texts in _texts().items()
    ]
    return [*(replace(case, entities=True) for case in answered), *malformed(name, inputs)]


def _texts() -> dict[str, Sequence[str]]:
    """Returns texts by the name of the case."""
    contexts = [context for _, context in PARAGRAPHS]
    long = days(200)
    return {
        "paragraphs in many scripts": contexts,
        "a document of several windows": [long],
        "texts of none to many windows": [contexts[0], long, "", " \n\t ", long[:4000], "\u0301\u0302 a\u0301"],
        # Mostly blanks: the text is long, but its tokens are few, so that the model does not run for minutes.
        "a text of 1 MB": [spread(days(150), MEGABYTE)],
    }
