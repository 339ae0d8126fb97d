import numpy as np

from bert_keras.insight.point_sample import PointSample


def sampled(most: int, chunks: list[int], seed: int = 0) -> PointSample:
    """A sample of the numbers from 0 on, which came in chunks."""
    sample, first = PointSample(most, seed), 0
    for count in chunks:
        places = first + sample.choose(count)
        sample.add(places[:, np.newaxis].astype(np.float32), {"name": places.tolist()})
        assert len(sample) <= most
        first += count
    return sample


def test_all_points_are_kept_while_there_is_room() -> None:
    sample = sampled(10, [4, 0, 6])
    assert sample.columns["name"] == list(range(10)) and sample.seen == 10


def test_vectors_and_columns_stay_side_by_side_and_in_order() -> None:
    sample = sampled(20, [7, 50, 0, 300, 3])
    names = sample.columns["name"]
    assert len(sample) == 20 and sample.seen == 360 and names == sorted(names)
    np.testing.assert_array_equal(sample.vectors[:, 0], names)


def test_chunks_make_no_difference() -> None:
    assert sampled(20, [360]).columns == sampled(20, [7, 50, 0, 300, 3]).columns


def test_each_point_is_as_likely_as_any_other() -> None:
    counts = np.zeros(20)
    for seed in range(800):
        counts[sampled(5, [3, 10, 7], seed).columns["name"]] += 1
    np.testing.assert_allclose(counts / 800, 0.25, atol=0.07)  # over four standard deviations
