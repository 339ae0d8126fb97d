import itertools
import math

import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight import Inspection, attention, shapley_values, target_of
from bert_keras.insight.masking import masked_outputs

TEXT = "the film was not good ."


@pytest.fixture(scope="module")
def inspection(classifier: TextClassifier) -> Inspection:
    return attention(classifier, TEXT)


def by_definition(inspection: Inspection) -> np.ndarray:
    """The mean over all orders of what each word adds when it becomes known."""
    target, words = target_of(inspection), inspection.tokens.words
    subsets = [tuple(subset) for subset in itertools.product([False, True], repeat=6)]
    hidden = np.array([[word >= 0 and not subset[word] for word in words] for subset in subsets])
    worth = dict(zip(subsets, target.score(masked_outputs(inspection, hidden)).numpy().tolist(), strict=True))
    values = np.zeros(6)
    for order in itertools.permutations(range(6)):
        known = [False] * 6
        for word in order:
            before = worth[tuple(known)]
            known[word] = True
            values[word] += worth[tuple(known)] - before
    return values / math.factorial(6)


def test_of_a_short_text_the_values_are_those_of_the_definition(inspection: Inspection) -> None:
    found = shapley_values(inspection, target_of(inspection))
    assert (found.exact, found.sentences, found.predictions) == (True, False, 64)
    np.testing.assert_allclose(found.values, by_definition(inspection), atol=1e-5)
    assert found.errors.tolist() == [0] * 6
    assert found.values.sum() == pytest.approx(found.score - found.baseline_score, abs=1e-5)
    assert found.score == pytest.approx(float(inspection.logits.max()), abs=1e-5)


def test_sampled_values_lie_within_their_errors_and_add_up_all_the_same(inspection: Inspection) -> None:
    exact = shapley_values(inspection, target_of(inspection))
    sampled = shapley_values(inspection, target_of(inspection), budget=62)
    assert not sampled.exact
    assert sampled.predictions <= 62
    assert (sampled.errors > 0).any()
    np.testing.assert_array_less(np.abs(sampled.values - exact.values), 5 * sampled.errors + 1e-4)
    assert sampled.values.sum() == pytest.approx(exact.values.sum(), abs=1e-5)
    again = shapley_values(inspection, target_of(inspection), budget=62)
    np.testing.assert_array_equal(again.values, sampled.values)


def test_in_long_rows_sentences_share(inspection: Inspection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bert_keras.insight.shapley.LONG", 6)
    seen = attention(inspection.model, "the film was good . not bad !")
    found = shapley_values(seen, target_of(seen))
    assert found.sentences
    assert [part.tolist() for part in found.parts] == [[0, 1, 2, 3, 4], [5, 6, 7]]
    values, errors = found.of_tokens(seen.tokens.words)
    np.testing.assert_allclose(values, [0, *[found.values[0] / 5] * 5, *[found.values[1] / 3] * 3, 0], atol=1e-6)
    assert not errors.any()


def test_a_text_without_words_has_nothing_to_share(classifier: TextClassifier) -> None:
    seen = attention(classifier, "")
    found = shapley_values(seen, target_of(seen))
    assert len(found.values) == 0
    assert found.score == found.baseline_score


def test_a_budget_of_nothing_is_refused(inspection: Inspection) -> None:
    with pytest.raises(InputError, match="number of predictions from 1. Received: 0"):
        shapley_values(inspection, target_of(inspection), budget=0)
