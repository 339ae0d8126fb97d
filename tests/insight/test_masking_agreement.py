import numpy as np
import pytest
from scipy import stats

from bert_keras import TextClassifier
from bert_keras.insight import attention, masking_correlation


def test_words_are_ranked_by_the_sums_of_their_pieces(classifier: TextClassifier) -> None:
    tokens = attention(classifier, "the playing films").tokens  # the, play ##ing, film ##s
    values = np.array([[9, 1, 1, 1, 2, 4, 9], [9, 3, 0, 2, 0.5, 0.5, 9]], np.float32)  # words 1 2 6 and 3 2 1
    found = masking_correlation(values, tokens, np.array([0, 1, 2]), np.array([-1.0, 0.5, 3.0]), signed=True)
    np.testing.assert_allclose(found, [1, -1], atol=1e-6)
    unsigned = masking_correlation(values[:1], tokens, np.array([0, 1, 2]), np.array([-1.0, 0.5, 3.0]), signed=False)
    assert unsigned[0] == pytest.approx(stats.spearmanr([1, 2, 6], [1, 0.5, 3]).statistic)


def test_two_words_or_equal_values_have_no_ranks(classifier: TextClassifier) -> None:
    tokens = attention(classifier, "the good film").tokens
    values = np.array([[0, 1, 2, 3, 0]], np.float32)
    assert np.isnan(masking_correlation(values, tokens, np.array([0, 1]), np.array([1.0, 2.0]), True)[0])
    assert np.isnan(masking_correlation(values, tokens, np.arange(3), np.ones(3), True)[0])
