"""The options of `bert-keras answer-over`."""

import math
from dataclasses import dataclass
from typing import Literal

from bert_keras.errors import InputError

from ..command_line.idle_options import Idle, refuse_all_idle
from ..command_line.options import base_option, file_option, model_option, option
from ..command_line.program import Program


@dataclass(frozen=True)
class AnswerOverConfig:
    """Options of answers over documents.

    Args:
        documents: Folders, searched with all folders in them, files, and patterns such as 'docs/*.txt': text in UTF-8
            (.txt, also .gz), Markdown, HTML and PDF.
        question: One or more questions. Without any, they are read from standard input, one per line.
        questions: A file of questions: one per line, or JSON lines of objects with question and, if they have one, id.
        model: A reader: a run (runs/NAME), an exported model (saved_models/NAME or one of its versions), a preset, a
            folder of transformers with a trained head, or hf://USER/MODEL.
        base: For an adapter: the model that it stands over, instead of the one that it names.
        null_threshold: Log-odds of "no answer" against the best candidate above which no answer is given, instead of
            the reader's own threshold.
        candidates: Maximum number of candidates in the answers of --output.
        retrieve: How paragraphs are found: by their words (BM25), by the model's sentence vectors, or by both, merged
            by rank. Both find most; with words, no vectors are computed.
        paragraphs: Number of paragraphs that are read for a question.
        encoder: The model of the sentence vectors: a folder or a preset of sentence-transformers.
        index: The folder of the index, which is made or brought up to date first. Default: one for these documents in
            runs/indexes.
        embed_seconds: Time after which no further vectors are begun; paragraphs without one are found by their words,
            and the next call goes on. With .inf all are computed at once.
        output: A file that answers are written to as JSON lines, one per question; - is standard output.
    """

    documents: list[str] = option("FOLDER", positional=True)
    question: list[str] | None = option("QUESTION", None)
    questions: str | None = file_option(None)
    model: str = model_option("minilm_l6_en_squad2")
    base: str | None = base_option()
    null_threshold: float | None = None
    candidates: int = 5
    retrieve: Literal["both", "words", "vectors"] = "both"
    paragraphs: int = 10
    encoder: str = model_option("minilm_l6_en_uncased")
    index: str | None = option("FOLDER", None)
    embed_seconds: float = 40.0
    output: str | None = option("FILE", None, written="file")

    def __post_init__(self) -> None:
        for name in ("candidates", "paragraphs"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} must be 1 or above. Received: {getattr(self, name)}")
        if self.null_threshold is not None and math.isnan(self.null_threshold):
            raise InputError(f"--null_threshold must be a number. Received: {self.null_threshold}")
        if not self.embed_seconds >= 0:
            raise InputError(f"--embed_seconds must be 0 or above. Received: {self.embed_seconds}")
        refuse_all_idle(self, IDLE)
        if self.question is not None and self.questions is not None:
            raise InputError("--question and --questions are two ways to ask; leave one of them out")
        if not self.documents:
            raise InputError("name a folder of documents, or files")


IDLE = (
    Idle(("candidates",), lambda config: config.output is None, "stand in the lines of --output; add it"),
    Idle(
        ("embed_seconds",),
        lambda config: config.retrieve == "words",
        "is for sentence vectors, and --retrieve words computes none",
    ),
)

PROGRAM = Program(
    name="answer-over",
    description=(
        "Answers questions over many documents: finds the paragraphs that fit, has a reader answer from them, and says "
        "where each answer stands."
    ),
    config=AnswerOverConfig,
    groups={
        "documents and questions": ("documents", "question", "questions", "output"),
        "reader": ("model", "base", "null_threshold", "candidates"),
        "search": ("retrieve", "paragraphs", "encoder", "index", "embed_seconds"),
    },
    examples=(
        'answer-over docs --question "Who wrote it?"',
        "answer-over 'reports/*.pdf' notes --questions asked.txt --output answers.jsonl",
    ),
    tensorflow=False,
)
