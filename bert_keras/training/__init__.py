"""Fine-tuning: optimizer and schedule, the training itself with its checkpoints, and what is logged of it."""

from bert_keras.training.answered_questions import answer_metrics, answered_questions
from bert_keras.training.checkpoint import Checkpoints
from bert_keras.training.expected_time import expected_seconds
from bert_keras.training.fine_tune import Outcome, fine_tune
from bert_keras.training.optimizer import AdamW, LinearWarmupDecay, adamw
from bert_keras.training.precision import Precision
from bert_keras.training.precision import choose as choose_precision
from bert_keras.training.predict import predict_outputs
from bert_keras.training.predict_spans import FoundSpans, predict_spans, span_scores
from bert_keras.training.recipe import Recipe, usual_token_budget
from bert_keras.training.run_lock import run_lock
from bert_keras.training.tensorboard_events import read_scalars
from bert_keras.training.tensorboard_hparams import write_hparams
from bert_keras.training.tensorboard_predictions import TensorBoardPredictions
from bert_keras.training.tensorboard_questions import TensorBoardQuestions
from bert_keras.training.tensorboard_scalars import TensorBoardScalars
from bert_keras.training.trainable import only_trainable

__all__ = [
    "AdamW",
    "Checkpoints",
    "FoundSpans",
    "LinearWarmupDecay",
    "Outcome",
    "Precision",
    "Recipe",
    "TensorBoardPredictions",
    "TensorBoardQuestions",
    "TensorBoardScalars",
    "adamw",
    "answer_metrics",
    "answered_questions",
    "choose_precision",
    "expected_seconds",
    "fine_tune",
    "only_trainable",
    "predict_outputs",
    "predict_spans",
    "read_scalars",
    "run_lock",
    "span_scores",
    "usual_token_budget",
    "write_hparams",
]
