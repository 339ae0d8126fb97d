import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.insight import HeadStatistics, Tokens, attention, head_statistics

NAMES = ("entropy", "distance", "cls", "sep", "previous", "next")


@pytest.fixture
def tokens(classifier: TextClassifier) -> Tokens:
    """[CLS] good [SEP] bad [SEP]."""
    return attention(classifier, "good", "bad").tokens


def of_one_head(weights: np.ndarray, tokens: Tokens) -> dict[str, float]:
    found = head_statistics(weights[np.newaxis, np.newaxis].astype(np.float32), tokens)
    assert all(getattr(found, name).shape == (1, 1) for name in NAMES)
    return {name: float(getattr(found, name)[0, 0]) for name in NAMES}


def test_a_head_that_attends_to_all_alike(tokens: Tokens) -> None:
    found = of_one_head(np.full((5, 5), 0.2), tokens)
    assert found["entropy"] == pytest.approx(np.log(5))
    assert found["distance"] == pytest.approx(40 / 25)  # 2 (4 x 1 + 3 x 2 + 2 x 3 + 1 x 4) over all pairs
    assert [found[name] for name in NAMES[2:]] == pytest.approx([0.2, 0.4, 0.2, 0.2])


def test_a_head_that_attends_to_the_token_before(tokens: Tokens) -> None:
    weights = np.eye(5, k=-1)
    weights[0, 0] = 1
    found = of_one_head(weights, tokens)
    assert found["entropy"] == pytest.approx(0, abs=1e-6)
    assert found["distance"] == pytest.approx(4 / 5)
    # [CLS] attends to itself, and the word behind it to [CLS]; the second word attends to the first [SEP].
    assert [found[name] for name in NAMES[2:]] == pytest.approx([2 / 5, 1 / 5, 1, 0])


def test_a_head_that_attends_to_the_token_behind(tokens: Tokens) -> None:
    weights = np.eye(5, k=1)
    weights[4, 4] = 1
    found = of_one_head(weights, tokens)
    assert [found[name] for name in NAMES[2:]] == pytest.approx([0, 3 / 5, 0, 1])


def test_entropy_is_the_mean_over_rows_in_nats(tokens: Tokens) -> None:
    weights = np.eye(5)
    weights[0] = [0.5, 0, 0, 0, 0.5]
    found = of_one_head(weights, tokens)
    assert found["entropy"] == pytest.approx(np.log(2) / 5)
    assert found["distance"] == pytest.approx(0.5 * 4 / 5)


def test_a_word_that_is_spelled_like_a_special_token_is_none(classifier: TextClassifier) -> None:
    tokens = attention(classifier, "good bad").tokens
    everything_to_the_word = np.zeros((4, 4))
    everything_to_the_word[:, 1] = 1
    spelled = Tokens(
        ("[CLS]", "[SEP]", "bad", "[SEP]"),
        *(getattr(tokens, name) for name in Tokens.__dataclass_fields__ if name != "pieces"),
    )
    assert of_one_head(everything_to_the_word, spelled)["sep"] == 0


def test_each_head_of_each_layer_has_its_own(classifier: TextClassifier) -> None:
    inspection = attention(classifier, "the film was not good")
    found = head_statistics(inspection.weights, inspection.tokens)
    assert isinstance(found, HeadStatistics)
    for layer in range(2):
        for head in range(2):
            alone = of_one_head(inspection.weights[layer, head], inspection.tokens)
            assert {name: getattr(found, name)[layer, head] for name in NAMES} == pytest.approx(alone, abs=1e-6)
