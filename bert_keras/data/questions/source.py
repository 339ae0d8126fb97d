"""The questions of files and TFDS data sets, with each answer checked against its context."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from bert_keras.data.questions.parts import QuestionPart, labels_of_files, question_part
from bert_keras.data.questions.question import GivenAnswer, GivenQuestion, GoldAnswer, LeftOut, Question
from bert_keras.data.questions.repair import find_answer
from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import shown
from bert_keras.files.patterns import expanded

NOT_IN_CONTEXT = "answer not in its context"
EMPTY_ANSWER = "empty answer"


class QuestionSource:
    """The questions of one or more files or TFDS data sets, read on construction; equal contexts are stored once.

    Wrong offsets of answers are repaired; see `repair.find_answer`. An answer that is not in its context is left
    out, and so is a question that has no other answer. All repairs are counted, and all omissions are counted and
    listed.

    Args:
        names: One or more files (.json in the layout of SQuAD 1.1 or 2.0, .jsonl or .ndjson with `question`, `context`
            and `answers` in each line, each also .gz), patterns such as `train-*.json`, and TFDS names such as
            `tfds:squad` or `tfds:squad/v2.0:train[:10%]`.
        default_split: The split of a TFDS name without one; for "validation", "test" where that does not exist.
        labelled: Whether to read and check answers; if not, questions and contexts may be empty.

    Attributes:
        files: The names of the files and data sets.
        name: The display name.
        labelled: Whether answers were read.
        version: "2.0" if a question has no answer, as in SQuAD 2.0; otherwise, and without answers read, "1.1".
        contexts: The contexts of the questions.
        questions: The questions to train on.
        asked: All questions in the order of the files. Those that are left out of `questions` have no answers.
        questions_read: The number of questions in `asked`.
        left_out: The number of questions left out of `questions`, by reason.
        repaired: The number of answers with a wrong or missing offset, by kind of repair; see `repair`.
        listed: All answers that were left out.
        fingerprint: A hash of everything that determines the examples: texts, contexts, answers, and their order.

    Raises:
        DataError: A file, data set or split does not exist, or its data are invalid; the message names the location.
        InputError: No names are given.
    """

    def __init__(self, names: str | Sequence[str], default_split: str = "train", labelled: bool = True) -> None:
        names = [names] if isinstance(names, str | Path) else list(names)
        if not names:
            raise InputError("a source needs a file or a TFDS name. Received: none")
        parts = [question_part(file, default_split) for name in names for file in expanded(str(name))]
        self.files = tuple(part.name for part in parts)
        self.name = self.files[0] if len(self.files) == 1 else f"{self.files[0]} and {len(self.files) - 1:,} more"
        self.labelled = labelled
        self.contexts: list[str] = []
        self.questions: list[Question] = []
        self.asked: list[Question] = []
        self.listed: list[LeftOut] = []
        self._given_answers: list[tuple[GivenAnswer, ...]] = []
        self._left_out, self._repaired = Counter[str](), Counter[str]()
        self._read(parts)
        self.questions_read = len(self.asked)
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
        articles: dict[str, dict[int, list[dict[str, Any]]]] = {}
        for question, answers in zip(self.asked, self._given_answers, strict=True):
            given = [
                {"text": answer.text, "answer_start": -1 if answer.start is None else answer.start}
                for answer in answers
            ]
            entry: dict[str, Any] = {"id": question.id, "question": question.text, "answers": given}
            if self.version == "2.0":
                entry["is_impossible"] = not answers
            articles.setdefault(question.article, {}).setdefault(question.context, []).append(entry)
        data = [
            {
                "title": title,
                "paragraphs": [{"context": self.contexts[place], "qas": qas} for place, qas in paragraphs.items()],
            }
            for title, paragraphs in articles.items()
        ]
        return {"version": "v2.0" if self.version == "2.0" else "1.1", "data": data}

    def _read(self, parts: Sequence[QuestionPart]) -> None:
        places: dict[str, str] = {}
        contexts: dict[str, int] = {}
        for part, label in zip(parts, labels_of_files(self.files), strict=True):
            for given in part.questions(self.labelled, label):
                before = places.setdefault(given.id, given.place)
                if before is not given.place:
                    raise DataError(
                        f"{given.place}: the id {shown(given.id)} is there before, in {before}; give each its own"
                    )
                if self.labelled:
                    _check_not_blank(given)
                context = contexts.setdefault(given.context, len(contexts))
                if context == len(self.contexts):
                    self.contexts.append(given.context)
                self._add(given, context)

    def _add(self, given: GivenQuestion, context: int) -> None:
        answers, lost = self._checked(given)
        left_out = bool(lost) and not answers
        question = Question(given.id, given.text, context, tuple(answers), given.article, given.place)
        self.asked.append(question)
        self._given_answers.append(given.answers)
        if not left_out:
            self.questions.append(question)
        else:
            reasons = [reason for _, reason in lost]
            self._left_out[NOT_IN_CONTEXT if NOT_IN_CONTEXT in reasons else EMPTY_ANSWER] += 1
        for text, reason in lost:
            self.listed.append(LeftOut(given.id, given.place, given.text, text, reason, left_out))

    def _checked(self, given: GivenQuestion) -> tuple[list[GoldAnswer], list[tuple[str, str]]]:
        """Returns the answers that are in the context, and the texts of the others with the reason."""
        answers, lost = [], []
        for answer in given.answers:
            found = find_answer(given.context, answer.text, answer.start)
            if found is None:
                lost.append((answer.text, NOT_IN_CONTEXT if answer.text.strip() else EMPTY_ANSWER))
                continue
            answers.append(GoldAnswer(given.context[found.start : found.end], found.start))
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


def _check_not_blank(given: GivenQuestion) -> None:
    for text, what in ((given.context, "context"), (given.text, "question")):
        if not text.strip():
            raise DataError(
                f"{given.place}: an empty {what}. Received: {text[:80]!r}; fill it in, or take the question out"
            )
