"""What a reader's training is made of: questions, cut into windows, and the model to start from; and what people are told of them."""

import functools
from collections import Counter
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from rich.table import Table

from bert_keras import data, training
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, SpanExtractorPreprocessor

from ..console.consoles import console
from ..console.progress import progress
from ..console.tables import figures_table
from ..training.probes import DevRow, spread
from .config import AnswerConfig
from .preview import examples_table, question_words_table

_DEFAULT_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


class AnswerData:
    """Questions of all splits, and a reader that has not learned from them.

    Args:
        config: What was asked for.

    Attributes:
        config: As given.
        windowed: The questions of each split: of train those that can be learned from, of the others all.
        train: The windows to learn from.
        precision: Of the training.
        extractor: The starting point.
    """

    rows_are = "windows"

    def __init__(self, config: AnswerConfig) -> None:
        self.config = config
        files = {split: path for split in _DEFAULT_SPLITS if (path := getattr(config, split)) is not None}
        sources = {split: self._read(split, path) for split, path in files.items()}
        self.may_decline = config.null_threshold is not None or sources["train"].version == "2.0"
        self._check_versions(sources)
        preprocessor = SpanExtractorPreprocessor.from_preset(
            config.model, config.max_length, config.window_overlap, config.max_question_length
        )
        self.windowed = {split: self._windowed(split, source, preprocessor) for split, source in sources.items()}
        share = config.no_answer_windows
        if share is None:
            share = float(sources["train"].version == "2.0")
        self.train = self.windowed["train"].to_train(share, config.answers, config.seed)
        self.precision = training.choose_precision(config.precision)
        self.extractor = self._starting_point(preprocessor)

    @property
    def tunes_threshold(self) -> bool:
        """Whether dev is to say from when on there is no answer."""
        return self.may_decline and self.config.null_threshold is None and self.dev.source.version == "2.0"

    @property
    def model(self) -> SpanExtractor:
        """The reader."""
        return self.extractor

    @property
    def dev(self) -> data.WindowedQuestions:
        """The questions to measure on after each epoch."""
        return self.windowed["dev"]

    def _read(self, split: str, path: str | list[str]) -> data.QuestionSource:
        with progress(console) as bar:
            bar.add_task(f"reading {split}", total=None, note="")
            return data.QuestionSource(path, _DEFAULT_SPLITS[split])

    def _check_versions(self, sources: dict[str, data.QuestionSource]) -> None:
        for split, source in sources.items():
            if source.version == "2.0" and not self.may_decline:
                raise InputError(
                    f"{source.name}: {split} has questions without an answer, and {sources['train'].name} has none to learn from; take "
                    "them out, or name the --null_threshold (0, say) above which no answer is given"
                )

    def _windowed(
        self, split: str, source: data.QuestionSource, preprocessor: SpanExtractorPreprocessor
    ) -> data.WindowedQuestions:
        questions = source.questions if split == "train" else source.asked
        with progress(console) as bar:
            task = bar.add_task(f"cutting {split}", total=len(questions), note="")
            return data.encode_questions(source, questions, preprocessor, functools.partial(bar.advance, task))

    def _starting_point(self, preprocessor: SpanExtractorPreprocessor) -> SpanExtractor:
        config = self.config
        keras.utils.set_random_seed(config.seed)  # of a fresh head
        extractor = SpanExtractor.from_preset(config.model, new_head=True, dtype=self.precision.policy)
        extractor.preprocessor = preprocessor
        extractor.n_best, extractor.max_answer_tokens = config.n_best, config.max_answer_tokens
        # A number from the beginning, so that "no answer" has a share of the probability.
        extractor.null_threshold = (config.null_threshold or 0.0) if self.may_decline else None
        if config.adapt == "lora":
            extractor.adapt(config.model, config.rank)
        return extractor

    def dev_rows(self, most: int) -> list[DevRow]:
        """Takes so many questions of dev, from its beginning to its end, the same ones each time."""
        questions = self.dev.source.questions  # of the others it is not known what is true
        chosen = [questions[place] for place in spread(len(questions), most)]
        return [DevRow(question.text, self._context("dev", question), question.answers) for question in chosen]

    def left_out(self) -> Iterator[dict[str, Any]]:
        """Lists the answers that are not in their contexts, of all splits."""
        for split, windowed in self.windowed.items():
            for left in windowed.source.listed:
                yield {
                    "split": split,
                    "id": left.id,
                    "place": left.place,
                    "question": left.question,
                    "answer": left.answer,
                    "reason": left.reason,
                    "question_left_out": left.question_too,
                }

    def report(self) -> dict[str, Any]:
        """The data part of `report.json`."""
        return {
            split: {
                "file": windowed.source.name,
                "questions_read": windowed.source.questions_read,
                "contexts": len(windowed.source.contexts),
                "questions": len(windowed.questions),
                "windows": len(windowed.rows),
                "windows_without_answer": windowed.without_answer,
                "windows_kept": len(self.train if split == "train" else windowed.rows),
                "left_out": windowed.source.left_out,
                "repaired": windowed.source.repaired,
            }
            for split, windowed in self.windowed.items()
        }

    def show(self) -> None:
        """Prints what was read, what of it is left out or repaired, and what looks wrong."""
        console.print(f"{self.config.model}: {self.extractor.count_params():,} parameters, answers are passages")
        console.print(self.precision.why)
        table = figures_table(
            "split", "questions", "no answer", "left out", "repaired", "windows", "no answer", "tokens"
        )
        for split, windowed in self.windowed.items():
            source = windowed.source
            left_out = sum(source.left_out.values())
            counts = (
                source.questions_read,
                sum(not q.answers for q in source.asked) - left_out,
                left_out,
                sum(source.repaired.values()),
            )
            windows = len(windowed.rows), windowed.without_answer, int(np.median(windowed.rows.lengths))
            table.add_row(split, *(f"{count:,}" for count in (*counts, *windows)))
        console.print(table)
        console.print(f"learning from {len(self.train):,} of {len(self.windowed['train'].rows):,} windows")
        for warning in self._warnings():
            console.print(f"warning: {warning}", style="yellow")

    def preview(self) -> Iterator[Table]:
        """Makes tables of question words and of some windows, for a dry run."""
        yield question_words_table(self.windowed)
        yield examples_table(self.train, self.windowed["train"], self.extractor.preprocessor.tokenizer)

    def _warnings(self) -> Iterator[str]:
        learned = {(question.text, self._context("train", question)) for question in self.windowed["train"].questions}
        for split, windowed in self.windowed.items():
            for reason, count in Counter(left.reason for left in windowed.source.listed).items():
                first = next(left for left in windowed.source.listed if left.reason == reason)
                yield f"{split}: answers left out: {count:,}, {reason}; first {first.place}"
            if split != "train":
                known = [
                    question
                    for question in windowed.questions
                    if (question.text, self._context(split, question)) in learned
                ]
                if known:
                    yield f"{split}: {len(known):,} questions stand in train too, which flatters the scores; first {known[0].place}"
        if self.may_decline and self.config.null_threshold is None and not self.tunes_threshold:
            yield "dev: each question has an answer, so it cannot say from when on there is none; the threshold stays 0"

    def _context(self, split: str, question: data.Question) -> str:
        return self.windowed[split].source.contexts[question.context]
