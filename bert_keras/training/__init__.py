"""Fine-tuning: optimizer and schedule, the training itself, scores, and what is drawn and logged of it."""

from bert_keras.training.confusion_picture import draw_confusion
from bert_keras.training.fine_tune import Outcome, Recipe, fine_tune, predict_probabilities
from bert_keras.training.optimizer import LinearWarmupDecay, adamw
from bert_keras.training.scores import classification_scores
from bert_keras.training.tensorboard_scalars import TensorBoardScalars

__all__ = [
    "LinearWarmupDecay",
    "Outcome",
    "Recipe",
    "TensorBoardScalars",
    "adamw",
    "classification_scores",
    "draw_confusion",
    "fine_tune",
    "predict_probabilities",
]
