from collections.abc import Callable

import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.vocabulary_vectors import input_vectors, token_kind, vocabulary_vectors


def test_each_token_has_its_row_of_the_table(classifier: TextClassifier, vocabulary: list[str]) -> None:
    each = vocabulary_vectors(classifier)
    assert each.columns["token"] == vocabulary and each.group == "vocabulary"
    ids = {"token_ids": np.arange(len(vocabulary))[np.newaxis]}
    np.testing.assert_array_equal(each.vectors, classifier.backbone.token_embedding(ids["token_ids"])[0])


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("[CLS]", "special"),
        ("[unused12]", "unused"),
        ("##ing", "piece"),
        ("##", "sign"),
        ("film", "word"),
        ("é", "word"),
        ("1984", "number"),
        ("½", "number"),
        ("!", "sign"),
        ("", "sign"),
        ("4th", "word"),
    ],
)
def test_kinds_of_tokens(token: str, kind: str) -> None:
    assert token_kind(token) == kind


def test_what_continues_a_word_is_told_by_the_prefix() -> None:
    assert [token_kind(token, "@") for token in ("@ing", "@", "##ing")] == ["piece", "sign", "word"]
    assert token_kind("film", "") == "word"


def test_positions_and_segments_are_what_a_row_adds_up(classifier: TextClassifier) -> None:
    each, backbone = input_vectors(classifier), classifier.backbone
    assert list(each.columns["embedding"])[-3:] == ["position 15", "segment A", "segment B"]
    token = np.zeros((1, 16, 8), np.float32)
    np.testing.assert_array_equal(each.vectors[:16], backbone.position_embedding(token)[0])
    np.testing.assert_array_equal(each.vectors[16:], backbone.segment_embedding(np.array([0, 1])))


def test_without_a_tokenizer_nobody_knows_the_tokens(build_classifier: Callable[..., TextClassifier]) -> None:
    with pytest.raises(InputError, match="no preprocessor"):
        vocabulary_vectors(build_classifier(preprocessor=None))
