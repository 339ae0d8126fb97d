"""SQuAD's normalisation of answers: without case, punctuation, articles and extra blanks."""

import re
import string

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)


def normalize_answer(text: str) -> str:
    """Normalises an answer like the official scripts (Rajpurkar et al. 2016, section 6.1).

    ASCII punctuation is removed before articles: "an." is an article, and "U.S.A." is one word.

    Args:
        text: The predicted or gold answer.

    Returns:
        The lower-case words with single blanks between them; may be empty.
    """
    words = text.lower().translate(_WITHOUT_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", words).split())


def answer_tokens(text: str) -> list[str]:
    """Returns the words of the normalised answer, which F1 compares."""
    return normalize_answer(text).split()
