from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from bert_keras import BertTokenizer, MaskedLM
from bert_keras.data import MaskedRows, RawDocument, masked_rows, tokenize_documents
from bert_keras.data.masked.masking import NOT_MASKED
from bert_keras.errors import InputError, TrainingInterrupted
from bert_keras.training import Checkpoints, Recipe, check_training, fine_tune, masked_results
from bert_keras.training.objective import objective_of, step_of
from bert_keras.training.optimizer import adamw

Build = Callable[..., MaskedLM]
RECIPE = Recipe(epochs=3, batch_size=4, learning_rate=2e-2, token_budget=32)


@pytest.fixture(scope="module")
def rows(tokenizer: BertTokenizer) -> MaskedRows:
    texts = [f"the {word} film was {word} {other} !" for word in "abcde" for other in ("good", "bad", "not", "play")]
    documents = [RawDocument(text, "a.txt", line) for line, text in enumerate(texts, 1)]
    return masked_rows(tokenize_documents("a.txt", documents, tokenizer, {}), tokenizer, 16, 0.3)


def losses_by_hand(model: MaskedLM, rows: MaskedRows) -> list[tuple[int, float, bool]]:
    """The document, the loss and the success of each masked token, by the whole model, one document at a time."""
    found = []
    for row in range(len(rows)):
        inputs, targets = rows.batch(np.array([row]))
        begin, length = int(rows.begins[row]), int(rows.lengths[row])
        documents = rows.documents_of_tokens()[begin : begin + length]
        starts = [*np.flatnonzero(inputs["positions"][0, :length] == 0), length]
        for first, end in zip(starts, starts[1:], strict=False):
            ids = inputs["token_ids"][:, first:end]
            given = {"token_ids": ids, "segment_ids": 0 * ids, "padding_mask": 0 * ids + 1}
            logits = np.asarray(model(given, training=False))[0].astype(np.float64)
            for place, target in enumerate(targets[0, first:end]):
                if target != NOT_MASKED:
                    of = logits[place] - logits[place].max()
                    loss = np.log(np.exp(of).sum()) - of[target]
                    found.append((int(documents[first]), float(loss), int(of.argmax()) == target))
    return found


def test_the_results_are_those_of_each_document_by_itself(build_masked_lm: Build, rows: MaskedRows) -> None:
    model = build_masked_lm()
    found, wanted = masked_results(model, rows, token_budget=48), losses_by_hand(model, rows)
    for document in range(len(rows.documents)):
        of = [(loss, right) for place, loss, right in wanted if place == document]
        assert (found.tokens[document], found.right[document]) == (len(of), sum(right for _, right in of))
        assert found.losses[document] == pytest.approx(sum(loss for loss, _ in of), abs=1e-4)
    mean = np.mean([loss for _, loss, _ in wanted])
    assert found.scores == pytest.approx(
        {"loss": mean, "perplexity": np.exp(mean), "masked_accuracy": np.mean([right for *_, right in wanted])}, 1e-5
    )
    assert found.intervals(500)["loss"].low < mean < found.intervals(500)["loss"].high


def test_a_step_has_the_mean_loss_of_its_masked_tokens_however_it_is_cut(
    build_masked_lm: Build, rows: MaskedRows
) -> None:
    quiet = {"dropout": 0.0, "attention_dropout": 0.0}
    wanted = np.mean([loss for _, loss, _ in losses_by_hand(build_masked_lm(backbone=quiet), rows)])
    everything = np.arange(len(rows))
    after = []
    for passes in ([everything], np.array_split(everything, 3)):
        model = build_masked_lm(backbone=quiet)
        step = step_of(objective_of(model, rows, RECIPE), model, rows, adamw(1e-2, 10))
        figures = step([rows.batch(some) for some in passes])
        assert figures.loss == pytest.approx(wanted, abs=1e-4)
        assert figures.counts[1] == (rows.batch(everything)[1] != NOT_MASKED).sum()
        # No loss depends on a bias of keys, so that its gradient is noise, and Adam makes it as long as any other.
        after.append([weight.numpy() for weight in model.weights if not weight.path.endswith("key/bias")])
    for one, other in zip(*after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_a_training_learns_and_keeps_the_best_epoch(build_masked_lm: Build, rows: MaskedRows) -> None:
    model = build_masked_lm()
    before = masked_results(model, rows).scores["loss"]
    assert check_training(model, rows, rows, RECIPE) == "loss"
    outcome = fine_tune(model, rows, rows, RECIPE)
    assert outcome.history["val_loss"][-1] < before
    assert outcome.history["val_perplexity"] == pytest.approx(np.exp(outcome.history["val_loss"]))
    best = min(range(3), key=lambda epoch: outcome.history["val_loss"][epoch])
    assert (outcome.best_epoch, outcome.stop_metric) == (best, "loss")
    assert masked_results(model, rows).scores["loss"] == pytest.approx(outcome.history["val_loss"][best], abs=1e-5)


class Stop(keras.callbacks.Callback):
    """Interrupts a training after a step, as Ctrl-C does."""

    def on_train_batch_end(self, batch: int, logs: object = None) -> None:
        if int(self.model.optimizer.iterations) == 4:
            import signal

            signal.raise_signal(signal.SIGINT)


def test_an_interrupted_training_goes_on_bit_for_bit(build_masked_lm: Build, rows: MaskedRows, tmp_path: Path) -> None:
    whole, cut = build_masked_lm(), build_masked_lm()
    fine_tune(whole, rows, rows, RECIPE)
    with pytest.raises(TrainingInterrupted):
        fine_tune(cut, rows, rows, RECIPE, [Stop()], Checkpoints(tmp_path))
    anew = build_masked_lm()
    fine_tune(anew, rows, rows, RECIPE, checkpoints=Checkpoints(tmp_path))
    for one, other in zip(whole.get_weights(), anew.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_is_for_labels_is_refused(build_masked_lm: Build, rows: MaskedRows) -> None:
    for wrong in (Recipe(label_smoothing=0.1), Recipe(class_weights="balanced"), Recipe(stop_metric="accuracy")):
        with pytest.raises(InputError, match="tokens have none; leave them out|must be one of loss, masked_accuracy"):
            check_training(build_masked_lm(), rows, rows, wrong)
