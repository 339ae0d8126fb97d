"""The data of a reader's training: questions and their windows for every split, and the model to fine-tune."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
from rich.table import Table

from bert_keras import data, training
from bert_keras.data.spread import spread
from bert_keras.errors import InputError
from bert_keras.models import SpanExtractor, SpanExtractorPreprocessor

from ..command_line.weighted_files import weighted_file
from ..console.consoles import console
from ..console.progress import counted_rows
from ..console.tables import figures_table
from ..training.data import TFDS_SPLITS, TrainingData
from ..training.probes import DevRow
from .config import AnswerConfig
from .data_warnings import signs_of_trouble, warnings_of
from .preview import examples_table, question_words_table

_MADE = {
    "hard_negatives": "asked of another near context too, which has no answer",
    "altered_questions": "asked with another word too, to which their context has no answer",
}


class AnswerData(TrainingData):
    """The questions of every split, and a reader with a new head.

    Args:
        config: The options of the training.

    Attributes:
        windowed: The questions of each split with their windows: of the training split those that can be learned from,
            of the other splits all.
        may_decline: Whether the reader may give no answer.
        made: The number of training questions without an answer that were made from others, by the option that asks
            for them; see `data.hard_negatives` and `data.altered_questions`.

    Raises:
        InputError: A split has questions without an answer, but the reader always has to answer.
    """

    rows_are = "windows"
    config: AnswerConfig
    model: SpanExtractor
    dev: data.WindowedQuestions

    def __init__(self, config: AnswerConfig) -> None:
        super().__init__(config)
        given = [config.train] if isinstance(config.train, str) else config.train
        self.files["train"], weights = (list(of) for of in zip(*map(weighted_file, given), strict=True))
        sources = {split: self._read(split, names) for split, names in self.files.items()}
        learns_none = sources["train"].version == "2.0" or max(config.hard_negatives, config.altered_questions) > 0
        self.may_decline = config.null_threshold is not None or learns_none
        self.made: dict[str, int] = {}
        self._check_versions(sources)
        preprocessor = SpanExtractorPreprocessor.from_preset(
            config.model, config.max_length, config.window_overlap, config.max_question_length, base=config.base
        )
        preprocessor.tokenizer.add_tokens(config.add_tokens or [])
        self.precision = training.choose_precision(config.precision)
        self.model = self._with_new_head(partial(self._load, preprocessor), partial(_sampled_windows, sources["train"]))
        asked = {split: source.asked for split, source in sources.items()}
        asked["train"], times = self._learned(sources["train"], weights)
        self.windowed = {
            split: self._windowed(split, source, asked[split], preprocessor) for split, source in sources.items()
        }
        share = float(learns_none) if config.no_answer_windows is None else config.no_answer_windows
        self.train = self.windowed["train"].to_train(
            share, config.answers, config.seed, None if (times == 1).all() else times
        )
        self.dev = self.windowed["dev"]

    @property
    def tunes_threshold(self) -> bool:
        """Whether the null threshold is chosen on the development split."""
        return self.may_decline and self.config.null_threshold is None and self.dev.source.version == "2.0"

    def _read(self, split: str, names: str | list[str]) -> data.QuestionSource:
        with counted_rows(console, f"reading {split}"):
            return data.QuestionSource(names, TFDS_SPLITS[split])

    def _check_versions(self, sources: dict[str, data.QuestionSource]) -> None:
        for split, source in sources.items():
            if source.version == "2.0" and not self.may_decline:
                raise InputError(
                    f"{source.name}: {split} has questions without an answer, and {sources['train'].name} has none to "
                    "learn from; take them out, or name the --null_threshold (0, say) above which no answer is given"
                )

    def _learned(self, source: data.QuestionSource, weights: Sequence[float]) -> tuple[list[data.Question], np.ndarray]:
        """Returns the questions to learn from, and how often each is learned from in an epoch."""
        of_file = np.repeat(weights, np.diff(source.ends, prepend=0))
        no_answer_weight = self.config.no_answer_weight
        of_answer = np.where([bool(question.answers) for question in source.questions], 1.0, no_answer_weight)
        drawn = np.random.default_rng([self.config.seed, 2]).random(len(of_file))
        times = np.floor(of_file * of_answer + drawn).astype(np.int64)
        if not times.any():
            raise InputError(
                f"{source.name}: of {len(times):,} questions none is drawn to learn from; a larger weight behind the "
                f"file or --no_answer_weight draws more. Received: --no_answer_weight {no_answer_weight:g}, weights of "
                f"files {', '.join(f'{weight:g}' for weight in weights)}"
            )
        questions, times = [source.questions[place] for place in np.flatnonzero(times)], times[times > 0]
        of_question = times
        for name, (negatives, made_of) in self._negatives(source, tuple(questions)):
            self.made[name] = len(negatives)
            questions, times = [*questions, *negatives], np.append(times, of_question[made_of])
        return questions, times

    def _negatives(
        self, source: data.QuestionSource, questions: Sequence[data.Question]
    ) -> Iterator[tuple[str, tuple[list[data.Question], np.ndarray]]]:
        """Yields, by option, the questions without an answer that are made from others, and from which."""
        config, tokenizer = self.config, self.model.preprocessor.tokenizer
        if config.hard_negatives:
            with counted_rows(console, "searching near contexts") as advance:
                of = data.hard_negatives(source, questions, config.hard_negatives, config.seed, tokenizer, advance)
            yield "hard_negatives", of
        if config.altered_questions:
            vectors = keras.ops.convert_to_numpy(self.model.backbone.token_embedding.embeddings).astype(np.float32)
            with counted_rows(console, "altering questions") as advance:
                of = data.altered_questions(
                    source, questions, config.altered_questions, config.seed, tokenizer, vectors, advance
                )
            yield "altered_questions", of

    def _windowed(
        self,
        split: str,
        source: data.QuestionSource,
        questions: Sequence[data.Question],
        preprocessor: SpanExtractorPreprocessor,
    ) -> data.WindowedQuestions:
        with counted_rows(console, f"cutting {split}", len(questions)) as advance:
            return data.encode_questions(source, questions, preprocessor, advance)

    def _load(self, preprocessor: SpanExtractorPreprocessor) -> SpanExtractor:
        config = self.config
        extractor = SpanExtractor.from_preset(
            config.model, base=config.base, new_head=True, dtype=self.precision.policy
        )
        extractor.add_tokens(config.add_tokens or [])
        extractor.preprocessor = preprocessor
        extractor.n_best, extractor.max_answer_tokens = config.n_best, config.max_answer_tokens
        extractor.part_words, extractor.across_paragraphs = config.part_words, config.across_paragraphs
        # The threshold is set from the beginning, so that "no answer" has a share of the probability.
        extractor.null_threshold = (config.null_threshold or 0.0) if self.may_decline else None
        return extractor

    def dev_rows(self, most: int) -> list[DevRow]:
        """Returns up to `most` questions of the development split, evenly spaced and the same at each call."""
        questions = self.dev.source.questions  # only those whose gold answers are known
        chosen = [questions[place] for place in spread(len(questions), most)]
        return [DevRow(question.text, self._context("dev", question), question.answers) for question in chosen]

    def left_out(self) -> Iterator[dict[str, Any]]:
        """Yields the rows of `left_out.jsonl`: the gold answers of all splits that do not occur in their contexts."""
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
        """Returns the "data" section of `report.json`."""
        return {
            split: {
                "file": windowed.source.name,
                "questions_read": windowed.source.questions_read,
                "contexts": len(windowed.source.contexts),
                "questions": len(windowed.questions),
                "windows": len(windowed.rows),
                "windows_without_answer": windowed.without_answer,
                **({"hard_negatives": 0, "altered_questions": 0} | self.made if split == "train" else {}),
                "windows_kept": len(self.train if split == "train" else windowed.rows),
                "left_out": windowed.source.left_out,
                "repaired": windowed.source.repaired,
                **signs_of_trouble(windowed, self.model),
            }
            for split, windowed in self.windowed.items()
        }

    def preview(self) -> Iterator[Table]:
        """Yields tables of the question words and of some windows as tokens, for a dry run."""
        yield question_words_table(self.windowed)
        yield examples_table(self.train, self.windowed["train"], self.model.preprocessor.tokenizer)

    def _answers(self) -> str:
        return "answers are passages"

    def _summary(self) -> Iterator[Table | str]:
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
        yield table
        train = self.windowed["train"]
        for name, text in _MADE.items():
            if self.made.get(name):
                yield f"{self.made[name]:,} questions are {text}"
        if self.config.no_answer_weight != 1 and train.source.version != "2.0":
            yield "--no_answer_weight is of questions without an answer, and train has none: it changes nothing"
        yield f"learning from {len(self.train):,} windows an epoch; cut were {len(train.rows):,}"

    def _warnings(self) -> Iterator[str]:
        learned = {(question.text, self._context("train", question)) for question in self.windowed["train"].questions}
        for split, windowed in self.windowed.items():
            for warning in warnings_of(windowed, self.model, split == "train"):
                yield f"{split}: {warning}"
            if split != "train":
                known = [
                    question
                    for question in windowed.questions
                    if (question.text, self._context(split, question)) in learned
                ]
                if known:
                    yield (
                        f"{split}: {len(known):,} questions stand in train too, which flatters the scores; "
                        f"first {known[0].place}"
                    )
        if self.may_decline and self.config.null_threshold is None and not self.tunes_threshold:
            yield "dev: each question has an answer, so it cannot say from when on there is none; the threshold stays 0"

    def _context(self, split: str, question: data.Question) -> str:
        return self.windowed[split].source.contexts[question.context]


def _sampled_windows(source: data.QuestionSource, model: SpanExtractor, most: int) -> dict[str, Any]:
    """Returns the windows of up to `most` questions, as the model reads them."""
    asked = [source.asked[place] for place in spread(len(source.asked), most)]
    contexts = [source.contexts[question.context] for question in asked]
    inputs: dict[str, Any] = model.preprocessor(([question.text for question in asked], contexts))
    return inputs
