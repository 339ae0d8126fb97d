"""The choice of the calls that check a signature."""

from bert_keras.serving.check.case import Case, Signature, finds_entities, takes_questions, takes_text, takes_tokens
from bert_keras.serving.check.entity_cases import entity_cases
from bert_keras.serving.check.question_cases import question_cases
from bert_keras.serving.check.text_cases import text_cases
from bert_keras.serving.check.token_cases import token_cases


def signature_cases(name: str, signature: Signature) -> list[Case]:
    """Returns the calls that check a signature, depending on its inputs.

    Args:
        name: The signature's name.
        signature: The signature's definition.

    Returns:
        The cases, those that must be refused last; empty if the inputs are neither texts nor token ids.
    """
    if takes_questions(signature):
        return question_cases(name, signature)
    if finds_entities(signature):
        return entity_cases(name, signature)
    if takes_text(signature):
        return text_cases(name, signature)
    return token_cases(name, signature) if takes_tokens(signature) else []
