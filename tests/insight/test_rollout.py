import numpy as np

from bert_keras import TextClassifier
from bert_keras.insight import attention, rollout


def test_rollout_is_as_worked_out_by_hand() -> None:
    first = [[[1, 0], [1, 0]], [[0, 1], [0, 1]]]  # two heads, of which the mean is a half everywhere
    second = [[[1, 0], [1, 0]], [[1, 0], [1, 0]]]
    after = rollout(np.array([first, second], np.float32))
    np.testing.assert_allclose(after[0], [[0.75, 0.25], [0.25, 0.75]])
    # [[1, 0], [0.5, 0.5]] times that; the other way round it would be [[0.875, 0.125], [0.625, 0.375]].
    np.testing.assert_allclose(after[1], [[0.75, 0.25], [0.5, 0.5]])


def test_without_attention_to_others_each_token_is_made_of_itself() -> None:
    np.testing.assert_array_equal(
        rollout(np.tile(np.eye(3, dtype=np.float32), (2, 4, 1, 1))), np.tile(np.eye(3), (2, 1, 1))
    )


def test_what_tokens_are_made_of_sums_to_1(classifier: TextClassifier) -> None:
    after = rollout(attention(classifier, "the film was not good").weights)
    assert after.shape == (2, 7, 7)
    assert after.dtype == np.float32
    np.testing.assert_allclose(after.sum(axis=-1), 1, atol=1e-6)
    assert (after >= 0).all()
