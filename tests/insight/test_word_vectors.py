import numpy as np
import pytest

from bert_keras import SpanExtractor, TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.inspection import attention
from bert_keras.insight.word_vectors import word_vectors

TEXTS = ["the film was playable!", "un film", "", "played bad"]


def alone(model: TextClassifier, text: str, layer: int) -> list[np.ndarray]:
    """The mean over the pieces of each word, of a text by itself."""
    found = attention(model, text)
    words = found.tokens.words
    return [found.hidden_states[layer, words == word].mean(axis=0) for word in range(words.max() + 1)]


@pytest.mark.parametrize("token_budget", [8, 4096])
def test_a_word_is_the_mean_of_its_pieces_where_it_stands(token_budget: int, classifier: TextClassifier) -> None:
    sets = word_vectors(classifier, TEXTS, [0, -1], token_budget=token_budget)
    assert [each.name for each in sets] == ["in context, layer 0 (input)", "in context, last layer (2)"]
    assert sets[0].columns["word"] == ["the", "film", "was", "playable", "!", "un", "film", "played", "bad"]
    assert sets[0].columns["sentence"] == [TEXTS[0]] * 5 + [TEXTS[1]] * 2 + [TEXTS[3]] * 2
    for each, layer in zip(sets, (0, 2), strict=True):
        wanted = [vector for text in TEXTS for vector in alone(classifier, text, layer)]
        np.testing.assert_allclose(each.vectors, wanted, atol=2e-6)


def test_labels_and_predictions_are_those_of_the_words_row(classifier: TextClassifier) -> None:
    labels = ["negative", "positive", "positive", "negative"]
    (each,) = word_vectors(classifier, TEXTS, [-1], labels)
    answers = classifier.classify(TEXTS)
    of = [0] * 5 + [1] * 2 + [3] * 2
    assert each.columns["label"] == [labels[row] for row in of] and each.colour == "label"
    assert each.columns["prediction"] == [answers[row].label for row in of]


def test_of_many_words_a_sample_is_kept_with_the_vectors_that_they_have(classifier: TextClassifier) -> None:
    rows = [f"{'a ' * (place % 4)}film {'b ' * (place % 3)}was playing" for place in range(150)]
    (whole,), (sample,) = word_vectors(classifier, rows, [-1]), word_vectors(classifier, rows, [-1], most=30)
    assert len(sample.vectors) == 30 and sample.left_out == len(whole.vectors) - 30 and sample.group == "words"
    for place, (word, sentence) in enumerate(zip(sample.columns["word"], sample.columns["sentence"], strict=True)):
        same = [
            at
            for at, one in enumerate(zip(whole.columns["word"], whole.columns["sentence"], strict=True))
            if one == (word, sentence)
        ]
        distances = np.abs(whole.vectors[same] - sample.vectors[place]).max(axis=1)
        assert distances.min() < 1e-5


def test_chosen_words_alone_are_kept_and_coloured_by_word(classifier: TextClassifier) -> None:
    (each,) = word_vectors(classifier, TEXTS, [-1], words=["film", "played"])
    assert each.columns["word"] == ["film", "film", "played"] and each.colour == "word" and each.left_out == 0
    with pytest.raises(InputError, match="no word to make a vector of"):
        word_vectors(classifier, TEXTS, [-1], words=["nowhere"])
    with pytest.raises(InputError, match="no word to make a vector of"):
        word_vectors(classifier, [""], [-1])


def test_a_reader_has_words_of_questions_and_of_windows(extractor: SpanExtractor) -> None:
    (each,) = word_vectors(extractor, [("good ?", "the film")], [-1])
    assert each.columns["word"] == ["good", "?", "the", "film"]
    found = attention(extractor, "good ?", "the film")
    np.testing.assert_allclose(each.vectors, found.hidden_states[2, ~found.tokens.special], atol=2e-6)
