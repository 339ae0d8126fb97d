"""What is wrong with the questions of a split, counted for `report.json` and told in lines of warning."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras.data import QuestionSource, WindowedQuestions
from bert_keras.files.messages import shown
from bert_keras.models import SpanExtractor


def signs_of_trouble(windowed: WindowedQuestions, extractor: SpanExtractor) -> dict[str, Any]:
    """Counts what cannot be learned or found, and what was read otherwise than it is written.

    Args:
        windowed: The questions of a split.
        extractor: The reader.

    Returns:
        The counts by name, for `report.json`.
    """
    source = windowed.source
    return {
        "answers_in_no_window": int((~windowed.answer_held).sum()),
        "windows_of_these": int(windowed.misleading.sum()),
        "answers_too_long": int((windowed.answer_tokens > extractor.max_answer_tokens).sum()),
        "answers_across_paragraphs": int(windowed.answer_across.sum()),
        "questions_cut": int(windowed.question_cut.sum()),
        "ids_repeated": len(source.renamed),
        "ids_missing": len(source.unnamed),
        "blank_answers_as_none": len(source.blank),
        "offsets_count": source.offsets,
    }


def warnings_of(windowed: WindowedQuestions, extractor: SpanExtractor, learned: bool) -> Iterator[str]:
    """Yields a line for each kind of trouble, with the first place.

    Args:
        windowed: The questions of a split.
        extractor: The reader, whose preprocessor has cut the windows.
        learned: Whether it is the training split.
    """
    yield from _of_source(windowed.source)
    places = [windowed.questions[number].place for number in windowed.answer_questions]
    preprocessor, most = extractor.preprocessor, extractor.max_answer_tokens
    unheld, long = ~windowed.answer_held, windowed.answer_tokens > most
    if unheld.any():
        what = f"answers that no window of {preprocessor.max_length} tokens holds"
        then = "they cannot be found"
        if learned:
            then = f"{windowed.misleading.sum():,} windows of their questions are not learned from"
        yield f"{_first(what, unheld, places)}. So {then}; --max_length and --window_overlap make more fit"
    if long.any():
        what = f"answers of more than {most} tokens (--max_answer_tokens), never given as a whole"
        yield _first(what, long, places)
    if windowed.answer_across.any() and not extractor.across_paragraphs:
        what = "answers that run over a blank line or the end of a page, never given as a whole"
        yield f"{_first(what, windowed.answer_across, places)}. --across_paragraphs lets them"
    if windowed.question_cut.any():
        what = f"questions cut to {preprocessor.max_question_length} tokens (--max_question_length)"
        yield _first(what, windowed.question_cut, [question.place for question in windowed.questions])


def _first(what: str, which: np.ndarray, places: Sequence[str]) -> str:
    return f"{what}: {which.sum():,}; first {places[int(which.argmax())]}"


def _of_source(source: QuestionSource) -> Iterator[str]:
    for file, counts in source.offsets.items():
        yield f"offsets of answers count {counts}, and are read so: {file}"
    for reason, count in Counter(left.reason for left in source.listed).items():
        first = next(left for left in source.listed if left.reason == reason)
        yield f"answers left out: {count:,}, {reason}; first {first.place}"
    if source.blank:
        yield f"questions whose blank answers are read as no answer: {len(source.blank):,}; first {source.blank[0]}"
    if source.renamed:
        first_of, count = source.renamed[0], len(source.renamed)
        text = next(question.text for question in source.asked if question.id == first_of.id)
        yield (
            f'questions with the id of an earlier one: {count:,}; first "{shown(text)}", {first_of.place}. '
            "Each question counts; where ids are keys, as in predictions-squad.json, the first one keeps the id, and "
            f"later ones get a number ({first_of.id})"
        )
    if source.unnamed:
        yield f"questions without id, named by their place: {len(source.unnamed):,}; first {source.unnamed[0]}"
