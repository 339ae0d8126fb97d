import numpy as np
import pytest

from bert_keras.errors import InputError
from bert_keras.insight.embedding_set import EmbeddingSet


def some(points: int = 10, **settings) -> EmbeddingSet:
    vectors = np.arange(points * 4, dtype=np.float32).reshape(points, 4)
    return EmbeddingSet("rows", vectors, {"text": [f"row {place}" for place in range(points)]}, **settings)


def test_a_sample_keeps_rows_with_their_columns_in_order_and_counts_the_others() -> None:
    sample = some(100, left_out=7).sample(10)
    places = (sample.vectors[:, 0] / 4).astype(int).tolist()
    assert places == sorted(set(places)) and len(places) == 10
    assert sample.columns["text"] == [f"row {place}" for place in places]
    assert sample.left_out == 97
    np.testing.assert_array_equal(sample.vectors, some(100).sample(10).vectors)
    assert not np.array_equal(sample.vectors, some(100).sample(10, seed=1).vectors)


def test_what_is_small_enough_is_no_sample() -> None:
    whole = some()
    assert whole.sample(10) is whole


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.eye(2, 5), "at least 3 points and 3 dimensions. Received: 2 points of 5 dimensions"),
        (np.eye(5, 2), "Received: 5 points of 2 dimensions"),
        (np.zeros((4, 4)), "all 4 vectors are the same"),
        (np.full((4, 4), np.nan), "4 of 4 vectors hold numbers that are not finite"),
    ],
)
def test_sets_with_nothing_to_see_are_refused(vectors: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        EmbeddingSet("rows", vectors).check()


def test_columns_of_another_length_and_unknown_colours_are_refused() -> None:
    with pytest.raises(InputError, match=r"column 'a' must have 4 values. Received: 3"):
        EmbeddingSet("rows", np.eye(4), {"a": ["x"] * 3})
    with pytest.raises(InputError, match=r"there are: text. Received: 'label'"):
        some(colour="label")
    with pytest.raises(InputError, match=r"\[points, dimensions\]. Received: \[4\]"):
        EmbeddingSet("rows", np.ones(4))
