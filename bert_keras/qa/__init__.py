"""Spans -> answers: decoding over windows, exact match and F1 as SQuAD has them, the null threshold. No Keras in here.

Decoding is there twice, with the same functions: `decoding` in NumPy, `graph_decoding` as TensorFlow ops. Import the one you need;
nothing else in here brings TensorFlow.
"""

from bert_keras.qa.gold import Gold, GoldQuestion, read_gold
from bert_keras.qa.metrics import evaluate
from bert_keras.qa.normalization import normalize_answer
from bert_keras.qa.question_scores import QuestionScores, question_scores
from bert_keras.qa.spans import NO_SPAN_ODDS, Candidates, DocumentSpans
from bert_keras.qa.tables import ScoreRow, ScoreTables, question_word, score_tables
from bert_keras.qa.threshold import BestThreshold, NullThresholds, best_threshold, thresholded, tune_thresholds

__all__ = [
    "NO_SPAN_ODDS",
    "BestThreshold",
    "Candidates",
    "DocumentSpans",
    "Gold",
    "GoldQuestion",
    "NullThresholds",
    "QuestionScores",
    "ScoreRow",
    "ScoreTables",
    "best_threshold",
    "evaluate",
    "normalize_answer",
    "question_scores",
    "question_word",
    "read_gold",
    "score_tables",
    "thresholded",
    "tune_thresholds",
]
