import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest

from bert_keras import BertBackbone, BertTokenizer, TextEncoder
from bert_keras.data import TextGroups, group_texts
from bert_keras.errors import InputError
from bert_keras.models import TextClassifierPreprocessor
from bert_keras.training import ContrastRecipe, fine_tune, group_results, hard_texts

PAIRS = [("the film", "a b"), ("good", "c"), ("bad play", "d e"), ("the film", "e e e"), ("was", "a b"), ("not", "c")]
WORDS = ("film", "good", "bad", "play", "a", "b", "c", "d")


class Steps(keras.callbacks.Callback):
    """Notes the loss of each step."""

    def __init__(self) -> None:
        super().__init__()
        self.losses: list[float] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.losses.append(logs["loss"])


@pytest.fixture(scope="module")
def encoder(build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer) -> TextEncoder:
    """An encoder without dropout, so that its training vectors are those of `encode`."""
    backbone = build_backbone(pooler=False, dropout=0.0, attention_dropout=0.0, hidden_dim=16, intermediate_dim=32)
    return TextEncoder(backbone, TextClassifierPreprocessor(tokenizer, 16))


def grouped(encoder: TextEncoder, kind: Any, rows: Sequence[Sequence[str]], targets: Sequence[Any] = ()) -> TextGroups:
    preprocessor = encoder.preprocessor
    return group_texts("rows", kind, rows, preprocessor.pack, preprocessor.fingerprint, targets=targets)


def test_the_loss_of_a_step_is_that_of_the_vectors_and_a_step_is_never_cut(encoder: TextEncoder) -> None:
    anchors, positives = (encoder.encode([row[side] for row in PAIRS]).astype(np.float64) for side in (0, 1))
    scores, losses = 20 * anchors @ positives.T, []
    for row, (anchor, _) in enumerate(PAIRS):
        own = {pair for other, pair in PAIRS if other == anchor}
        among = [column for column, (_, pair) in enumerate(PAIRS) if column == row or pair not in own]
        losses.append(math.log(sum(math.exp(scores[row, column]) for column in among)) - scores[row, row])
    seen = Steps()
    recipe = ContrastRecipe(epochs=1, batch_size=6, learning_rate=1e-20, token_budget=4)
    outcome = fine_tune(encoder, grouped(encoder, "pairs", PAIRS), grouped(encoder, "pairs", PAIRS), recipe, [seen])
    assert seen.losses == pytest.approx([np.mean(losses)], rel=1e-4)
    assert outcome.steps == 1 and outcome.history.keys() >= {"val_mrr", "val_recall_at_1", "val_recall_at_10"}


@pytest.mark.parametrize(
    ("kind", "targets"),
    [("scored_pairs", [1.0, 0.0, 0.5, 0.9, 0.1, 0.2, 0.3, 0.7]), ("labelled_texts", ["x", "y", "z", "x"] * 2)],
)
def test_scores_and_labels_are_learned_by_beginnings_of_vectors_too(
    kind: str, targets: list[Any], build_backbone: Callable[..., BertBackbone], tokenizer: BertTokenizer
) -> None:
    rows = [(f"{one} {one}", f"{other} the") for one, other in itertools.pairwise((*WORDS, WORDS[0]))]
    encoder = TextEncoder(build_backbone(pooler=False, dropout=0.0), TextClassifierPreprocessor(tokenizer, 16))
    groups = grouped(encoder, kind, [row[:1] if kind == "labelled_texts" else row for row in rows], targets)
    before = group_results(encoder, groups).scores
    recipe = ContrastRecipe(epochs=40, batch_size=8, learning_rate=1e-2, keep="last", dimensions=(8, 4))
    outcome = fine_tune(encoder, groups, None, recipe)
    after = group_results(encoder, groups, dimensions=(8, 4)).scores
    name = next(iter(before))
    assert outcome.history["loss"][-1] < outcome.history["loss"][0]
    assert after[name] > max(before[name], 0.9)
    assert [row["dimension"] for row in after["by_dimension"]] == [8, 4]
    assert after["by_dimension"][0][name] == after[name]


def test_a_labelled_text_stands_beside_another_of_its_label_that_changes(encoder: TextEncoder) -> None:
    texts, labels = [[word] for word in (*WORDS, "was")], ["x"] * 5 + ["y"] * 3 + ["alone"]
    groups = grouped(encoder, "labelled_texts", texts, labels)
    drawn = [groups.in_epoch(3, epoch).members for epoch in (0, 0, 1)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    for members in drawn:
        assert (groups.numbers[members[:, 0]] == groups.numbers[members[:, 1]]).all()
        assert (members[:-1, 0] != members[:-1, 1]).all() and members[-1, 0] == members[-1, 1]
        assert sorted(members[:, 1]) == sorted(members[:, 0])


def test_hard_negatives_are_near_and_belong_to_others(encoder: TextEncoder) -> None:
    groups = grouped(encoder, "pairs", [("film", "a"), ("film", "b"), ("good", "c"), ("bad", "d")])
    angles = {"film": 0.0, "a": 0.3, "b": 0.2, "c": 0.5, "d": 0.8, "good": 0.5, "bad": 0.79}
    vectors = np.array([[math.cos(angles[text]), math.sin(angles[text])] for text in groups.texts])
    found = [[groups.texts[place] for place in row] for row in hard_texts(groups, vectors, 2).tolist()]
    assert found[0] == found[1] == ["c", "d"]  # a and b are its own
    assert found[3] == ["a", "b"]  # c is nearly as near as its own
    triples = groups.with_negatives(hard_texts(groups, vectors, 2))
    assert (triples.kind, triples.members.shape) == ("triples", (4, 4)) and triples.fingerprint != groups.fingerprint
    with pytest.raises(ValueError, match="belongs to the anchor"):
        hard_texts(grouped(encoder, "pairs", [("film", "a"), ("film", "b")]), vectors[:3], 1)


def test_dimensions_beyond_those_of_the_vectors_are_refused(encoder: TextEncoder) -> None:
    groups = grouped(encoder, "pairs", PAIRS)
    with pytest.raises(InputError, match="beginnings of vectors of 16 numbers. Received: 32"):
        fine_tune(encoder, groups, None, ContrastRecipe(dimensions=(32,)))
