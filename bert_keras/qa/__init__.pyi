from .gold import Gold as Gold, GoldQuestion as GoldQuestion, read_gold as read_gold
from .kinds import (
    scores_by_answer_words as scores_by_answer_words,
    scores_by_confidence as scores_by_confidence,
    scores_by_distance as scores_by_distance,
)
from .metrics import evaluate as evaluate
from .normalization import normalize_answer as normalize_answer
from .question_scores import QuestionScores as QuestionScores, question_scores as question_scores
from .spans import (
    NO_SPAN_ODDS as NO_SPAN_ODDS,
    Candidates as Candidates,
    DocumentSpans as DocumentSpans,
    WindowBounds as WindowBounds,
)
from .tables import (
    ScoreRow as ScoreRow,
    ScoreTables as ScoreTables,
    grouped_scores as grouped_scores,
    question_word as question_word,
    score_tables as score_tables,
)
from .threshold import (
    BestThreshold as BestThreshold,
    NullThresholds as NullThresholds,
    best_threshold as best_threshold,
    thresholded as thresholded,
    tune_thresholds as tune_thresholds,
)
