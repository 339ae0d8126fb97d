from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bert_keras import BertTokenizer, MaskedLM
from bert_keras.data import PairRows, RawDocument, masked_rows, pair_rows, tokenize_documents
from bert_keras.errors import InputError, TrainingInterrupted
from bert_keras.training import Checkpoints, Recipe, check_training, fine_tune, masked_results
from bert_keras.training.objective import objective_of, step_of
from bert_keras.training.optimizer import adamw

RECIPE = Recipe(epochs=2, batch_size=4, learning_rate=2e-2, token_budget=40)
QUIET = {"pooler": True, "dropout": 0.0, "attention_dropout": 0.0}


@pytest.fixture(scope="module")
def rows(tokenizer: BertTokenizer) -> PairRows:
    texts = [f"the {word} film was {word}. {word} {other} {other}!" for word in "abcde" for other in ("good", "bad")]
    documents = [RawDocument(text, "a.txt", line) for line, text in enumerate(texts, 1)]
    return pair_rows(tokenize_documents("a.txt", documents, tokenizer, {}), tokenizer, 16, "next_sentence", 0.3)


@pytest.fixture(scope="module")
def build(build_masked_lm: Callable[..., MaskedLM]) -> Callable[[], MaskedLM]:
    def made() -> MaskedLM:
        model = build_masked_lm(backbone=QUIET, pairs="next_sentence")
        model.pair_dense.bias.assign([0.3, -0.3])
        return model

    return made


def by_hand(model: MaskedLM, rows: PairRows) -> list[tuple[list[float], float, bool]]:
    """The losses of the masks of each row, and the loss and the success of its pair, one row at a time."""
    found = []
    for row in range(len(rows)):
        inputs, targets = rows.batch(np.array([row]))
        length = inputs["padding_mask"].sum()
        given = {name: inputs[name][:, :length] for name in ("token_ids", "segment_ids", "padding_mask")}
        tokens = np.asarray(model(given, training=False))[0]
        places = np.flatnonzero(targets[0] >= 0)
        losses = [float(-log_softmax(tokens[place])[targets[0, place]]) for place in places]
        pooled = model.backbone(given, training=False)["pooled_output"]
        pair, told = int(inputs["pairs"][0, 0]), np.asarray(model.pair_dense(pooled))[0]
        found.append((losses, float(-log_softmax(told)[pair]), int(told.argmax()) == pair))
    return found


def log_softmax(logits: np.ndarray) -> np.ndarray:
    less = logits.astype(np.float64) - logits.max()
    shifted: np.ndarray = less - np.log(np.exp(less).sum())
    return shifted


def test_masks_and_pairs_are_measured_as_row_by_row(build: Callable[[], MaskedLM], rows: PairRows) -> None:
    model = build()
    wanted, found = by_hand(model, rows), masked_results(model, rows, token_budget=40)
    loss = np.mean([loss for losses, *_ in wanted for loss in losses])
    told = {"pair_loss": np.mean([of for _, of, _ in wanted]), "pair_accuracy": np.mean([of for *_, of in wanted])}
    assert {name: found.scores[name] for name in ("loss", *told)} == pytest.approx({"loss": loss, **told}, abs=1e-5)
    assert found.pairs is not None and found.pairs[0].tolist() == np.bincount(rows.of_rows).tolist()


def test_a_step_has_the_loss_of_masks_and_pairs_however_it_is_cut(
    build: Callable[[], MaskedLM], rows: PairRows
) -> None:
    of = by_hand(build(), rows)
    masks = sum(len(losses) for losses, *_ in of)
    wanted = sum(sum(losses) + len(losses) * pair for losses, pair, _ in of) / masks
    everything, after = np.arange(len(rows)), []
    for passes in ([everything], np.array_split(everything, 3)):
        model = build()
        before = model.get_weights()
        step = step_of(objective_of(model, rows, RECIPE), model, rows, adamw(1e-2, 10))
        figures = step([rows.batch(some) for some in passes])
        assert figures.loss == pytest.approx(wanted, abs=1e-4) and figures.counts[1] == masks
        changed = [not np.array_equal(one, other) for one, other in zip(before, model.get_weights(), strict=True)]
        assert all(changed)  # the pooler and the head of pairs too
        # No loss depends on a bias of keys, so that its gradient is noise, and Adam makes it as long as any other.
        after.append([weight.numpy() for weight in model.weights if not weight.path.endswith("key/bias")])
    for one, other in zip(*after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


class Stop(keras.callbacks.Callback):
    """Interrupts a training after a step, as Ctrl-C does."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if int(self.model.optimizer.iterations) == 4:
            import signal

            signal.raise_signal(signal.SIGINT)


def test_an_interrupted_training_goes_on_bit_for_bit(
    build: Callable[[], MaskedLM], rows: PairRows, tmp_path: Path
) -> None:
    whole, cut, anew = build(), build(), build()
    outcome = fine_tune(whole, rows, rows, RECIPE)
    assert {"val_pair_loss", "val_pair_accuracy", "val_perplexity"} <= outcome.history.keys()
    with pytest.raises(TrainingInterrupted):
        fine_tune(cut, rows, rows, RECIPE, [Stop()], Checkpoints(tmp_path))
    fine_tune(anew, rows, rows, RECIPE, checkpoints=Checkpoints(tmp_path))
    for one, other in zip(whole.get_weights(), anew.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_rows_and_heads_belong_together(
    build: Callable[[], MaskedLM], build_masked_lm: Callable[..., MaskedLM], rows: PairRows, tokenizer: BertTokenizer
) -> None:
    single = masked_rows(rows.documents, tokenizer, 16)
    for model, train in ((build(), single), (build_masked_lm(), rows)):
        with pytest.raises(InputError, match="rows of pairs train a head of such pairs"):
            check_training(model, train, train, RECIPE)
