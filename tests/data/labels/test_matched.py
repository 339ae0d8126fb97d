import pytest

from bert_keras.data import matched_labels
from bert_keras.errors import LabelError


def test_labels_are_found_by_name_in_any_order() -> None:
    assert matched_labels(["bad", "fine", "good"], ["good", "bad", "fine"]) == [1, 2, 0]
    assert matched_labels(["0", "1"], ["1.0", "0.0"]) == [1, 0]
    assert matched_labels(["Bad", "good"], ["GOOD", "bad"], merge=True) == [1, 0]


@pytest.mark.parametrize(
    ("labels", "others", "told"),
    [
        (["bad", "good"], ["LABEL_0", "LABEL_1"], "only the data has bad, good; only the teacher has LABEL_0, LABEL_1"),
        (["bad", "good"], ["bad", "good", "other"], "Received: only the teacher has other; rename"),
        (["bad", "good", "other"], ["good", "bad"], "Received: only the data has other; rename"),
        (["bad", "good"], ["good", "Bad"], "only the data has bad; only the teacher has Bad"),
        (["1", "2"], ["1", "1.0", "2"], "Received: the teacher has as several 1, 1.0; rename"),
    ],
)
def test_other_labels_are_told_by_name(labels: list[str], others: list[str], told: str) -> None:
    with pytest.raises(LabelError) as error:
        matched_labels(labels, others)
    assert told in str(error.value)
