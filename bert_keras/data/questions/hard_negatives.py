"""Questions asked of a wrong context that looks like the right one, from which a reader learns to give no answer."""

from collections.abc import Callable, Sequence

import bm25s
import numpy as np
from bm25s.tokenization import Tokenized

from bert_keras.data.questions.question import Question
from bert_keras.data.questions.source import QuestionSource
from bert_keras.errors import DataError, InputError
from bert_keras.text import BertTokenizer

_CANDIDATES = 10
# Among the nearest, one is drawn: always the nearest would ask most questions of few contexts.
_DRAWN_FROM = 3
_TOGETHER = 1024


def hard_negatives(
    source: QuestionSource,
    questions: Sequence[Question],
    share: float,
    seed: int,
    tokenizer: BertTokenizer,
    on_questions: Callable[[int], object] = lambda count: None,
) -> tuple[list[Question], np.ndarray]:
    """Asks a share of the questions with an answer of a context that is near to the question but has no answer to it.

    The context is one of the three that score best for the question by BM25 (Robertson and Zaragoza, 2009) among those
    that contain none of its answers, whatever the case of the letters, and of which the same question is not answered.

    Args:
        source: The source of the questions, among whose contexts is searched.
        questions: The questions to ask again.
        share: The share of the questions, from 0 to 1.
        seed: The random seed of the selection.
        tokenizer: The tokenizer whose tokens are the terms of the search.
        on_questions: A callback for progress, called after each question with 1.

    Returns:
        The questions, which have no answers and ids that end in "-elsewhere", and for each the index in
        `questions` of the one that it was made from. Questions whose answers are in all near contexts make none.

    Raises:
        InputError: The share is not from 0 to 1.
        DataError: The source has a single context.
    """
    if not 0 <= share <= 1:
        raise InputError(f"the share of hard negatives must be from 0 to 1. Received: {share}")
    if len(source.contexts) < 2:
        raise DataError(
            f"{source.name}: hard negatives need several contexts. Received: one; leave --hard_negatives out"
        )
    random = np.random.default_rng([seed, 1])
    drawn = random.random(len(questions)) < share
    chosen = np.array([bool(question.answers) for question in questions]) & drawn
    index = _index(token_ids(tokenizer, source.contexts), tokenizer.vocabulary_size())
    folded = [context.casefold() for context in source.contexts]
    answered = {(question.context, question.text.casefold()) for question in source.questions if question.answers}
    made: list[Question] = []
    of: list[int] = []
    places = np.flatnonzero(chosen).tolist()
    asked = token_ids(tokenizer, [questions[place].text for place in places])
    for place, ids in zip(places, asked, strict=True):
        question = questions[place]
        near = [of for of in _nearest(index, ids).tolist() if (of, question.text.casefold()) not in answered]
        context = _without_answer(question, near, folded, random)
        if context is not None:
            id_ = f"{question.id}-elsewhere"
            made.append(Question(id_, question.text, context, (), question.article, question.place))
            of.append(place)
        on_questions(1)
    return made, np.array(of, np.int64)


def token_ids(tokenizer: BertTokenizer, texts: Sequence[str]) -> list[list[int]]:
    """Returns the ids of the tokens of each text."""
    blocks = range(0, len(texts), _TOGETHER)
    return [ids for first in blocks for ids in tokenizer.tokenize(texts[first : first + _TOGETHER]).to_list()]


def _index(contexts: Sequence[Sequence[int]], vocabulary_size: int) -> bm25s.BM25:
    index = bm25s.BM25()
    vocabulary = {str(token): token for token in range(vocabulary_size)}
    index.index(Tokenized([list(ids) for ids in contexts], vocabulary), show_progress=False)
    return index


def _nearest(index: bm25s.BM25, token_ids: Sequence[int]) -> np.ndarray:
    """Returns the contexts that score best for a question, the best first."""
    scores = index.get_scores_from_ids(list(token_ids))
    best = np.argpartition(-scores, min(_CANDIDATES, len(scores)) - 1)[:_CANDIDATES]
    return best[np.argsort(-scores[best], kind="stable")]


def _without_answer(
    question: Question, candidates: Sequence[int], folded: Sequence[str], random: np.random.Generator
) -> int | None:
    """Draws one of the first candidates that contain no answer; `None` if all do."""
    answers = [answer.text.casefold() for answer in question.answers]
    free = [
        context
        for context in candidates
        if context != question.context and not any(answer in folded[context] for answer in answers)
    ]
    return int(random.choice(free[:_DRAWN_FROM])) if free else None
