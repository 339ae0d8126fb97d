"""The options of `bert-keras answer`."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

from ..command_line.options import weighted_file_option
from ..command_line.program import Program
from ..command_line.weighted_files import MOST
from ..training.config import LEARNING, LOOKS, PLACES, SPEED, WORKERS, LookingConfig


@dataclass(frozen=True)
class AnswerConfig(LookingConfig):
    """Options of a reader's training.

    Args:
        train: The training questions: .json files in SQuAD 1.1 or 2.0 format, .jsonl files of objects with question,
            context and answers (both also .gz), Parquet of these, patterns such as 'part-*.json', or TFDS names such
            as tfds:squad. A weight may follow each, as in A.json:2 B.json:0.3: how often its questions are learned
            from in an epoch; of a fraction, so large a share is drawn once.
        dev: The development questions, measured after each epoch and for the report. If some have no answer, they also
            decide the threshold above which the reader gives none.
        test: The test questions, measured once at the end.
        max_length: Maximum number of tokens per window: the question and a part of the context. Contexts may be of any
            length. Default: 384, or as many as the model has positions for.
        window_overlap: Number of tokens that neighbouring windows share. Default: 128, or a third of shorter windows.
        max_question_length: Maximum number of tokens of a question; longer questions are cut. Default: 64, or a sixth
            of shorter windows.
        no_answer_weight: How often questions without an answer are learned from in an epoch, beside the weight of
            their file.
        hard_negatives: Share of the training questions with an answer that are also asked of another context, one that
            is near to the question but does not contain the answer, to learn when there is none.
        altered_questions: Share of the training questions with an answer that are also asked with one word exchanged
            for one of near meaning that the context does not contain, a name for another one of the context, or a
            "not" put in, to learn to read the whole question.
        no_answer_windows: Share of the windows without an answer that is trained on. Default: 1 if the training data
            has unanswerable questions, as SQuAD 2.0 has, or with --hard_negatives or --altered_questions, else 0.
        answers: Which of several gold answers is trained on: the first, or any, drawn anew in each epoch.
        calibrate: auto fits on dev, after the training, how sure the answers are: a temperature, by which the model's
            last layer is divided. none leaves the scores as they were trained.
        max_answer_tokens: Maximum number of tokens of an answer.
        n_best: Maximum number of candidate answers that are returned with the best one; none overlaps another.
        part_words: Whether an answer may begin and end within a word. Otherwise it begins and ends at words, in scripts
            that have blanks between them.
        across_paragraphs: Whether an answer may run over a blank line or the end of a page, from one paragraph into
            the next.
        null_threshold: Log-odds of "no answer" against the best span above which no answer is given. Default: the
            threshold that scores best on dev; no threshold if every training question has an answer.
        stop_metric: The score on dev that decides which epoch is best: best_f1, best_exact, best_span_f1,
            best_span_exact or loss.
    """

    train: str | list[str] = weighted_file_option()
    epochs: int = 2
    batch_size: int = 16
    window_overlap: int | None = None
    max_question_length: int | None = None
    no_answer_weight: float = 1.0
    hard_negatives: float = 0.0
    altered_questions: float = 0.0
    no_answer_windows: float | None = None
    answers: Literal["first", "any"] = "first"
    calibrate: Literal["auto", "none"] = "auto"
    max_answer_tokens: int = 30
    n_best: int = 20
    part_words: bool = False
    across_paragraphs: bool = False
    null_threshold: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("max_answer_tokens", "n_best"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} must be 1 or above. Received: {getattr(self, name)}")
        for name in ("no_answer_windows", "hard_negatives", "altered_questions"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                raise InputError(f"--{name} must be from 0 to 1. Received: {share}")
        if not 0 <= self.no_answer_weight <= MOST:
            raise InputError(f"--no_answer_weight must be from 0 to {MOST:,}. Received: {self.no_answer_weight}")
        if self.null_threshold is not None and not math.isfinite(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")


PROGRAM = Program(
    name="answer",
    description=(
        "Trains a reader that answers questions with passages of a text, evaluates it as SQuAD does, and exports it as "
        "a SavedModel that takes raw strings."
    ),
    config=AnswerConfig,
    groups={
        "data": (
            "train",
            "dev",
            "test",
            "max_length",
            "window_overlap",
            "max_question_length",
            "no_answer_weight",
            "hard_negatives",
            "altered_questions",
            "no_answer_windows",
            "answers",
        ),
        "model": ("model", "base", "add_tokens", "trainable", "adapt", "adapters_over", "rank"),
        "learning": LEARNING,
        "answers": ("calibrate", "null_threshold", "n_best", "max_answer_tokens", "part_words", "across_paragraphs"),
        "what is kept and written": PLACES,
        "speed and memory": SPEED,
        "several processes and machines": WORKERS,
        "looking inside while it learns": LOOKS,
    },
    examples=(
        "answer --train train.json --dev dev.json --name reader",
        "answer --train train.json --dev dev.json --adapt lora --rank 16",
        "answer --train train.json --dev dev.json --dry_run",
    ),
)
