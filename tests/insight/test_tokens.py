from collections.abc import Callable

import numpy as np
import pytest

from bert_keras import TextClassifier
from bert_keras.errors import InputError
from bert_keras.insight.tokens import row_of, text_tokens, tokens_of
from bert_keras.text import AddedToken, BertTokenizer, WordRules

Build = Callable[..., TextClassifier]


def texts_of(tokens) -> list[str]:
    """What each token covers in its text."""
    texts = [tokens.first, tokens.second]
    places = zip(tokens.texts.tolist(), tokens.starts.tolist(), tokens.ends.tolist(), strict=True)
    return ["" if number < 0 else texts[number][start:end] for number, start, end in places]


def test_pieces_know_their_words_and_their_places_in_the_text(classifier: TextClassifier) -> None:
    tokens = tokens_of(classifier, "The  film 🙂 was playable!")
    assert tokens.pieces == ("[CLS]", "the", "film", "[UNK]", "was", "play", "##able", "!", "[SEP]")
    assert texts_of(tokens) == ["", "The", "film", "🙂", "was", "play", "able", "!", ""]
    assert tokens.words.tolist() == [-1, 0, 1, 2, 3, 4, 4, 5, -1]
    assert tokens.special.tolist() == [True, *[False] * 7, True]


def test_of_a_pair_words_are_numbered_on_and_segments_are_the_models(classifier: TextClassifier) -> None:
    tokens = tokens_of(classifier, "playing", "played film")
    assert tokens.pieces == ("[CLS]", "play", "##ing", "[SEP]", "play", "##ed", "film", "[SEP]")
    assert tokens.texts.tolist() == [-1, 0, 0, -1, 1, 1, 1, -1]
    assert tokens.words.tolist() == [-1, 0, 0, -1, 1, 1, 2, -1]
    assert tokens.segment_ids.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert texts_of(tokens) == ["", "play", "ing", "", "play", "ed", "film", ""]


@pytest.mark.parametrize(
    "texts", [("the film",), ("",), ("", ""), ("a " * 40,), ("a " * 40, "b c"), ("a " * 9, "un film " * 9)]
)
def test_the_row_is_the_one_that_the_preprocessor_packs(texts: tuple[str, ...], classifier: TextClassifier) -> None:
    tokens = tokens_of(classifier, *texts)
    packed = classifier.preprocessor.pack(tuple([text] for text in texts) if len(texts) > 1 else list(texts))
    np.testing.assert_array_equal(tokens.ids, packed.token_ids[0])
    np.testing.assert_array_equal(tokens.segment_ids, packed.segment_ids[0])
    inputs = tokens.inputs()
    assert {name: value.shape[1] for name, value in inputs.items()} == dict.fromkeys(inputs, len(tokens))
    assert inputs["padding_mask"].numpy().all()


def test_what_looks_like_a_special_token_is_text(classifier: TextClassifier) -> None:
    tokens = tokens_of(classifier, "[SEP] a")
    assert tokens.special.tolist() == [True, *[False] * (len(tokens) - 2), True]
    assert "".join(texts_of(tokens)) == "[SEP]a"


def test_words_are_told_by_the_tokenizers_prefix_and_added_tokens_are_words(vocabulary: list[str]) -> None:
    renamed = [token.replace("##", "@@") if token != "##" else token for token in vocabulary]
    rules = WordRules({"type": "Lowercase"}, {"type": "WhitespaceSplit"}, prefix="@@")
    marks = [AddedToken("@@[E1]", len(renamed), special=True)]
    tokenizer = BertTokenizer(renamed, rules=rules, added_tokens=marks)
    text = "Playing@@[E1]playable film"
    tokens = row_of(tokenizer, text_tokens(tokenizer, [text]), text, None)
    assert tokens.pieces == ("[CLS]", "play", "@@ing", "@@[E1]", "play", "@@able", "film", "[SEP]")
    assert tokens.words.tolist() == [-1, 0, 0, 1, 2, 2, 3, -1]
    assert texts_of(tokens) == ["", "Play", "ing", "@@[E1]", "play", "able", "film", ""]


def test_a_model_of_pairs_wants_a_pair(build_classifier: Build) -> None:
    with pytest.raises(InputError, match="give the second text as well. Received: 'a film' alone"):
        tokens_of(build_classifier(pairs=True), "a film")


def test_something_else_than_a_text_is_an_error(classifier: TextClassifier) -> None:
    for wrong in (None, 3, ["a"]):
        with pytest.raises(InputError, match="expected a text. Received:"):
            tokens_of(classifier, wrong)


def test_without_a_preprocessor_there_are_no_tokens(build_classifier: Build) -> None:
    with pytest.raises(InputError, match="no preprocessor"):
        tokens_of(build_classifier(preprocessor=None), "a")
