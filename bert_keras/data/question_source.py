"""The questions of files and TFDS data sets, each answer checked against its context."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from bert_keras.data.answer_repair import find_answer
from bert_keras.data.question_parts import QuestionPart, labels_of_files, question_part
from bert_keras.data.questions import GivenAnswer, GivenQuestion, GoldAnswer, LeftOut, Question
from bert_keras.errors import DataError, InputError
from bert_keras.files.messages import shown
from bert_keras.files.patterns import expanded

NOT_IN_CONTEXT = "answer not in its context"
EMPTY_ANSWER = "empty answer"


class QuestionSource:
    """The questions of one or more files or TFDS data sets, read when it is made; each context is kept once.

    An answer whose offset is wrong is looked for and repaired; see `answer_repair.find_answer`. One that is not in its
    context is left out, and a question that has no other with it. None of that is done in silence: all is counted and
    listed.

    Args:
        names: Files (.json in the layout of SQuAD 1.1 or 2.0, .jsonl or .ndjson with `question`, `context` and
            `answers` in each line, each also .gz), patterns such as `train-*.json`, and TFDS names such as `tfds:squad`
            or `tfds:squad/v2.0:train[:10%]`.
        default_split: The split of a TFDS name without one. For "validation" its "test" where there is none.
        labelled: Whether to read and check answers; without them, questions and contexts may be empty.

    Attributes:
        files: The names of files and data sets.
        name: For people.
        labelled: As given.
        version: "2.0" where any question has no answer, as SQuAD 2.0 has them; otherwise, and without labels, "1.1".
        contexts: The texts that questions are about.
        questions: Those to train on.
        asked: All that were read, in their order. The answers of those that are left out of `questions` are empty.
        questions_read: How many these are.
        left_out: How many questions were left out, by reason.
        repaired: How many answers had another offset or none, by what was done; see `answer_repair`.
        listed: Every answer that was left out.
        fingerprint: Changes with anything that decides about examples: texts, contexts, answers, and their order.

    Raises:
        DataError: No such file, data set or split; or data that cannot be read as asked for; the message names the
            place.
        InputError: No name at all.
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
        """Makes what answers are compared with.

        Returns:
            A parsed SQuAD file of all questions that were read, also of those left out, with answers and offsets as
            they were given; -1 where no offset was. Only that of version 2.0 says `is_impossible`.

        Raises:
            InputError: Answers were not read.
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
        """The answers that stand in the context, and the others' texts with the reason."""
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
