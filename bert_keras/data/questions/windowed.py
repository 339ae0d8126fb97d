"""Tokenization of questions and contexts to windows, with the token spans of the answers."""

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bert_keras.data.encoded import Encoded
from bert_keras.data.questions.question import Question
from bert_keras.data.questions.source import QuestionSource
from bert_keras.data.stored_targets import SpanTargets
from bert_keras.errors import DataError, InputError
from bert_keras.qa.places import TokenPlaces
from bert_keras.text import AT_PARAGRAPH, Windows, token_spans

_TOGETHER = 1024  # questions per block


@dataclass(frozen=True)
class WindowedQuestions:
    """The tokenized windows of questions.

    Attributes:
        source: The source of the questions.
        questions: The questions.
        rows: The rows of token ids of the windows; the targets are the spans of all answers in each window.
        windows: The parts of the contexts in the windows, as NumPy arrays; documents are indices into `questions`.
        places: The offsets of the context tokens.
        context_tokens: The number of tokens of each question's context, `[questions]`.
        answer_tokens: The number of tokens of each answer, those of a question after those of the one before,
            `[answers]`; 0 for an answer of characters that are no tokens.
        answer_held: Whether a window contains the answer as a whole, `[answers]` bool.
        answer_across: Whether the answer runs over the end of a paragraph, `[answers]` bool.
        question_cut: Whether the question has more tokens than a window takes, and was cut, `[questions]` bool.
    """

    source: QuestionSource
    questions: Sequence[Question]
    rows: Encoded
    windows: Windows
    places: TokenPlaces
    context_tokens: np.ndarray
    answer_tokens: np.ndarray
    answer_held: np.ndarray
    answer_across: np.ndarray
    question_cut: np.ndarray

    @property
    def fingerprint(self) -> str:
        """A hash of everything that determines the windows."""
        return self.rows.fingerprint

    @property
    def contexts(self) -> list[str]:
        """The context of each question."""
        return [self.source.contexts[question.context] for question in self.questions]

    @property
    def without_answer(self) -> int:
        """The number of windows without an answer."""
        return int((self.answers_held == 0).sum())

    @property
    def answers_held(self) -> np.ndarray:
        """The number of answers in each window, `[windows]`."""
        return self._targets.answers

    def answer_columns(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Finds all answers in some windows.

        Args:
            rows: The indices of the windows, `[rows]`.

        Returns:
            For each answer the index in `rows` of its window, `[answers]`, and its first and last column,
            `[answers, 2]`.
        """
        targets = self._targets.subset(rows)
        return np.repeat(np.arange(len(rows)), targets.answers), targets.spans

    @property
    def answer_questions(self) -> np.ndarray:
        """The index of each answer's question in `questions`, `[answers]`."""
        return np.repeat(np.arange(len(self.questions)), [len(question.answers) for question in self.questions])

    @property
    def misleading(self) -> np.ndarray:
        """Whether a window without answer belongs to a question with an answer that no window holds, `[windows]` bool.

        Such a window may contain a part of the answer, so it would teach "no answer" where there is one.
        """
        unheld = np.zeros(len(self.questions), bool)
        unheld[self.answer_questions[~self.answer_held]] = True
        return (self.answers_held == 0) & unheld[self.windows.documents]

    @property
    def _targets(self) -> SpanTargets:
        assert isinstance(self.rows.stored_targets, SpanTargets)
        return self.rows.stored_targets

    def to_train(
        self,
        without_answer: float,
        answers: Literal["first", "any"],
        seed: int,
        times: np.ndarray | None = None,
    ) -> Encoded:
        """Selects the windows to train on: those with an answer, and a share of the others that are not `misleading`.

        Args:
            without_answer: The share of windows without an answer to keep, from 0 to 1. Their target is `[CLS]`, which
                is wrong for data in which every question has an answer: use 0 there.
            answers: The target of a window with several answers: the first one, or any one, drawn anew in each epoch.
            seed: The random seed of the selection.
            times: How often the windows of each question are in the selection, `[questions]` int64. Default: once.

        Returns:
            The selected windows.

        Raises:
            InputError: The share is not from 0 to 1.
            DataError: No window contains an answer.
        """
        if not 0 <= without_answer <= 1:
            raise InputError(f"the share of windows without answer must be from 0 to 1. Received: {without_answer}")
        if not self.answers_held.any():
            received = f"{len(self.rows):,} windows of {len(self.questions):,} questions"
            raise DataError(
                f"{self.source.name}: no window holds an answer, so there is nothing to learn. Received: {received}"
            )
        random = np.random.default_rng(seed)
        drawn = random.random(len(self.rows)) < without_answer
        kept = np.flatnonzero((self.answers_held > 0) | (drawn & ~self.misleading))
        if times is not None:
            kept = np.repeat(kept, times[self.windows.documents[kept]])
        targets = self._targets.subset(kept)
        if answers == "any":
            targets = dataclasses.replace(targets, draws=np.zeros(len(kept)))
        rows = {
            name: getattr(self.rows, name)[kept] for name in ("begins", "lengths", "first_lengths", "hashes", "lines")
        }
        # Converted to float, so that 1 and 1.0 have the same fingerprint.
        drawn_by = seed if 0 < without_answer < 1 else None
        repeated = () if times is None else (times.tolist(),)
        fingerprint = _hash(self.fingerprint, float(without_answer), answers, drawn_by, *repeated)
        return dataclasses.replace(self.rows, fingerprint=fingerprint, stored_targets=targets, **rows)


def encode_questions(
    source: QuestionSource,
    questions: Sequence[Question],
    preprocessor: Any,
    on_questions: Callable[[int], object] = lambda count: None,
) -> WindowedQuestions:
    """Tokenizes questions and contexts, divides them into windows, and finds the answers in the windows.

    Args:
        source: The source of the questions.
        questions: The questions: `source.questions` to train on, or `source.asked` to evaluate.
        preprocessor: A `SpanExtractorPreprocessor`, whose ops are the same in training and serving.
        on_questions: A callback for progress, called after each block with the number of questions in it.

    Returns:
        The windows.

    Raises:
        InputError: There are no questions.
    """
    if not questions:
        raise InputError(f"{source.name}: there are no questions to cut windows for; name some")
    blocks = []
    for first in range(0, len(questions), _TOGETHER):
        block = questions[first : first + _TOGETHER]
        blocks.append(_block(source, block, preprocessor))
        on_questions(len(block))
    sizes = np.cumsum([0, *(min(_TOGETHER, len(questions) - first) for first in range(0, len(questions), _TOGETHER))])
    lengths, first_lengths, answers, tokens = (
        _joined(blocks, name) for name in ("lengths", "places", "answers", "context_tokens")
    )
    numbers = np.concatenate([block["documents"] + before for block, before in zip(blocks, sizes[:-1], strict=True)])
    rows = Encoded(
        name=source.name,
        files=source.files,
        task="spans",
        fingerprint=_hash(source.fingerprint, preprocessor.fingerprint, [question.id for question in questions]),
        rows_read=source.questions_read,
        left_out=source.left_out,
        token_ids=_joined(blocks, "token_ids"),
        begins=np.cumsum(lengths) - lengths,
        lengths=lengths,
        first_lengths=first_lengths,
        hashes=np.zeros(len(lengths), np.uint64),
        lines=numbers,
        first_of_files=(0,),
        stored_targets=SpanTargets(_joined(blocks, "spans"), np.cumsum(answers)),
    )
    windows = Windows(numbers, _joined(blocks, "begins"), _joined(blocks, "held"), first_lengths)
    starts, ends, levels = (_joined(blocks, name) for name in ("starts", "ends", "levels"))
    places = TokenPlaces(starts, ends, levels, np.cumsum(tokens) - tokens)
    of_answers = (_joined(blocks, name) for name in ("answer_tokens", "answer_held", "answer_across", "question_cut"))
    return WindowedQuestions(source, questions, rows, windows, places, tokens, *of_answers)


def _block(source: QuestionSource, questions: Sequence[Question], preprocessor: Any) -> dict[str, np.ndarray]:
    """Returns the arrays of a block of questions; document indices count from its first question."""
    places = list(dict.fromkeys(question.context for question in questions))
    number = {place: at for at, place in enumerate(places)}
    context_of = [number[question.context] for question in questions]
    documents = preprocessor.documents(
        [q.text for q in questions], [source.contexts[place] for place in places], context_of
    )
    packed = preprocessor.pack(documents, documents.windows)
    windows = Windows(*(values.numpy() for values in documents.windows))
    spans, counts, answer_tokens, held, across = _answers(questions, documents, windows)
    return {
        "token_ids": packed.token_ids.flat_values.numpy().astype(_narrow(preprocessor)),
        "lengths": packed.token_ids.row_lengths().numpy(),
        "documents": windows.documents,
        "begins": windows.begins,
        "held": windows.lengths,
        "places": windows.places,
        "spans": spans,
        "answers": counts,
        "starts": documents.starts.flat_values.numpy().astype(np.int32),
        "ends": documents.span_ends.flat_values.numpy().astype(np.int32),
        "levels": documents.levels.flat_values.numpy().astype(np.int8),
        "context_tokens": documents.contexts.row_lengths().numpy(),
        "answer_tokens": answer_tokens,
        "answer_held": held,
        "answer_across": across,
        "question_cut": _cut(questions, documents, preprocessor),
    }


def _cut(questions: Sequence[Question], documents: Any, preprocessor: Any) -> np.ndarray:
    """Returns whether each question was cut; only those of the maximum length are tokenized again, as a whole."""
    cut = documents.questions.row_lengths().numpy() == preprocessor.max_question_length
    if cut.any():
        whole = preprocessor.tokenizer.tokenize(
            [question.text for question, full in zip(questions, cut, strict=True) if full]
        )
        cut[cut] = whole.row_lengths().numpy() > preprocessor.max_question_length
    return cut


def _narrow(preprocessor: Any) -> type:
    return np.uint16 if preprocessor.tokenizer.vocabulary_size() <= 2**16 else np.int32


def _answers(questions: Sequence[Question], documents: Any, windows: Windows) -> tuple[np.ndarray, ...]:
    """Returns the columns of all answers in all windows, `[spans, 2]`, and the number of answers in each window.

    Also returns the number of tokens of each answer, whether a window holds it, and whether it runs over the end of a
    paragraph, `[answers]`.
    """
    counts = np.array([len(question.answers) for question in questions], np.int64)
    every = [answer for question in questions for answer in question.answers]
    of = np.repeat(np.arange(len(questions)), counts)
    starts, ends = (np.array([getattr(answer, side) for answer in every], np.int64) for side in ("start", "end"))
    first, last = (tokens.numpy() for tokens in token_spans(documents.starts, documents.ends, of, starts, ends))
    # All pairs of a window and an answer of its question.
    pairs = counts[windows.documents]
    window = np.repeat(np.arange(len(pairs)), pairs)
    before = np.repeat((np.cumsum(counts) - counts)[windows.documents] - (np.cumsum(pairs) - pairs), pairs)
    answer = before + np.arange(len(window))
    begin = windows.begins[window]
    holds = (
        (first[answer] <= last[answer]) & (first[answer] >= begin) & (last[answer] < begin + windows.lengths[window])
    )
    columns = np.stack([first[answer], last[answer]], axis=1) + (windows.places[window] - begin)[:, np.newaxis]
    held = np.bincount(answer[holds], minlength=len(every)) > 0
    in_windows = np.bincount(window[holds], minlength=len(pairs))
    across = _across(documents, of, first, last)
    return columns[holds].astype(np.int32), in_windows, np.maximum(last - first + 1, 0), held, across


def _across(documents: Any, of: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Returns whether spans of some documents run over the end of a paragraph, given their first and last tokens."""
    firsts, levels = documents.levels.row_starts().numpy()[of], documents.levels.flat_values.numpy()
    begun = np.append(0, np.cumsum(levels >= AT_PARAGRAPH))  # paragraphs before each token
    return (first < last) & (begun[firsts + last + 1] > begun[np.minimum(firsts + first + 1, len(levels))])


def _joined(blocks: Sequence[dict[str, np.ndarray]], name: str) -> np.ndarray:
    return np.concatenate([block[name] for block in blocks])


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
