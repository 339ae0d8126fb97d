"""Training of token classifiers: each word counts once and the same, whatever the windows and the passes."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from bert_keras import TokenClassifier
from bert_keras.data import TagSource, WindowedTexts, encode_marked_texts
from bert_keras.errors import InputError
from bert_keras.tagging import WordSpan
from bert_keras.training import Recipe, fine_tune, predict_tags, tag_scores, tagged_texts
from bert_keras.training.losses import tag_cross_entropy

Build = Callable[..., TokenClassifier]
OTHERS = ("the", "was", "not", "a", "b", "c", "d")
STILL = {"num_layers": 1, "dropout": 0.0, "attention_dropout": 0.0}
RECIPE = Recipe(epochs=6, batch_size=8, learning_rate=1e-2, warmup_share=0)


def write(path: Path, count: int, seed: int) -> TagSource:
    """Writes texts in which "good" is an X and "bad film" a Y; some are longer than a window."""
    random, lines = np.random.default_rng(seed), []
    for number in range(count):
        text, spans = "", []
        for word in random.choice([*OTHERS, "good", "bad film"], random.integers(2, 9 if number % 4 else 30)):
            label = {"good": "X", "bad film": "Y"}.get(str(word))
            spans += [] if label is None else [[len(text), len(text) + len(word), label]]
            text += f"{word} "
        lines.append(json.dumps({"text": text, "label": spans}) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return TagSource(str(path))


@pytest.fixture(scope="module")
def splits(build_tagger: Build, tmp_path_factory: pytest.TempPathFactory) -> tuple[WindowedTexts, WindowedTexts]:
    """The training and the development split."""
    folder, tagger = tmp_path_factory.mktemp("tags"), build_tagger()
    sources = (
        write(folder / f"{name}.jsonl", count, seed) for seed, (name, count) in enumerate([("train", 96), ("dev", 24)])
    )
    train, dev = (encode_marked_texts(source, tagger.scheme, tagger.preprocessor) for source in sources)
    return train, dev


@pytest.fixture(scope="module")
def trained(build_tagger: Build, splits: tuple[WindowedTexts, WindowedTexts]) -> tuple[TokenClassifier, dict]:
    """A trained model, and its history."""
    tagger = build_tagger(dropout=0.0, backbone=STILL)
    return tagger, fine_tune(tagger, splits[0].rows, splits[1], RECIPE).history


def test_it_learns_the_entities(trained: tuple[TokenClassifier, dict], splits: tuple[WindowedTexts, ...]) -> None:
    tagger, history = trained
    assert history["val_micro_f1"][-1] > 0.95 > history["val_micro_f1"][0]
    assert history["loss"][-1] < history["loss"][0] / 4
    assert max(history["word_accuracy"]) > 0.95
    found = tagger.tag(["not good a bad film"])[0]
    assert [(entity.text, entity.label) for entity in found] == [("good", "X"), ("bad film", "Y")]


def test_each_word_has_its_target_in_one_window(splits: tuple[WindowedTexts, WindowedTexts]) -> None:
    for windowed in splits:
        targets = windowed.rows.targets
        assert (targets >= 0).sum() == len(windowed.tags) > len(windowed.rows)
        assert sorted(targets[targets >= 0]) == sorted(windowed.tags)
        assert len(windowed.rows) > len(windowed)
        # In rows of any selection, too.
        inputs, some = windowed.rows.batch(np.array([3, 0]))
        assert some.shape == inputs["token_ids"].shape
        np.testing.assert_array_equal(some, targets[[3, 0], : some.shape[1]])


def test_predictions_are_those_of_the_model_and_scores_those_of_predictions(
    trained: tuple[TokenClassifier, dict], splits: tuple[WindowedTexts, ...]
) -> None:
    (tagger, history), dev = trained, splits[1]
    told = []
    found = predict_tags(tagger, dev, on_rows=told.append)
    assert sum(told) == len(dev.rows)
    scores = tag_scores(dev, found)
    best = int(np.argmax(history["val_micro_f1"]))
    assert scores["micro_f1"] == history["val_micro_f1"][best]
    texts = tagged_texts(dev, found)
    tagged = tagger.tag([text.text for text in dev.source.texts])
    for text, entities in zip(texts, tagged, strict=True):
        assert [(span.start, span.end, span.label) for span in text.found] == [
            (entity.start, entity.end, entity.label) for entity in entities
        ]
    assert [len(text.gold) for text in texts] == [len(text.spans) for text in dev.source.texts]
    # The loss by hand, of the first text that fits into a window.
    row = int(np.flatnonzero(np.bincount(dev.windows.documents)[dev.windows.documents] == 1)[0])
    inputs, targets = dev.rows.batch(np.array([row]))
    logits = tagger.logits(inputs).numpy()[0].astype(np.float64)
    known = targets[0] >= 0
    losses = np.log(np.exp(logits).sum(axis=-1))[known] - logits[known, targets[0][known]]
    words = dev.words.texts == dev.windows.documents[row]
    np.testing.assert_allclose(found.losses[words], losses, atol=1e-5)
    assert texts[dev.windows.documents[row]].loss == pytest.approx(losses.mean(), abs=1e-5)


def test_steps_in_several_passes_train_the_same(build_tagger: Build, splits: tuple[WindowedTexts, ...]) -> None:
    histories = []
    for budget in (4096, 40):
        tagger = build_tagger(dropout=0.0, backbone=STILL)
        recipe = Recipe(epochs=1, batch_size=8, learning_rate=1e-2, token_budget=budget)
        histories.append(fine_tune(tagger, splits[0].rows, None, recipe).history)
    assert histories[0]["loss"] == pytest.approx(histories[1]["loss"], rel=1e-4)


def test_the_loss_is_the_mean_of_words_and_none_of_other_tokens() -> None:
    logits = tf.random.stateless_normal([2, 3, 4], [1, 2])
    targets = tf.constant([[-1, 2, 0, -1], [3, -1, -1, -1]])
    every = -tf.nn.log_softmax(logits).numpy()
    losses = tag_cross_entropy(1.5)(targets, logits).numpy()
    np.testing.assert_allclose(losses, [(every[0, 1, 2] + every[0, 2, 0]) / 1.5, every[1, 0, 3] / 1.5], rtol=1e-6)
    assert losses.mean() == pytest.approx((every[0, 1, 2] + every[0, 2, 0] + every[1, 0, 3]) / 3)


def test_settings_of_labels_of_texts_are_refused(build_tagger: Build, splits: tuple[WindowedTexts, ...]) -> None:
    for recipe in (Recipe(label_smoothing=0.1), Recipe(class_weights="balanced")):
        with pytest.raises(InputError, match="are for labels of whole texts"):
            fine_tune(build_tagger(), splits[0].rows, splits[1], recipe)


def test_widened_overlapping_and_wordless_spans_are_listed(build_tagger: Build, tmp_path: Path) -> None:
    path, tagger = tmp_path / "x.jsonl", build_tagger()
    spans = [[5, 9, "X"], [4, 13, "Y"], [0, 2, "X"], [3, 4, "X"]]
    path.write_text(json.dumps({"text": "the film was\u0301", "label": spans}), encoding="utf-8")
    windowed = encode_marked_texts(TagSource(str(path)), tagger.scheme, tagger.preprocessor)
    assert windowed.gold == [(WordSpan(0, 0, "X"), WordSpan(1, 2, "Y"))]
    assert [span.start for _, span in windowed.widened] == [0]
    assert [span.start for _, span in windowed.overlapping] == [5]
    assert [(text.place, span.start) for text, span in windowed.wordless] == [(f"{path}, line 1", 3)]
