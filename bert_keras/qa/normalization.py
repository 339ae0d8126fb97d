"""Answers as SQuAD compares them: without case, punctuation, articles and surplus blanks."""

import re
import string

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Normalises an answer as the official scripts do (Rajpurkar et al. 2016, section 6.1).

    Punctuation is ASCII's, and goes before articles are looked for: "an." is an article, "U.S.A." is one word.

    Args:
        text: Predicted or gold.

    Returns:
        Lower-case words with one blank between them; empty where nothing is left.
    """
    words = text.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", words).split())


def answer_tokens(text: str) -> list[str]:
    """Cuts an answer into the words that F1 counts."""
    return normalize_answer(text).split()
