"""The questions of files and TFDS data sets, with each answer checked against its context."""

import dataclasses
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from bert_keras.data.questions.gold_document import gold_document
from bert_keras.data.questions.ids import UniqueIds
from bert_keras.data.questions.parts import QuestionPart, labels_of_files, question_part
from bert_keras.data.questions.question import GivenAnswer, GivenQuestion, GoldAnswer, LeftOut, Question
from bert_keras.data.questions.readings import CODE_POINTS, Reading, reading_of
from bert_keras.data.questions.repair import AMBIGUOUS, EMPTY_ANSWER, NOT_IN_CONTEXT, find_answer, reason_of
from bert_keras.data.tables.folders import files_in
from bert_keras.errors import DataError, InputError


class QuestionSource:
    """The questions of one or more files or TFDS data sets, read on construction; equal contexts are stored once.

    Wrong offsets of answers are repaired; see `repair.find_answer`. An answer that is not in its context, or whose
    place there is ambiguous, is left out, and so is a question that has no other answer. All repairs are counted, and
    all omissions are counted and listed.

    Args:
        names: One or more files (in the layout of SQuAD 1.1 or 2.0, JSON lines or lists with `question`, `context` and
            `answers`, or with a context and its `qas`, Parquet and Arrow; each JSON also .gz), patterns such as
            `train-*.json`, and TFDS names such as `tfds:squad` or `tfds:squad/v2.0:train[:10%]`.
        default_split: The split of a TFDS name without one; for "validation", "test" where that does not exist.
        labelled: Whether to read and check answers; if not, questions and contexts may be empty.

    Attributes:
        names: What was given: files, patterns, folders, data sets.
        files: The names of the files and data sets.
        name: The display name.
        labelled: Whether answers were read.
        version: "2.0" if a question has no answer, as in SQuAD 2.0; otherwise, and without answers read, "1.1".
        contexts: The contexts of the questions.
        questions: The questions to train on.
        ends: The end of the questions of each of the names in `questions`.
        asked_ends: The same in `asked`.
        asked: All questions in the order of the files. Those that are left out of `questions` have no answers.
        questions_read: The number of questions in `asked`.
        left_out: The number of questions left out of `questions`, by reason.
        repaired: The number of answers with a wrong or missing offset, by kind of repair; see `repair`.
        listed: All answers that were left out.
        offsets: The unit of the offsets of each file that does not count code points, e.g. "UTF-8 bytes".
        renamed: The questions whose id an earlier question has, and which have got another.
        unnamed: The places of the questions without an id, which have got one that is made of the place.
        blank: The places of the questions that count as unanswerable because all their answers are blank.
        fingerprint: A hash of everything that determines the examples: texts, contexts, answers, and their order.

    Raises:
        DataError: A file, data set or split does not exist, or its data are invalid; the message names the location.
        InputError: No names are given.
    """

    def __init__(self, names: str | Sequence[str], default_split: str = "train", labelled: bool = True) -> None:
        names = [names] if isinstance(names, str | Path) else list(names)
        if not names:
            raise InputError("a source needs a file or a TFDS name. Received: none")
        by_name = [
            [question_part(file, default_split) for file in files_in(str(name), default_split)] for name in names
        ]
        parts = [part for of_name in by_name for part in of_name]
        self.names = tuple(map(str, names))
        self.files = tuple(part.name for part in parts)
        self.name = self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1:,} more"
        self.labelled = labelled
        self.contexts: list[str] = []
        self.questions: list[Question] = []
        self.asked: list[Question] = []
        self.listed: list[LeftOut] = []
        self.offsets: dict[str, str] = {}
        self.unnamed: list[str] = []
        self.blank: list[str] = []
        self._given_answers: list[tuple[GivenAnswer, ...]] = []
        self._left_out, self._repaired = Counter[str](), Counter[str]()
        self._ids = UniqueIds()
        ends = [(0, 0), *self._read(parts)]
        of_names = [ends[last] for last in itertools.accumulate(map(len, by_name))]
        self.ends, self.asked_ends = (tuple(of) for of in zip(*of_names, strict=True))
        self.questions_read = len(self.asked)
        self.renamed = self._ids.renamed
        self.left_out, self.repaired = dict(self._left_out), dict(self._repaired)
        self.version: Literal["1.1", "2.0"] = "2.0" if labelled and not all(self._given_answers) else "1.1"
        self.fingerprint = self._hash()
        if not self.questions:
            received = f"{self.questions_read:,} questions, left out: {self.left_out or 'none'}"
            raise DataError(f"{self.name}: no questions to use. Received: {received}")

    def gold(self) -> dict[str, Any]:
        """Returns the gold answers to evaluate predictions against.

        Returns:
            A parsed SQuAD file of all questions that were read, including those left out, with the given answers and
            offsets; -1 for a missing offset. Only version 2.0 has `is_impossible`.

        Raises:
            InputError: The answers were not read.
        """
        if not self.labelled:
            raise InputError(f"{self.name}: read without answers, so there is nothing to compare with")
        return gold_document(
            zip(self.asked, self._given_answers, strict=True), self.contexts, unanswerable=self.version == "2.0"
        )

    def _read(self, parts: Sequence[QuestionPart]) -> Iterator[tuple[int, int]]:
        """Reads the files, and yields the number of questions to train on, and of all, after each."""
        contexts: dict[str, int] = {}
        for part, label in zip(parts, labels_of_files(self.files), strict=True):
            questions = list(self._given(part, label, contexts))
            if self.labelled and questions and all(given.silent for given, _ in questions):
                raise DataError(
                    f'{part.name}: no question has "answers", or says with "is_impossible" that it has none; name the '
                    "answers so, or ask the questions with predict"
                )
            reading = self._reading(part.name, [given for given, _ in questions])
            for given, context in questions:
                self._add(given, context, reading)
            yield len(self.questions), len(self.asked)

    def _given(self, part: QuestionPart, label: str, contexts: dict[str, int]) -> Iterator[tuple[GivenQuestion, int]]:
        """Reads the questions of a file with the indices of their contexts."""
        for given in part.questions(self.labelled, label):
            if self.labelled:
                _check_not_blank(given)
            context = contexts.setdefault(given.context, len(contexts))
            if context == len(self.contexts):
                self.contexts.append(given.context)
            # All questions of a context share one text, however often the file repeats it.
            yield dataclasses.replace(given, context=self.contexts[context]), context

    def _reading(self, file: str, questions: Sequence[GivenQuestion]) -> Reading:
        reading = reading_of(
            (given.context, answer.text, answer.start) for given in questions for answer in given.answers
        )
        if reading is not CODE_POINTS:
            self.offsets[file] = reading.counts
        return reading

    def _add(self, given: GivenQuestion, context: int, reading: Reading) -> None:
        stated = given.answers
        if stated and given.impossible is not False and not any(answer.text.strip() for answer in stated):
            self.blank.append(given.place)
            stated = ()
        if not given.named:
            self.unnamed.append(given.place)
        id_ = self._ids.take(given.id, given.place)
        answers, lost = self._checked(given.context, stated, reading)
        left_out = bool(lost) and not answers
        question = Question(id_, given.text, context, tuple(answers), given.article, given.place)
        self.asked.append(question)
        self._given_answers.append(stated)
        if not left_out:
            self.questions.append(question)
        else:
            self._left_out[_gravest([reason for _, reason in lost])] += 1
        for text, reason in lost:
            self.listed.append(LeftOut(id_, given.place, given.text, text, reason, left_out))

    def _checked(
        self, context: str, stated: Sequence[GivenAnswer], reading: Reading
    ) -> tuple[list[GoldAnswer], list[tuple[str, str]]]:
        """Returns the answers that are in the context, and the texts of the others with the reason."""
        answers, lost = [], []
        for answer in stated:
            found = find_answer(context, answer.text, answer.start, reading)
            if found is None:
                lost.append((answer.text, reason_of(context, answer.text)))
                continue
            answers.append(GoldAnswer(context[found.start : found.end], found.start))
            if found.repair is not None:
                self._repaired[found.repair] += 1
        return answers, lost

    def _hash(self) -> str:
        digest = hashlib.sha256(json.dumps([self.labelled, self.contexts]).encode())
        for question in self.asked:
            answers = [(answer.text, answer.start) for answer in question.answers]
            digest.update(
                json.dumps([question.id, question.text, question.context, question.article, answers]).encode()
            )
        return digest.hexdigest()


def _gravest(reasons: Sequence[str]) -> str:
    return next(reason for reason in (NOT_IN_CONTEXT, AMBIGUOUS, EMPTY_ANSWER) if reason in reasons)


def _check_not_blank(given: GivenQuestion) -> None:
    for text, what in ((given.context, "context"), (given.text, "question")):
        if not text.strip():
            raise DataError(
                f"{given.place}: an empty {what}. Received: {text[:80]!r}; fill it in, or take the question out"
            )
