"""Questions changed in one place, which their context no longer answers, from which a reader learns to doubt."""

import re
from collections.abc import Callable, Sequence

import numpy as np

from bert_keras.data.questions.name_exchange import negated, with_other_name
from bert_keras.data.questions.question import Question
from bert_keras.data.questions.source import QuestionSource
from bert_keras.data.questions.word_exchange import WordExchange
from bert_keras.errors import InputError
from bert_keras.text import BertTokenizer

# How often each way is tried first; where it finds nothing to change, a word is exchanged.
_WAYS, _SHARES = ("word", "name", "not"), (0.6, 0.3, 0.1)
# Words of most English questions and of few others: "do", which a "not" may follow, is "of the" in Portuguese.
_ENGLISH = re.compile(r"\b(?:the|what|who|whose|which|when|where|why|how)\b", re.IGNORECASE)


def altered_questions(
    source: QuestionSource,
    questions: Sequence[Question],
    share: float,
    seed: int,
    tokenizer: BertTokenizer,
    token_vectors: np.ndarray,
    on_questions: Callable[[int], object] = lambda count: None,
) -> tuple[list[Question], np.ndarray]:
    """Asks a share of the questions with an answer again, changed in one of three ways.

    Most get another word in place of one that their context has. The new word is of a question nearby in the file and
    not in the context; both are numbers of as many digits, or have a capital letter, or have the same last two letters.
    Among such words those of near meaning are taken, by the cosine of the vectors of their tokens, as Jia and Liang
    (2017, section 3.3) alter questions. Three of ten get another name or number of their own context, and, where most
    questions are English, one of ten a "not". Those that people write to mislead a reader are alike (Rajpurkar et al.
    2018, table 2: entities swapped, antonyms, negations, other words that exclude the answer). Of some the answer stays
    right, as of theirs.

    Args:
        source: The source of the questions.
        questions: The questions to ask again, in the order of the source.
        share: The share of the questions, from 0 to 1.
        seed: The random seed of the selection.
        tokenizer: The tokenizer of the vectors.
        token_vectors: The input embedding of each token, `[vocabulary, dimension]`.
        on_questions: A callback for progress, called after each question with 1.

    Returns:
        The questions, which have no answers and ids that end in "-altered", and for each the index in `questions` of
        the one that it was made from. Questions in which nothing can be changed make none, nor do those that become
        one that their context answers.

    Raises:
        InputError: The share is not from 0 to 1.
    """
    if not 0 <= share <= 1:
        raise InputError(f"the share of altered questions must be from 0 to 1. Received: {share}")
    random = np.random.default_rng([seed, 3])
    drawn = random.random(len(questions)) < share
    exchange = WordExchange(questions, tokenizer, token_vectors, random)
    english = 2 * sum(_ENGLISH.search(question.text) is not None for question in questions) > len(questions)
    answered = {(question.context, question.text.casefold()) for question in source.questions if question.answers}
    made: list[Question] = []
    of: list[int] = []
    for place in np.flatnonzero(drawn).tolist():
        question = questions[place]
        text = _altered(place, question, source.contexts[question.context], exchange, random, english)
        if text is not None and (question.context, text.casefold()) not in answered:
            id_ = f"{question.id}-altered"
            made.append(Question(id_, text, question.context, (), question.article, question.place))
            of.append(place)
        on_questions(1)
    return made, np.array(of, np.int64)


def _altered(
    place: int, question: Question, context: str, exchange: WordExchange, random: np.random.Generator, english: bool
) -> str | None:
    """Returns the text of a question changed in one way; `None` if it has no answer, or nothing can be changed."""
    if not question.answers:
        return None
    way, text = random.choice(_WAYS, p=_SHARES), None
    if way == "name":
        text = with_other_name(question.text, context, [answer.text for answer in question.answers], random)
    elif way == "not" and english:
        text = negated(question.text, random)
    return text or exchange.with_other_word(place, context)
