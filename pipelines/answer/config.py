"""What `answer` can be told."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

from ..command_line.program import Program
from ..training.config import LEARNING, LOOKS, PLACES, SPEED, TrainingConfig


@dataclass(frozen=True)
class AnswerConfig(TrainingConfig):
    """Options of a reader's training.

    Args:
        train: The questions to learn from: .json files as SQuAD 1.1 or 2.0 has them, .jsonl files of objects with
            question, context and answers (both also .gz), patterns such as 'part-*.json', or TFDS names such as
            tfds:squad; one or a list.
        dev: Questions to measure on: after each epoch, and for the report. Where some have no answer, it also says from
            when on the reader gives none.
        test: More questions, measured once at the end.
        max_length: Most tokens of a window: what of a text the model reads at once, beside the question. Texts may be
            of any length. Without it 384, or as many as the model has positions for.
        window_overlap: Tokens that neighbouring windows share; without it 128, or a third of shorter windows.
        max_question_length: Most tokens of a question; what is longer is cut. Without it 64, or a sixth of shorter
            windows.
        no_answer_windows: The share that is learned from of windows without an answer. Without it 1 where train has
            questions without answer, as SQuAD 2.0; otherwise 0.
        answers: Which of several answers to a question is learned: the first, or any, drawn anew in each epoch.
        max_answer_tokens: Most tokens of an answer.
        n_best: Most passages that are told beside the best one.
        null_threshold: No answer is given where the log-odds of "no answer" against the best passage are above this.
            Without it that which scores best on dev; where train has an answer to each question, there always is one.
        stop_metric: The score that patience looks at: best_f1, best_exact, best_span_f1, best_span_exact or loss.
    """

    epochs: int = 2
    batch_size: int = 16
    window_overlap: int | None = None
    max_question_length: int | None = None
    no_answer_windows: float | None = None
    answers: Literal["first", "any"] = "first"
    max_answer_tokens: int = 30
    n_best: int = 20
    null_threshold: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_answer_tokens", "n_best"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} must be 1 or above. Received: {getattr(self, name)}")
        if self.no_answer_windows is not None and not 0 <= self.no_answer_windows <= 1:
            raise InputError(f"--no_answer_windows must be from 0 to 1. Received: {self.no_answer_windows}")
        if self.null_threshold is not None and not math.isfinite(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")


PROGRAM = Program(
    name="answer",
    description="Trains a reader that answers questions with passages of a text, scores it as SQuAD does, and exports it to take raw strings.",
    config=AnswerConfig,
    groups={
        "data": (
            "train",
            "dev",
            "test",
            "max_length",
            "window_overlap",
            "max_question_length",
            "no_answer_windows",
            "answers",
        ),
        "model": ("model", "trainable", "adapt", "rank"),
        "learning": LEARNING,
        "answers": ("null_threshold", "n_best", "max_answer_tokens"),
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "looking inside while it learns": LOOKS,
    },
    examples=(
        "answer --train train.json --dev dev.json --name reader",
        "answer --train train.json --dev dev.json --adapt lora --rank 16",
        "answer --config pipelines/configs/sample-questions.yaml --dry_run",
    ),
)
