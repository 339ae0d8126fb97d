"""What is wrong with the questions of a split, counted for `report.json` and told in lines of warning."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from bert_keras.data import QuestionSource, WindowedQuestions
from bert_keras.models import SpanExtractorPreprocessor


def signs_of_trouble(windowed: WindowedQuestions, max_answer_tokens: int) -> dict[str, Any]:
    """Counts what cannot be learned or found, and what was read otherwise than it is written.

    Args:
        windowed: The questions of a split.
        max_answer_tokens: The maximum number of tokens of an answer.

    Returns:
        The counts by name, for `report.json`.
    """
    source = windowed.source
    return {
        "answers_in_no_window": int((~windowed.answer_held).sum()),
        "windows_of_these": int(windowed.misleading.sum()),
        "answers_too_long": int((windowed.answer_tokens > max_answer_tokens).sum()),
        "questions_cut": int(windowed.question_cut.sum()),
        "ids_repeated": len(source.renamed),
        "ids_missing": len(source.unnamed),
        "blank_answers_as_none": len(source.blank),
        "offsets_count": source.offsets,
    }


def warnings_of(
    windowed: WindowedQuestions, preprocessor: SpanExtractorPreprocessor, max_answer_tokens: int, learned: bool
) -> Iterator[str]:
    """Yields a line for each kind of trouble, with the first place.

    Args:
        windowed: The questions of a split.
        preprocessor: The preprocessor that has cut the windows.
        max_answer_tokens: The maximum number of tokens of an answer.
        learned: Whether it is the training split.
    """
    yield from _of_source(windowed.source)
    places = [windowed.questions[number].place for number in windowed.answer_questions]
    for wrong, what in (
        (~windowed.answer_held, _no_window(windowed, preprocessor.max_length, learned)),
        (
            windowed.answer_tokens > max_answer_tokens,
            f"of more than {max_answer_tokens} tokens, which are never given as a whole (--max_answer_tokens)",
        ),
    ):
        if wrong.any():
            yield f"answers {what}: {wrong.sum():,}; first {places[int(wrong.argmax())]}"
    cut = np.flatnonzero(windowed.question_cut)
    if len(cut):
        most = preprocessor.max_question_length
        first = windowed.questions[int(cut[0])].place
        yield f"questions cut to {most} tokens (--max_question_length): {len(cut):,}; first {first}"


def _of_source(source: QuestionSource) -> Iterator[str]:
    for file, counts in source.offsets.items():
        yield f"offsets of answers count {counts}, and are read so: {file}"
    for reason, count in Counter(left.reason for left in source.listed).items():
        first = next(left for left in source.listed if left.reason == reason)
        yield f"answers left out: {count:,}, {reason}; first {first.place}"
    if source.blank:
        yield f"blank answers, read as no answer: {len(source.blank):,} questions; first {source.blank[0]}"
    if source.renamed:
        first_of, count = source.renamed[0], len(source.renamed)
        yield (
            f"ids that stand twice: {count:,} questions; first {first_of.place}, as in {first_of.first_place}. Each "
            "question counts; where ids are keys, as in predictions-squad.json, the first one keeps the id, and later "
            f"ones get a number ({first_of.id})"
        )
    if source.unnamed:
        yield f"questions without id, named by their place: {len(source.unnamed):,}; first {source.unnamed[0]}"


def _no_window(windowed: WindowedQuestions, max_length: int, learned: bool) -> str:
    windows = int(windowed.misleading.sum())
    then = f", so their {windows:,} windows are not learned from" if learned else ", so they cannot be found"
    return f"that no window of {max_length} tokens holds{then} (--max_length, --window_overlap)"
