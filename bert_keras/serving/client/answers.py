"""The outputs of a server as the library's answers, checked: what does not fit is an error, never an answer."""

from collections.abc import Mapping, Sequence

import numpy as np

from bert_keras.classification.answers import Answer, answers_of
from bert_keras.classification.task import Task
from bert_keras.models.entities import Entity
from bert_keras.models.span_answers import ContextSentences, SpanAnswer

Outputs = Mapping[str, np.ndarray]
_SPAN_OUTPUTS = {"answer": 1, "start": 1, "end": 1, "score": 1, "null_odds": 1}
_ENTITY_OUTPUTS = {"entities": 2, "labels": 2, "starts": 2, "ends": 2, "scores": 2}
_CANDIDATE_OUTPUTS = {"answers": 2, "starts": 2, "ends": 2, "scores": 2}


class UnexpectedAnswer(ValueError):
    """An answer that does not fit the request; the message says what is wrong."""


def classifications(outputs: Outputs) -> list[Answer]:
    """Converts the outputs of a classifier.

    Args:
        outputs: Arrays by name, each with a row for each text.

    Returns:
        The answers, as `SavedClassifier.classify` gives them.

    Raises:
        UnexpectedAnswer: They are no outputs of a classifier, or contradict each other.
    """
    task = _task(outputs)
    if task == "regression":
        _check(outputs, {"score": 1})
        return list(answers_of(outputs["score"], task, ()))
    _check(outputs, {"probabilities": 2, "labels": 2})
    probabilities, names = outputs["probabilities"], outputs["labels"]
    if names.shape != probabilities.shape or (names != names[:1]).any():
        raise UnexpectedAnswer(f"answered with labels {names.shape} for probabilities {probabilities.shape}")
    labels = tuple(names[0].tolist())
    if not labels or len(set(labels)) != len(labels):
        raise UnexpectedAnswer(f"answered with labels that are not different from each other: {labels!r:.100}")
    _check_chosen(outputs, task, labels)
    return list(answers_of(probabilities, task, labels, outputs.get("chosen")))


def span_answers(outputs: Outputs, contexts: Sequence[str]) -> list[SpanAnswer]:
    """Converts the outputs of a reader.

    Args:
        outputs: Arrays by name, each with a row for each question.
        contexts: The context of each question.

    Returns:
        The answers, as `SavedExtractor.answer` gives them.

    Raises:
        UnexpectedAnswer: They are no outputs of a reader, or a text is not in its place in the context.
    """
    _check(outputs, _SPAN_OUTPUTS | _CANDIDATE_OUTPUTS)
    if len({outputs[name].shape for name in _CANDIDATE_OUTPUTS}) != 1:
        raise UnexpectedAnswer(f"answered with {', '.join(_CANDIDATE_OUTPUTS)} of different numbers")
    rows = {name: outputs[name].tolist() for name in (*_SPAN_OUTPUTS, *_CANDIDATE_OUTPUTS)}
    of_contexts = ContextSentences()
    return [_span_answer(rows, row, context, of_contexts) for row, context in enumerate(contexts)]


def entities(outputs: Outputs, texts: Sequence[str]) -> list[tuple[Entity, ...]]:
    """Converts the outputs of a token classifier.

    Args:
        outputs: Arrays by name, each with a row for each text.
        texts: The texts.

    Returns:
        The entities of each text, as `SavedTagger.tag` gives them.

    Raises:
        UnexpectedAnswer: They are no outputs of a token classifier, or an entity is not in its place in the text.
    """
    _check(outputs, _ENTITY_OUTPUTS | {"count": 1})
    most = outputs["entities"].shape[1]
    counts = outputs["count"].tolist()
    if len({outputs[name].shape for name in _ENTITY_OUTPUTS}) != 1 or not all(0 <= count <= most for count in counts):
        raise UnexpectedAnswer(f"answered with {', '.join(_ENTITY_OUTPUTS)} of different numbers")
    columns = [outputs[name].tolist() for name in _ENTITY_OUTPUTS]
    return [
        tuple(_entity(text, *values) for values in zip(*(column[row][:count] for column in columns), strict=True))
        for row, (text, count) in enumerate(zip(texts, counts, strict=True))
    ]


