"""Token classifiers: each word is decided where it has most context, and entities stand where they are in the text."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bert_keras import TokenClassifier
from bert_keras.errors import InputError
from bert_keras.tagging import bio_tags

Build = Callable[..., TokenClassifier]
WORDS = ("the", "film", "was", "good", "bad", "plays", "played", "caf", "ununa", "a", "b", "2")
Places = list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def tagger(build_tagger: Build) -> TokenClassifier:
    """A model whose windows have room for 10 tokens, of which they share 4."""
    return build_tagger()


def text_of(words: int, seed: int = 0) -> str:
    return " ".join(np.random.default_rng(seed).choice(WORDS, words))


def places(found: Any) -> Places:
    return [(entity.label, entity.start, entity.end) for entity in found]


def logits_of_window(tagger: TokenClassifier, tokens: tuple[int, ...], room: int, begin: int) -> np.ndarray:
    row = np.array([[2, *tokens[begin : begin + room], 3]], np.int32)
    inputs = {"token_ids": row, "segment_ids": np.zeros_like(row), "padding_mask": np.ones_like(row)}
    return tagger.logits(inputs).numpy()[0].astype(np.float64)


def by_hand(tagger: TokenClassifier, text: str) -> tuple[Places, list[float]]:
    """Tags a text of words between blanks one window at a time, by the rules as they are documented."""
    ids = [tagger.preprocessor.tokenizer.tokenize(word).numpy().tolist() for word in text.split()]
    tokens = [token for word in ids for token in word]
    room, step = tagger.preprocessor.max_length - 2, tagger.preprocessor.max_length - 2 - 4
    begins = [begin for begin in range(0, len(tokens), step) if begin == 0 or begin + 4 < len(tokens)]
    windows = [(begin, tokens[begin : begin + room]) for begin in begins]
    logits_of = functools.cache(functools.partial(logits_of_window, tagger, tuple(tokens), room))
    tags, scores, at = [], [], 0
    for word in ids:
        able = [(begin, part) for begin, part in windows if begin <= at < begin + len(part)]
        begin, part = max(able, key=lambda w: min(at - w[0], w[0] + len(w[1]) - 1 - at) + 0.01 * len(w[1]))
        logits = logits_of(begin)[1 + at - begin]
        tags.append(int(logits.argmax()))
        scores.append(float(np.exp(logits.max()) / np.exp(logits).sum()))
        at += len(word)
    starts = np.cumsum([0, *(len(word) + 1 for word in text.split())])
    found, means = [], []
    for first, last, of in tagger.scheme.spans(tags):
        found.append((tagger.labels[of], int(starts[first]), int(starts[last + 1]) - 1))
        means.append(float(np.mean(scores[first : last + 1])))
    return found, means


def test_words_of_long_texts_are_decided_in_the_window_with_most_context(tagger: TokenClassifier) -> None:
    texts = [text_of(words, words) for words in (1, 3, 9, 10, 11, 40)]
    for budget in (1, 4096):
        for text, found in zip(texts, tagger.tag(texts, token_budget=budget), strict=True):
            wanted, scores = by_hand(tagger, text)
            assert places(found) == wanted
            np.testing.assert_allclose([entity.score for entity in found], scores, atol=1e-5)
            assert [entity.text for entity in found] == [text[start:end] for _, start, end in wanted]
    assert {label for text in tagger.tag(texts) for label, *_ in places(text)} == {"X", "Y"}


def test_places_are_code_points_of_the_given_text(build_tagger: Build) -> None:
    tagger = build_tagger(tags=bio_tags(["X"]))
    kernel, bias = tagger.output_dense.get_weights()
    tagger.output_dense.set_weights([np.zeros_like(kernel), np.array([0, 9, 0], np.float32)])  # every word is one
    text = "😀 cafe\u0301, na\u00efve\u200d film\u0301\u0302 「東京」 3.5\u00ad2 the-film"
    found = tagger.tag([text])[0]
    assert [entity.text for entity in found] == [
        *("😀", "cafe\u0301", ",", "na\u00efve", "film\u0301\u0302"),
        *("「", "東", "京", "」", "3.5\u00ad2", "the", "-", "film"),
    ]
    assert all(text[entity.start : entity.end] == entity.text for entity in found)


def test_texts_without_tokens_have_no_entities(tagger: TokenClassifier) -> None:
    assert tagger.tag([]) == []
    assert tagger.tag(["", " \n", "\u0301", "\x00"]) == [()] * 4


def test_a_stream_gives_the_first_results_before_the_last_text_is_read(tagger: TokenClassifier) -> None:
    read = []

    def texts() -> Any:
        for number in range(1000):
            read.append(number)
            yield text_of(3, number)

    stream = tagger.tag_stream(texts())
    first = next(stream)
    assert len(read) < 100
    assert [first, *stream] == tagger.tag([text_of(3, number) for number in range(1000)])


def test_a_preset_keeps_tags_windows_and_results(build_tagger: Build, tmp_path: Path) -> None:
    tagger = build_tagger(tags=("O", "S-a", "B-a", "I-a", "E-a"), dropout=0.2)
    texts = [text_of(30, 1), "good"]
    tagger.save_to_preset(str(tmp_path / "model"))
    again = TokenClassifier.from_preset(str(tmp_path / "model"))
    assert (again.settings, again.preprocessor.settings) == (tagger.settings, tagger.preprocessor.settings)
    assert list(map(places, again.tag(texts))) == list(map(places, tagger.tag(texts)))
    wider = TokenClassifier.from_preset(str(tmp_path / "model"), max_length=16, window_overlap=2)
    assert wider.preprocessor.settings == {"max_length": 16, "window_overlap": 2}
    with pytest.raises(InputError, match="max_length is beyond the backbone's 16 positions. Received: 17"):
        TokenClassifier.from_preset(str(tmp_path / "model"), max_length=17)


def test_keras_trains_it_on_windows_and_leaves_targets_of_minus_1_out(build_tagger: Build) -> None:
    still = {"num_layers": 1, "dropout": 0.0, "attention_dropout": 0.0}
    tagger = build_tagger(dropout=0.0, backbone=still)
    inputs = tagger.preprocessor(["the film was good", "bad"])
    targets = np.full(inputs["token_ids"].shape, -1)
    targets[0, 4], targets[1, 1] = 2, 0
    before = np.asarray(tagger(inputs, training=False))
    history = tagger.fit(inputs, targets, shuffle=False, verbose=0).history["loss"]
    powers = np.exp(before)
    shares = powers / powers.sum(axis=-1, keepdims=True)
    assert history[0] == pytest.approx(-np.log([shares[0, 4, 2], shares[1, 1, 0]]).mean(), rel=1e-5)


@pytest.mark.parametrize("wrong", ["text", None, ["a", 1]])
def test_what_is_no_list_of_texts_is_refused(wrong: Any, tagger: TokenClassifier) -> None:
    with pytest.raises(InputError, match="expected a list of texts"):
        tagger.tag(wrong)


def test_without_a_preprocessor_nothing_is_tagged(build_tagger: Build) -> None:
    with pytest.raises(InputError, match=r"tag\(\) takes strings"):
        build_tagger(preprocessor=None).tag(["a"])


@pytest.mark.parametrize("windows", [{"window_overlap": -1}, {"max_length": 7, "window_overlap": 5}])
def test_windows_without_room_are_refused(windows: dict[str, int], build_tagger: Build) -> None:
    with pytest.raises(InputError, match="leave room for it and a token more"):
        build_tagger(windows=windows)
