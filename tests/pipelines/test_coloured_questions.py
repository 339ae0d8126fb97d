import numpy as np
import pytest

from bert_keras import SpanExtractor, insight
from bert_keras.reporting import AnsweredQuestion
from pipelines.answer.coloured import coloured_questions

CONTEXT = "the film was good , and the play was not bad ."


def asked(question: str) -> AnsweredQuestion:
    rest = ((), None, False, 0.0, 0.0, 1.0, ((0, len(CONTEXT)),), (), 0.0, 0.0, 1.0, 12)
    return AnsweredQuestion("1", question, CONTEXT, "", "dev.json, line 1", *rest)


def test_words_of_a_question_have_the_share_of_what_the_answer_loses_without_them(extractor: SpanExtractor) -> None:
    question = "was the  film\nnot good ?"
    (words,) = coloured_questions(extractor, [asked(question)])
    assert "".join(piece for piece, _ in words) == question
    seen = insight.attention(extractor, question, CONTEXT)
    drops = insight.masked_predictions(seen).drops(insight.target_of(seen))[:6]
    shares = [share for piece, share in words if piece.strip()]
    assert shares == pytest.approx((drops / np.abs(drops).max()).tolist(), rel=1e-3, abs=1e-4)


def test_a_question_without_words_has_no_colours(extractor: SpanExtractor) -> None:
    assert coloured_questions(extractor, [asked("  ")]) == [[("  ", 0.0)]]