def _entity(text: str, entity: str, label: str, start: int, end: int, score: float) -> Entity:
    if not 0 <= start < end <= len(text) or text[start:end] != entity:
        raise UnexpectedAnswer(f"answered with {entity!r:.60} at {start} to {end}, where the text has another")
    return Entity(entity, label, start, end, score)


def _span_answer(rows: Mapping[str, list], row: int, context: str, of_contexts: ContextSentences) -> SpanAnswer:
    text, start, end, score, null_odds = (rows[name][row] for name in _SPAN_OUTPUTS)
    spans = list(zip(*(rows[name][row] for name in _CANDIDATE_OUTPUTS), strict=True))
    for span_text, span_start, span_end, _ in ((text, start, end, score), *spans):
        if not 0 <= span_start <= span_end <= len(context) or context[span_start:span_end] != span_text:
            raise UnexpectedAnswer(
                f"answered with {span_text!r:.60} at {span_start} to {span_end}, where the context has another text"
            )
    # A span has at least one code point; an end of 0 means that there is no further span.
    n_best = tuple(of_contexts.candidate(context, *span[1:]) for span in spans if span[2])
    if not end:
        return SpanAnswer("", 0, 0, score, null_odds, n_best, 0, 0)
    best = of_contexts.candidate(context, start, end, score)
    return SpanAnswer(text, start, end, score, null_odds, n_best, best.sentence_start, best.sentence_end)


def _task(outputs: Outputs) -> Task:
    if {"label", "probability", "probabilities", "labels"} <= outputs.keys():
        return "single_label"
    if {"chosen", "probabilities", "labels"} <= outputs.keys():
        return "multi_label"
    if "score" in outputs and "answers" not in outputs:
        return "regression"
    raise UnexpectedAnswer(f"answered with {', '.join(sorted(outputs))}, which is no classifier's answer")


def _check(outputs: Outputs, ranks: Mapping[str, int]) -> None:
    """Checks that outputs are there with their number of dimensions, and are finite where they are numbers."""
    missing = sorted(ranks.keys() - outputs.keys())
    if missing:
        raise UnexpectedAnswer(f"answered with {', '.join(sorted(outputs))}, without {', '.join(missing)}")
    for name, rank in ranks.items():
        values = outputs[name]
        if values.ndim != rank:
            raise UnexpectedAnswer(f"answered with {name} of shape {list(values.shape)}, not of {rank} dimensions")
        if values.dtype != _kind(name) and values.size:
            raise UnexpectedAnswer(f"answered with {name} of type {values.dtype}, not {np.dtype(_kind(name))}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise UnexpectedAnswer(f"answered with numbers in {name} that are not finite")


def _kind(name: str) -> type:
    if name in ("answer", "answers", "entities", "label", "labels"):
        return object
    return np.int64 if name in ("count", "start", "starts", "end", "ends") else np.float32


def _by_thresholds(chosen: np.ndarray, probabilities: np.ndarray) -> bool:
    """Returns whether a threshold for each label, which is not known here, can have chosen its rows."""
    if chosen.shape != probabilities.shape:
        return False
    least = np.where(chosen, probabilities, np.inf).min(axis=0, initial=np.inf)
    highest_left = np.where(chosen, -np.inf, probabilities).max(axis=0, initial=-np.inf)
    return bool((least > highest_left).all())


def _check_chosen(outputs: Outputs, task: Task, labels: Sequence[str]) -> None:
    """Checks that what the server chose is what its probabilities say."""
    probabilities = outputs["probabilities"]
    if task == "multi_label":
        same = _by_thresholds(outputs["chosen"], probabilities)
    else:
        _check(outputs, {"label": 1, "probability": 1})
        best = probabilities.max(axis=-1)
        of_label = [
            row[labels.index(label)] if label in labels else -1.0
            for label, row in zip(outputs["label"], probabilities, strict=True)
        ]
        same = np.array_equal(best, outputs["probability"]) and np.array_equal(best, np.array(of_label, best.dtype))
    if not same:
        raise UnexpectedAnswer("answered with a choice that contradicts its probabilities")
