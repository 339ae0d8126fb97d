from collections.abc import Callable

import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import classifier_scores, reader_scores

TEXTS = ["the film was not good", "a good film was bad", "bad ! bad ?"]
DOCUMENTS = [("the film ?", "café naive, the playing"), ("a b ?", "un caf b c d")]


def test_a_classifier_is_scored_by_names_or_by_places(classifier: TextClassifier) -> None:
    answers = [answer.label for answer in classifier.classify(TEXTS)]
    wrong = [next(label for label in classifier.labels if label != answer) for answer in answers]
    assert classifier_scores(classifier, TEXTS, answers)["accuracy"] == 1
    assert classifier_scores(classifier, TEXTS, [*answers[:2], wrong[2]])["accuracy"] == pytest.approx(2 / 3)
    places = np.array([classifier.labels.index(answer) for answer in answers])
    assert classifier_scores(classifier, TEXTS, places) == classifier_scores(classifier, TEXTS, answers)


def test_other_tasks_have_their_own_scores(build_classifier: Callable[..., TextClassifier]) -> None:
    model = build_classifier(labels=["x", "y"], task="multi_label")
    chosen = np.array([[label in answer.labels for label in model.labels] for answer in model.classify(TEXTS)]).astype(
        int
    )
    assert classifier_scores(model, TEXTS, chosen)["subset_accuracy"] == 1
    model = build_classifier(labels=(), task="regression")
    values = np.array([answer.score for answer in model.classify(TEXTS)])
    assert classifier_scores(model, TEXTS, values + 2)["mae"] == pytest.approx(2)


def test_a_reader_is_scored_in_per_cent(extractor: SpanExtractor) -> None:
    found = [
        answer.text for answer in extractor.answer([question for question, _ in DOCUMENTS], [of for _, of in DOCUMENTS])
    ]
    assert reader_scores(extractor, DOCUMENTS, [[text] for text in found])["exact_match"] == 100
    assert reader_scores(extractor, DOCUMENTS, [["something", found[0]], ["else"]])["exact_match"] == 50
    assert reader_scores(extractor, DOCUMENTS, [[], [found[1]]])["NoAns_exact"] == 0


def test_what_cannot_be_scored_is_refused(classifier: TextClassifier, extractor: SpanExtractor) -> None:
    with pytest.raises(InputError, match="3 rows, 1 targets"):
        classifier_scores(classifier, TEXTS, [0])
    with pytest.raises(InputError, match="negative, positive. Received: 'good'"):
        classifier_scores(classifier, TEXTS, ["good", "bad", "bad"])
    with pytest.raises(InputError, match="0 rows, 0 answers"):
        reader_scores(extractor, [], [])
