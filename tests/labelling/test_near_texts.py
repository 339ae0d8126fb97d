from itertools import combinations

import numpy as np
import pytest

from bert_keras.labelling import NearTexts

TEN = "one two three four five six seven eight nine ten eleven"


@pytest.mark.parametrize(
    ("text", "other", "near"),
    [
        ("Where is my card?", "where  is my CARD", True),
        ("Where is my card?", "where was my card", False),
        ("turn on the light", "turn off the light", False),
        (TEN, f"{TEN} twelve", True),
        (TEN, f"{TEN} twelve thirteen fourteen", False),
        ("yes", "Yes!", True),
        ("yes", "no", False),
        ("???", "!!!", False),
        ("你好", "你好。", True),
    ],
)
def test_texts_are_near_that_differ_in_signs_or_a_word_among_many(text: str, other: str, near: bool) -> None:
    assert (other in NearTexts([text])) is near
    assert (text in NearTexts([other])) is near


def test_looking_at_the_rarest_pairs_alone_misses_none() -> None:
    random = np.random.default_rng(0)
    texts = [" ".join(map(str, row)) for row in random.integers(0, 4, [60, 12]).tolist()]
    texts += [text + " 9" for text in texts[:30]]

    def pairs(text: str) -> set[tuple[str, str]]:
        words = text.split()
        return set(zip(words, words[1:], strict=False))

    found = 0
    for one, other in combinations(texts, 2):
        near = one == other or 5 * len(pairs(one) & pairs(other)) >= 4 * len(pairs(one) | pairs(other))
        found += near
        assert (other in NearTexts([one])) is near
    assert found > 20
